import type { ContentFile } from '@backstage-gitops/plugin-gitops-common';
import { stringify } from 'yaml';

/**
 * A rendered service: one Deployment, and an overlay for each environment that
 * tells its name.
 */
export function serviceFiles(
  slug: string,
  environments: readonly string[],
): ContentFile[] {
  const labels = { 'app.kubernetes.io/name': slug };
  const kustomization = (content: object) => ({
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    ...content,
  });
  const files: Record<string, object> = {
    'deploy/base/deployment.yaml': {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: slug },
      spec: {
        replicas: 1,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            containers: [
              { name: 'app', image: 'ghcr.io/stefanprodan/podinfo:6.9.1' },
            ],
          },
        },
      },
    },
    'deploy/base/kustomization.yaml': kustomization({
      resources: ['deployment.yaml'],
    }),
  };
  for (const name of environments) {
    files[`deploy/overlays/${name}/kustomization.yaml`] = kustomization({
      resources: ['../../base'],
      configMapGenerator: [
        { name: 'settings', literals: [`ENVIRONMENT=${name}`] },
      ],
    });
  }
  return Object.entries(files).map(([path, content]) => ({
    path,
    content: Buffer.from(stringify(content)).toString('base64'),
  }));
}
