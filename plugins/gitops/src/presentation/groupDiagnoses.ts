import type {
  Diagnosis,
  ProjectDocument,
  ResourceStateDocument,
} from '@backstage-gitops/plugin-gitops-common';
import type { ClusterKnowledge } from './clusterKnowledge';

/** One thing that is wrong, and everything that suffers from it. */
export interface DiagnosisGroup {
  key: string;
  diagnosis: Diagnosis;
  /** The controller's words, where the diagnosis does not carry them. */
  message?: string;
  /** Names of environments in their order; `undefined` stands for the source. */
  affected: (string | undefined)[];
}

/**
 * Folds the diagnoses of a project: many that wait on one object become one
 * entry. What was wrong before contact with a cluster was lost may not be wrong
 * any more and is left out.
 */
export function groupDiagnoses(
  { sources, environments }: Pick<ProjectDocument, 'sources' | 'environments'>,
  clusters: ReadonlyMap<string, ClusterKnowledge>,
): DiagnosisGroup[] {
  const groups = new Map<string, DiagnosisGroup>();
  const add = (
    resource: ResourceStateDocument | undefined,
    name: string | undefined,
  ) => {
    if (
      !resource?.diagnosis ||
      clusters.get(resource.cluster)?.trust === 'old'
    ) {
      return;
    }
    const { diagnosis, message, cluster } = resource;
    const { kind, namespace, name: subject } = diagnosis.subject;
    const key = [cluster, diagnosis.id, kind, namespace, subject].join('/');
    const group = groups.get(key);
    if (group) {
      group.affected.push(name);
    } else {
      groups.set(key, { key, diagnosis, message, affected: [name] });
    }
  };
  for (const source of sources) {
    add(source, undefined);
  }
  for (const { displayName, resource } of environments) {
    add(resource, displayName);
  }
  return [...groups.values()];
}
