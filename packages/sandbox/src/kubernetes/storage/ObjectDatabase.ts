import { KubeObject } from '../ObjectStore';
import { deepFreeze } from '../json';
import { Journal, SnapshotEntry } from './Journal';
import {
  ResourceTable,
  StoredEvent,
  StoredObject,
  objectKey,
} from './ResourceTable';

type Listener = (event: StoredEvent) => void;

/** Changes kept in memory per resource, for watches that resume and lists that continue. */
const defaultHistory = 10_000;

/** Journalled changes after which a new snapshot is written, unless there are many more objects than that. */
const defaultCompaction = 20_000;

/**
 * Tables of objects under one revision counter, like a small etcd: every commit gets the next revision, is journalled, and is
 * announced to listeners in order.
 */
export class ObjectDatabase {
  private readonly tables = new Map<string, ResourceTable>();
  private readonly listeners = new Map<string, Set<Listener>>();
  private readonly pending: Array<{ table: string; event: StoredEvent }> = [];
  private announcing = false;
  private counter = 0;
  private startRevision = 0;

  private constructor(
    private readonly historyLimit: number,
    private readonly journal: Journal | undefined,
    private readonly compactAfter: number,
  ) {}

  /** In memory only without `dataDir`; otherwise everything that was ever committed there is back. */
  static open(options: {
    dataDir?: string;
    history?: number;
    compactAfter?: number;
  }): ObjectDatabase {
    const { history = defaultHistory, compactAfter = defaultCompaction } =
      options;
    if (!options.dataDir) {
      return new ObjectDatabase(history, undefined, compactAfter);
    }
    const { journal, content } = Journal.open(options.dataDir);
    const database = new ObjectDatabase(history, journal, compactAfter);
    database.counter = content.snapshotRevision;
    database.startRevision = content.snapshotRevision;
    for (const { table, key, json } of content.snapshot) {
      database.table(table).restore(key, stored(JSON.parse(json), json));
    }
    for (const { revision, table, key, type, json } of content.entries) {
      const target = database.table(table);
      target.record({
        revision,
        type,
        key,
        current: stored(JSON.parse(json), json),
        previous: target.get(key),
      });
      database.counter = revision;
    }
    return database;
  }

  /** Revision of the newest commit of any table. */
  get revision(): number {
    return this.counter;
  }

  /** The table of one resource, empty when nothing was ever stored in it. */
  table(name: string): ResourceTable {
    let table = this.tables.get(name);
    if (!table) {
      table = new ResourceTable(this.historyLimit, this.startRevision);
      this.tables.set(name, table);
    }
    return table;
  }

  /** Names of the tables that hold something. */
  tableNames(): string[] {
    return [...this.tables]
      .filter(([, table]) => table.size > 0)
      .map(([name]) => name);
  }

  /** Stores the object under the next revision, which becomes its `metadata.resourceVersion`. Takes ownership of `object`. */
  put(tableName: string, object: KubeObject): KubeObject {
    return this.commit(tableName, object, false);
  }

  /** Takes the object away; watchers get it in this last state under the next revision. Takes ownership of `object`. */
  remove(tableName: string, object: KubeObject): KubeObject {
    return this.commit(tableName, object, true);
  }

  /** Calls `listener` after each commit to the table, in order, outside of the commit. */
  watch(tableName: string, listener: Listener): () => void {
    const listeners = this.listeners.get(tableName) ?? new Set();
    this.listeners.set(tableName, listeners);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  close(): void {
    this.journal?.close();
  }

  private commit(
    tableName: string,
    source: KubeObject,
    deletion: boolean,
  ): KubeObject {
    const { apiVersion, kind, metadata, ...rest } = source;
    const revision = this.counter + 1;
    // The order of keys is fixed: list answers cut `apiVersion` and `kind` off the front of the text.
    const object: KubeObject = {
      apiVersion,
      kind,
      metadata: { ...metadata, resourceVersion: String(revision) },
      ...rest,
    };
    const table = this.table(tableName);
    const key = objectKey(metadata.namespace, metadata.name);
    const previous = table.get(key);
    const event: StoredEvent = {
      revision,
      type: deletion ? 'DELETED' : (previous && 'MODIFIED') || 'ADDED',
      key,
      current: stored(object, JSON.stringify(object)),
      previous,
    };
    this.journal?.append({
      revision,
      table: tableName,
      key,
      type: event.type,
      json: event.current.json,
    });
    this.counter = revision;
    table.record(event);
    this.compactWhenDue();
    this.pending.push({ table: tableName, event });
    this.announce();
    return event.current.object;
  }

  /** A listener may write; its commits are announced after the present one, so that everybody sees them in order. */
  private announce(): void {
    if (this.announcing) {
      return;
    }
    this.announcing = true;
    try {
      for (let next = this.pending.shift(); next; next = this.pending.shift()) {
        for (const listener of [...(this.listeners.get(next.table) ?? [])]) {
          notify(listener, next.event);
        }
      }
    } finally {
      this.announcing = false;
    }
  }

  private compactWhenDue(): void {
    if (!this.journal) {
      return;
    }
    let objects = 0;
    for (const table of this.tables.values()) {
      objects += table.size;
    }
    if (this.journal.length > Math.max(this.compactAfter, objects * 4)) {
      this.journal.compact(this.counter, this.everything());
    }
  }

  private *everything(): IterableIterator<SnapshotEntry> {
    for (const [table, content] of this.tables) {
      for (const { object, json } of content.values()) {
        const { namespace, name } = object.metadata;
        yield { table, key: objectKey(namespace, name), json };
      }
    }
  }
}

function stored(object: KubeObject, json: string): StoredObject {
  return { object: deepFreeze(object), json };
}

/** A failing listener must not fail the writer, nor be silent. */
function notify(listener: Listener, event: StoredEvent): void {
  try {
    listener(event);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
