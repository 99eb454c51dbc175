/** An object that a Kustomization has applied. @public */
export interface InventoryEntry {
  /** Empty for the core group. */
  group: string;
  version: string;
  kind: string;
  /** Absent for cluster-scoped kinds. */
  namespace?: string;
  name: string;
}

/**
 * Reads an entry of `status.inventory` (kustomize-controller,
 * `<namespace>_<name>_<group>_<kind>`). Only the name may hold an underscore: in
 * the names of RBAC objects two of them stand for a colon. So it is read from both
 * ends.
 *
 * @returns undefined when it is not such an entry.
 * @public
 */
export function parseInventoryEntry(entry: {
  id: string;
  v: string;
}): InventoryEntry | undefined {
  const match = /^([^_]*)_(.+)_([^_]*)_([^_]+)$/.exec(entry.id);
  if (!match) {
    return undefined;
  }
  const [, namespace, name, group, kind] = match;
  return {
    group,
    version: entry.v,
    kind,
    ...(namespace && { namespace }),
    name: name.replaceAll('__', ':'),
  };
}

/** `apps/v1`, or `v1` for the core group. @public */
export function apiVersionOf(entry: { group: string; version: string }) {
  return entry.group ? `${entry.group}/${entry.version}` : entry.version;
}
