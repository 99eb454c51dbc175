import { InputError, toError } from '@backstage/errors';
import {
  type FluxObject,
  MANAGED_BY_LABEL,
  MANAGER,
  PROJECT_LABEL,
  projectNamespace,
} from '@backstage-gitops/plugin-gitops-common';
import type {
  ClusterClient,
  ClusterObject,
  ClusterRegistry,
  StoredObject,
} from '../../clusters';
import type { Project } from '../../database/tables';
import { isOwnedBy } from '../../flux/manifests';
import { FLUX_KINDS } from '../../flux/resourceReference';
import { inventoryReferences } from './inventoryReferences';

/** Kinds that go together; the next stage begins when they are gone. */
interface Stage {
  kinds: readonly { apiVersion: string; kind: string }[];
  /** Whether its objects are asked for in each namespace, or in the cluster. */
  namespaced: boolean;
}

/**
 * The reverse of a set-up. Kustomizations go first and wholly: what Flux prunes
 * for them it prunes with the account, the rights and the namespaces of the later
 * stages, and would leave it behind without them.
 *
 * @internal
 */
export const DELETION_STAGES: readonly Stage[] = [
  {
    kinds: [FLUX_KINDS.kustomization],
    namespaced: true,
  },
  {
    kinds: [FLUX_KINDS['git-repository']],
    namespaced: true,
  },
  {
    kinds: [
      { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'RoleBinding' },
      { apiVersion: 'v1', kind: 'ServiceAccount' },
    ],
    namespaced: true,
  },
  { kinds: [{ apiVersion: 'v1', kind: 'Secret' }], namespaced: true },
  { kinds: [{ apiVersion: 'v1', kind: 'Namespace' }], namespaced: false },
];

/** What stands of a project in one cluster. @internal */
export interface OwnedObjects {
  client: ClusterClient;
  /** One list for each of {@link DELETION_STAGES}. */
  stages: StoredObject[][];
  /** What Flux applied and takes away with the Kustomizations. */
  applied: { kind: string; name: string; namespace?: string }[];
  /** What stays on purpose, in words. */
  kept: string[];
}

/**
 * Reads what a project has in a cluster: only what carries its label and ours.
 *
 * @param namespaces - Names that the project's records know, to tell of those that
 * are not the project's
 * @throws InputError when the portal does not know the cluster any more,
 * ServiceUnavailableError when the cluster does not answer
 * @internal
 */
export async function readOwnedObjects(
  clusters: ClusterRegistry,
  cluster: string,
  project: Pick<Project, 'id' | 'slug'>,
  namespaces: readonly string[],
  options: { signal?: AbortSignal } = {},
): Promise<OwnedObjects> {
  const client = await knownCluster(clusters, cluster, project.slug);
  const labelSelector = `${PROJECT_LABEL}=${project.slug},${MANAGED_BY_LABEL}=${MANAGER}`;
  const read = async (
    kind: { apiVersion: string; kind: string },
    namespace?: string,
  ) => {
    const served = await client.discovery.find(
      kind.apiVersion,
      kind.kind,
      options.signal ?? new AbortController().signal,
    );
    // A cluster without Flux has nothing of Flux.
    const found = served
      ? await client.list({ ...kind, namespace, labelSelector }, options)
      : [];
    return found.filter(object => isOwnedBy(object, project));
  };

  const owned = await read({ apiVersion: 'v1', kind: 'Namespace' });
  const homes = owned.map(({ metadata }) => metadata.name);
  const stages = await Promise.all(
    DELETION_STAGES.map(async ({ kinds, namespaced }) => {
      if (!namespaced) {
        return owned;
      }
      const lists = await Promise.all(
        kinds.flatMap(kind => homes.map(home => read(kind, home))),
      );
      return lists.flat();
    }),
  );

  const expected = [projectNamespace(project.slug), ...namespaces];
  const foreign = expected.filter(name => !homes.includes(name));
  const kept: string[] = [];
  for (const name of foreign) {
    const found = await client.get(
      { apiVersion: 'v1', kind: 'Namespace', name },
      options,
    );
    if (found) {
      kept.push(
        `Namespace ${name} on cluster '${cluster}': it does not carry the labels of project '${project.slug}'`,
      );
    }
  }
  const [kustomizations] = stages;
  return {
    client,
    stages,
    applied: kustomizations.flatMap(object =>
      inventoryReferences(asFluxObject(object)),
    ),
    kept,
  };
}

/** The same object, by the type that status is read with. @internal */
export function asFluxObject(object: StoredObject): FluxObject {
  return object as ClusterObject as FluxObject;
}

async function knownCluster(
  clusters: ClusterRegistry,
  cluster: string,
  slug: string,
): Promise<ClusterClient> {
  try {
    return await clusters.get(cluster);
  } catch (error) {
    const { name, message } = toError(error);
    if (name !== 'InputError') {
      throw error;
    }
    throw new InputError(
      `Cluster '${cluster}', where project '${slug}' has objects, cannot be used by this portal: ${message}. Add it to the kubernetes configuration again, so that they can be taken away`,
    );
  }
}
