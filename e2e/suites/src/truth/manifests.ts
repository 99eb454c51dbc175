import type { Files } from './Stage';

/** A kustomization.yaml that lists files. */
export function overlay(...resources: string[]): string {
  return `apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
resources: [${resources.join(', ')}]
`;
}

export function configMap(name = 'settings', data = 'a: b'): string {
  return `apiVersion: v1
kind: ConfigMap
metadata:
  name: ${name}
data: { ${data} }
`;
}

/** A Deployment of two replicas; the simulated node makes its pods ready. */
export function deployment(
  options: { app?: string; version?: string; more?: string } = {},
): string {
  const { app = 'web', version = '1', more = '' } = options;
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2
  selector:
    matchLabels: { app: ${app} }
  template:
    metadata:
      labels: { app: ${app} }
      annotations: { version: "${version}" }
    spec:
      containers:
        - name: web
          image: registry.example.com/web:${version}
${more}`;
}

/** A directory that kustomize builds without complaint. */
export function goodFiles(manifest = configMap()): Files {
  return {
    'deploy/kustomization.yaml': overlay('object.yaml'),
    'deploy/object.yaml': manifest,
  };
}
