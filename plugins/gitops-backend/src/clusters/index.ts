export * from './ClusterClient';
export * from './ClusterObject';
export * from './ClusterRegistry';
export * from './KubernetesProxyConnection';
export * from './KubernetesProxyConnectionProvider';
