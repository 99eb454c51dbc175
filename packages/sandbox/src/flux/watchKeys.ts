import { KubeObject, ObjectStore } from '../kubernetes/ObjectStore';
import { ResourceKind } from '../kubernetes/ResourceKind';
import { keyOf, requestedAt } from './FluxObject';

/** Parts of an object whose change asks for a reconciliation. */
function fingerprint({ metadata, ...object }: KubeObject): string {
  return [
    metadata.uid,
    metadata.generation,
    metadata.deletionTimestamp,
    requestedAt({ metadata, ...object }),
  ].join('|');
}

/**
 * Names the objects of a kind to be reconciled: all that there are, and later
 * those that are new, whose specification changed, whose reconciliation is
 * requested, or that are being deleted; changes of the status do not count.
 *
 * @returns ends it
 */
export function watchKeys(
  store: ObjectStore,
  kind: ResourceKind,
  enqueue: (key: string) => void,
): () => void {
  const seen = new Map<string, string>();
  const look = (object: KubeObject) => {
    const key = keyOf(object);
    const now = fingerprint(object);
    if (seen.get(key) !== now) {
      seen.set(key, now);
      enqueue(key);
    }
  };
  const unwatch = store.watch(kind, ({ type, object }) => {
    if (type === 'DELETED') {
      seen.delete(keyOf(object));
    } else {
      look(object);
    }
  });
  store.list(kind).forEach(look);
  return unwatch;
}
