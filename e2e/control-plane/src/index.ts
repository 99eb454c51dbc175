export * from './build';
export * from './Cluster';
export * from './ControlPlane';
export * from './existing';
export * from './Gitea';
export * from './KubernetesApi';
export * from './programs';
export * from './waitUntil';
