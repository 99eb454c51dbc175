import type {
  InventoryObjectDocument,
  ObjectHealth,
} from '@backstage-gitops/plugin-gitops-common';

/** An object with those that came of it. */
export interface InventoryNode {
  object: InventoryObjectDocument;
  children: InventoryNode[];
}

/** What to keep of an inventory. */
export interface InventoryFilter {
  failingOnly: boolean;
  /** Part of kind, name or namespace; case is ignored. */
  text: string;
}

const URGENCY: Record<ObjectHealth, number> = {
  failed: 0,
  missing: 1,
  terminating: 2,
  'in-progress': 3,
  unknown: 4,
  current: 5,
};

/** Not as it should be, and not on its way there. */
export function isFailing(health: ObjectHealth): boolean {
  return health === 'failed' || health === 'missing';
}

/**
 * Puts objects under those they belong to, the failing ones first. An object is
 * kept when it passes the filter or something below it does.
 */
export function inventoryTree(
  objects: InventoryObjectDocument[],
  filter: InventoryFilter,
): InventoryNode[] {
  const known = new Set(objects.map(({ id }) => id));
  const byParent = new Map<string | undefined, InventoryObjectDocument[]>();
  for (const object of objects) {
    const { parentId } = object;
    const parent =
      parentId !== undefined && parentId !== object.id && known.has(parentId)
        ? parentId
        : undefined;
    byParent.set(parent, [...(byParent.get(parent) ?? []), object]);
  }
  const text = filter.text.trim().toLowerCase();
  const passes = ({ health, kind, name, namespace }: InventoryObjectDocument) =>
    (!filter.failingOnly || isFailing(health)) &&
    `${kind}/${namespace ?? ''}/${name}`.toLowerCase().includes(text);

  const nodes = (parent: string | undefined): InventoryNode[] =>
    (byParent.get(parent) ?? [])
      .map(object => ({ object, children: nodes(object.id) }))
      .filter(({ object, children }) => passes(object) || children.length > 0)
      .sort(byUrgency);
  return nodes(undefined);
}

function byUrgency(a: InventoryNode, b: InventoryNode): number {
  return (
    worst(a) - worst(b) ||
    a.object.kind.localeCompare(b.object.kind) ||
    a.object.name.localeCompare(b.object.name)
  );
}

function worst({ object, children }: InventoryNode): number {
  return Math.min(URGENCY[object.health], ...children.map(worst));
}
