import { KubeObject, ObjectStore } from '../../kubernetes/ObjectStore';
import { StatusError } from '../../kubernetes/StatusError';
import {
  apiVersionOf,
  compareForApply,
  ObjectReference,
  showReference,
} from './objectReference';

const GROUP = 'kustomize.toolkit.fluxcd.io';

/** Labels by which objects belong to a Kustomization. */
export function ownerLabels(owner: {
  name: string;
  namespace: string;
}): Record<string, string> {
  return {
    [`${GROUP}/name`]: owner.name,
    [`${GROUP}/namespace`]: owner.namespace,
  };
}

/** What a pruning did. */
export interface PruneResult {
  deleted: ObjectReference[];
  /** Could not be deleted; to be tried again. */
  survivors: ObjectReference[];
  /** Flux's message, when there are survivors. */
  error?: string;
}

function isKept(object: KubeObject): boolean {
  const { annotations, labels } = object.metadata;
  return [annotations, labels].some(
    settings =>
      settings?.[`${GROUP}/prune`]?.toLowerCase() === 'disabled' ||
      settings?.[`${GROUP}/reconcile`]?.toLowerCase() === 'disabled',
  );
}

/** Deletes objects that still belong to the Kustomization, last applied first. */
export function pruneObjects(options: {
  store: ObjectStore;
  references: readonly ObjectReference[];
  owner: { name: string; namespace: string };
  user?: string;
}): PruneResult {
  const { store, user } = options;
  const labels = Object.entries(ownerLabels(options.owner));
  const result: PruneResult = { deleted: [], survivors: [] };
  const errors: string[] = [];
  const sorted = [...options.references].sort((a, b) => compareForApply(b, a));
  for (const reference of sorted) {
    const kind = store.resolve(apiVersionOf(reference), reference.kind);
    if (!kind) {
      continue;
    }
    const namespace = kind.namespaced ? reference.namespace : undefined;
    try {
      const object = store.get(kind, namespace, reference.name, { user });
      const isOurs =
        object &&
        labels.every(([key, value]) => object.metadata.labels?.[key] === value);
      if (!object || !isOurs || isKept(object)) {
        continue;
      }
      if (!object.metadata.deletionTimestamp) {
        store.delete(kind, namespace, reference.name, {
          user,
          propagation: 'Background',
        });
      }
      result.deleted.push(reference);
    } catch (error) {
      if (!(error instanceof StatusError)) {
        throw error;
      }
      if (error.reason !== 'NotFound') {
        result.survivors.push(reference);
        errors.push(
          `${showReference(reference)} delete failed: ${error.message}`,
        );
      }
    }
  }
  if (errors.length > 0) {
    result.error = `delete failed, errors: ${errors.join('; ')}`;
  }
  return result;
}

/** Lines of an event about deletions. */
export function showDeleted(references: readonly ObjectReference[]): string {
  return references
    .map(reference => `${showReference(reference)} deleted`)
    .join('\n');
}
