import type {
  Diagnosis,
  ProjectDocument,
  ResourceStateDocument,
} from '@backstage-gitops/plugin-gitops-common';
import { blockingChain, type ChainLink } from './blockingChain';
import type { ClusterKnowledge } from './clusterKnowledge';

/** One thing that is wrong, and everything that suffers from it. */
export interface DiagnosisGroup {
  key: string;
  diagnosis: Diagnosis;
  /** The object that the diagnosis was made of. */
  resource: ResourceStateDocument;
  /** The controller's words, where the diagnosis does not carry them. */
  message?: string;
  /** Names of environments in their order; `undefined` stands for the source. */
  affected: (string | undefined)[];
  /** Environments that have nothing wrong themselves and wait for this one. */
  waiting: { name: string; chain: ChainLink[] }[];
  /** The way from it to an object of somebody else that blocks it. */
  chain: ChainLink[];
}

/**
 * Folds the diagnoses of a project: many that wait on one object become one
 * entry. What was wrong before contact with a cluster was lost may not be wrong
 * any more and is left out.
 */
export function groupDiagnoses(
  project: Pick<ProjectDocument, 'sources' | 'environments'>,
  clusters: ReadonlyMap<string, ClusterKnowledge>,
): DiagnosisGroup[] {
  const groups = new Map<string, DiagnosisGroup>();
  const objects = [
    ...project.sources.map(resource => ({ resource, name: undefined })),
    ...project.environments.map(({ resource, displayName }) => ({
      resource,
      name: displayName,
    })),
  ].flatMap(({ resource, name }) =>
    resource && clusters.get(resource.cluster)?.trust !== 'old'
      ? [{ resource, name, chain: blockingChain(resource, project) }]
      : [],
  );

  // A failure of its own comes before what others suffer from it.
  for (const { resource, name, chain } of objects) {
    const root = rootOf(chain, project);
    const { diagnosis, message } = resource;
    if (!diagnosis || root) {
      continue;
    }
    const key = keyOf(resource, diagnosis);
    const group = groups.get(key);
    if (group) {
      group.affected.push(name);
    } else {
      groups.set(key, {
        key,
        diagnosis,
        resource,
        message,
        affected: [name],
        waiting: [],
        chain,
      });
    }
  }
  for (const { name, chain } of objects) {
    const root = rootOf(chain, project);
    if (name !== undefined && root?.diagnosis) {
      groups.get(keyOf(root, root.diagnosis))?.waiting.push({ name, chain });
    }
  }
  return [...groups.values()];
}

/** The object of this project that blocks, where it says itself what is wrong. */
function rootOf(
  chain: ChainLink[],
  project: Pick<ProjectDocument, 'sources' | 'environments'>,
): ResourceStateDocument | undefined {
  const last = chain.at(-1)?.resource;
  // In a circle nothing is the root: each of them tells for itself.
  return last?.diagnosis && blockingChain(last, project).length === 0
    ? last
    : undefined;
}

function keyOf({ cluster }: ResourceStateDocument, diagnosis: Diagnosis) {
  const { kind, namespace, name } = diagnosis.subject;
  return [cluster, diagnosis.id, kind, namespace, name].join('/');
}
