import { waitUntil } from '@backstage-gitops/control-plane';
import type { PortalClient } from '@backstage-gitops/launcher';
import type {
  EnvironmentDocument,
  ProjectDocument,
} from '@backstage-gitops/plugin-gitops-common';

/**
 * Waits until the page of a component shows what is expected of its
 * environments.
 *
 * @throws Error with the states that were shown last
 */
export async function waitForEnvironments(
  client: PortalClient,
  slug: string,
  what: string,
  expected: (
    environment: EnvironmentDocument,
    document: ProjectDocument,
  ) => boolean,
  limitMs = 60_000,
): Promise<ProjectDocument> {
  return waitUntil(
    what,
    async () => {
      const { document } = await client.entityDocument(slug);
      if (document.environments.every(item => expected(item, document))) {
        return document;
      }
      throw new Error(
        document.environments
          .map(
            ({ name, resource }) =>
              `${name} ${resource?.status} at ${resource?.commit} ${
                resource?.message ?? ''
              }`,
          )
          .join(', '),
      );
    },
    { limitMs, everyMs: 200 },
  );
}

/** All environments Ready at a commit. */
export function waitUntilReadyAt(
  client: PortalClient,
  slug: string,
  commit: string,
  limitMs?: number,
): Promise<ProjectDocument> {
  return waitForEnvironments(
    client,
    slug,
    `'${slug}' Ready at ${commit}`,
    ({ resource }) =>
      resource?.status === 'ready' && resource.commit === commit,
    limitMs,
  );
}
