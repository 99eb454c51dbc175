import {
  environmentTypeSchema,
  type EnvironmentWish,
} from '@backstage-gitops/plugin-gitops-common';
import type { ClusterRegistry } from '../clusters';
import type { WishedEnvironment } from '../database/tables';

/**
 * Fills in what was left out.
 *
 * @throws InputError when the cluster is unknown, with those there are
 * @internal
 */
export async function completeWish(
  wish: EnvironmentWish,
  clusters: ClusterRegistry,
): Promise<WishedEnvironment> {
  const known = environmentTypeSchema.safeParse(wish.name);
  const { cluster } = await clusters.get(
    wish.cluster ?? (await clusters.defaultCluster()),
  );
  return {
    name: wish.name,
    type: wish.type ?? (known.success ? known.data : 'custom'),
    displayName: wish.displayName ?? displayName(wish.name),
    ...(wish.description && { description: wish.description }),
    cluster,
    ...(wish.approvalRequired && {
      approvalRequired: true,
      minApprovals: wish.minApprovals ?? 1,
    }),
  };
}

function displayName(name: string): string {
  const words = name.replaceAll('-', ' ');
  return `${words[0].toLocaleUpperCase('en-US')}${words.slice(1)}`;
}
