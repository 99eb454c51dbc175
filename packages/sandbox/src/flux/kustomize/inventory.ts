import { isObject } from '../../kustomize/json';
import { identity, ObjectReference } from './objectReference';

/** `status.inventory` of a Kustomization. */
export interface Inventory {
  entries: { id: string; v: string }[];
}

const RBAC = 'rbac.authorization.k8s.io';

/** Objects as inventory entries: `<namespace>_<name>_<group>_<kind>`, `:` in RBAC names as `__`. */
export function toInventory(references: readonly ObjectReference[]): Inventory {
  return {
    entries: references.map(({ namespace, name, group, kind, version }) => ({
      id: `${namespace}_${
        group === RBAC ? name.replace(/:/g, '__') : name
      }_${group}_${kind}`,
      v: version,
    })),
  };
}

/** Reads entries from both ends, because names may hold underscores. */
export function fromInventory(inventory: unknown): ObjectReference[] {
  const entries =
    isObject(inventory) && Array.isArray(inventory.entries)
      ? inventory.entries
      : [];
  return entries.filter(isObject).map(({ id, v }) => {
    const parts = String(id).split('_');
    const namespace = parts[0];
    const kind = parts[parts.length - 1];
    const group = parts[parts.length - 2];
    const name = parts.slice(1, -2).join('_');
    return {
      group,
      version: String(v),
      kind,
      namespace,
      name: group === RBAC ? name.replace(/__/g, ':') : name,
    };
  });
}

/** What was applied before and is no longer. */
export function staleReferences(
  before: readonly ObjectReference[],
  now: readonly ObjectReference[],
): ObjectReference[] {
  const kept = new Set(now.map(identity));
  return before.filter(reference => !kept.has(identity(reference)));
}
