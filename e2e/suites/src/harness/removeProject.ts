import {
  type ControlPlane,
  type Manifest,
  waitUntil,
} from '@backstage-gitops/control-plane';

/**
 * Takes away what a project has made in clusters and at the Git host that stay:
 * the Kustomizations first, so that Flux removes what it applied.
 */
export async function removeProject(
  { clusters, gitea }: ControlPlane,
  slug: string,
): Promise<void> {
  for (const { api, name } of clusters) {
    const kind = {
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      namespace: `project-${slug}`,
    };
    for (const { metadata } of await api.list<Manifest>(kind)) {
      await api.delete({ ...kind, name: metadata.name });
    }
    await waitUntil(
      `the Kustomizations of '${slug}' on cluster ${name} to go`,
      async () => (await api.list(kind)).length === 0,
      { limitMs: 120_000 },
    );
    const namespaces = { apiVersion: 'v1', kind: 'Namespace' };
    const owned = () =>
      api.list<Manifest>(
        namespaces,
        `?labelSelector=backstage-gitops.dev/project=${slug}`,
      );
    for (const { metadata } of await owned()) {
      await api.delete({ ...namespaces, name: metadata.name });
    }
    await waitUntil(
      `the namespaces of '${slug}' on cluster ${name} to go`,
      async () => (await owned()).length === 0,
      { limitMs: 120_000 },
    );
  }
  await gitea.request('DELETE', `/repos/${gitea.organization}/${slug}`);
}
