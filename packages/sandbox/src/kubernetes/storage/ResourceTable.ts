import { KubeObject } from '../ObjectStore';

/** One version of one object, serialised once. */
export interface StoredObject {
  readonly object: KubeObject;
  /** Complete JSON text, `apiVersion` and `kind` first. */
  readonly json: string;
}

/** One change, with the version before it so that selectors and older snapshots can be computed. */
export interface StoredEvent {
  readonly revision: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly key: string;
  readonly current: StoredObject;
  readonly previous?: StoredObject;
}

/** Where an object is kept within its table: `namespace/name`, with an empty namespace for cluster-wide kinds. */
export function objectKey(namespace: string | undefined, name: string): string {
  return `${namespace ?? ''}/${name}`;
}

/**
 * All objects of one resource, in key order, with the latest changes. Ranges by namespace are contiguous in that order, so one
 * ordered list answers namespaced and cluster-wide reads alike.
 */
export class ResourceTable {
  private readonly entries = new Map<string, StoredObject>();
  private readonly order: string[] = [];
  private history: StoredEvent[] = [];
  private forgotten: number;

  constructor(private readonly historyLimit: number, oldestRevision: number) {
    this.forgotten = oldestRevision;
  }

  /** Changes up to and including this revision are no longer known. */
  get oldestRevision(): number {
    return this.forgotten;
  }

  get size(): number {
    return this.entries.size;
  }

  get(key: string): StoredObject | undefined {
    return this.entries.get(key);
  }

  /** Objects in key order, of one namespace or of all. */
  *values(namespace?: string): IterableIterator<StoredObject> {
    const prefix = namespace === undefined ? '' : `${namespace}/`;
    for (let at = this.position(prefix); at < this.order.length; at++) {
      const key = this.order[at];
      if (!key.startsWith(prefix)) {
        return;
      }
      yield this.entries.get(key)!;
    }
  }

  /** The same as it was at `revision`: newer changes are undone. The caller checks `oldestRevision` first. */
  snapshotAt(
    revision: number,
    namespace?: string,
  ): Array<{ key: string; stored: StoredObject }> {
    const prefix = namespace === undefined ? '' : `${namespace}/`;
    const restored = new Map<string, StoredObject | undefined>();
    for (let at = this.history.length - 1; at >= 0; at--) {
      const event = this.history[at];
      if (event.revision <= revision) {
        break;
      }
      if (event.key.startsWith(prefix)) {
        restored.set(event.key, event.previous);
      }
    }
    const keys =
      restored.size === 0
        ? this.order
        : [...new Set([...this.order, ...restored.keys()])].sort(compareKeys);
    const result: Array<{ key: string; stored: StoredObject }> = [];
    for (const key of keys) {
      if (key.startsWith(prefix)) {
        const stored = restored.has(key)
          ? restored.get(key)
          : this.entries.get(key);
        if (stored) {
          result.push({ key, stored });
        }
      }
    }
    return result;
  }

  /** Changes after `revision`, oldest first. The caller checks `oldestRevision` first. */
  eventsAfter(revision: number): StoredEvent[] {
    let low = 0;
    let high = this.history.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.history[middle].revision <= revision) low = middle + 1;
      else high = middle;
    }
    return this.history.slice(low);
  }

  /** Stores the event's object (or takes it away) and remembers the change. */
  record(event: StoredEvent): void {
    if (event.type === 'DELETED') {
      this.remove(event.key);
    } else {
      this.restore(event.key, event.current);
    }
    this.history.push(event);
    // Dropped in larger portions: shifting an array on every write would cost more than keeping a few extra entries.
    if (this.history.length > this.historyLimit * 1.25) {
      const surplus = this.history.length - this.historyLimit;
      this.forgotten = this.history[surplus - 1].revision;
      this.history = this.history.slice(surplus);
    }
  }

  /** Puts an object in place without remembering a change: used when a snapshot is loaded. */
  restore(key: string, stored: StoredObject): void {
    if (!this.entries.has(key)) {
      this.order.splice(this.position(key), 0, key);
    }
    this.entries.set(key, stored);
  }

  private remove(key: string): void {
    if (this.entries.delete(key)) {
      this.order.splice(this.position(key), 1);
    }
  }

  private position(key: string): number {
    let low = 0;
    let high = this.order.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.order[middle] < key) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function compareKeys(left: string, right: string): number {
  if (left === right) {
    return 0;
  }
  return left < right ? -1 : 1;
}
