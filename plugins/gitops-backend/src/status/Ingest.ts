import type { LoggerService } from '@backstage/backend-plugin-api';
import { toError } from '@backstage/errors';
import {
  MANAGED_BY_LABEL,
  MANAGER,
  projectFluxObject,
  type FluxObject,
  type ResourceType,
} from '@backstage-gitops/plugin-gitops-common';
import type { Knex } from 'knex';
import { setImmediate as turn } from 'node:timers/promises';
import type { ServedResource } from '../clusters/ResourceDiscovery';
import {
  LeaseLostError,
  type ClusterLease,
  type ClusterSessionStore,
} from '../database/ClusterSessionStore';
import type { ProjectStore } from '../database/ProjectStore';
import type {
  ResourceKey,
  ResourceStateStore,
} from '../database/ResourceStateStore';
import type { GitopsResource } from '../database/tables';
import { withTransaction } from '../database/withTransaction';
import type { DeploymentRecorder } from '../deployments/DeploymentRecorder';
import { Backoff } from './Backoff';
import { sleep, type Clock } from './Clock';
import { ClusterKnowledge, KIND_OF_TYPE, objectKey } from './ClusterKnowledge';
import { evaluate, isPassing, isSettled } from './evaluate';
import type { ListWatchSink, Synchronisation } from './ListWatch';
import { resourceChanges } from './resourceChanges';
import type { WatchedObject } from './watchEvent';

/**
 * Rows per transaction. SQLite's driver is synchronous: a batch is how long
 * everything else in the backend waits.
 */
const BATCH = 20;
/** Changes that come within this time of each other share a transaction. */
const COALESCE_MS = 10;
/** A passing Ready=Unknown of less than this does not replace a settled state. */
const HOLD_MS = 3_000;
/** An object that the API server accepted is seen by the watch well before. */
const UNSEEN_MS = 30_000;

const TYPE_OF_KIND = new Map(
  Object.entries(KIND_OF_TYPE).map(([type, kind]) => [
    kind,
    type as ResourceType,
  ]),
);

interface Waiter {
  resolve(): void;
  reject(error: unknown): void;
}

/** Tells pages that a project has changed. @internal */
export interface ChangeNotifier {
  notify(projectId: string, version: number): void;
}

/** What the ingest of every cluster shares. @internal */
export interface IngestServices {
  knex: Knex;
  resources: ResourceStateStore;
  sessions: ClusterSessionStore;
  projects: Pick<ProjectStore, 'bumpVersion'>;
  recorder: DeploymentRecorder;
  notifier: ChangeNotifier;
  clock: Clock;
  logger: LoggerService;
}

/**
 * Brings what the watches of one cluster see into the rows of its resources.
 * Changes of one object are coalesced while a transaction runs; what is handed
 * over is committed in order, and what changes nothing is not written.
 *
 * @internal
 */
export class Ingest implements ListWatchSink {
  private readonly services: IngestServices;
  private readonly lease: ClusterLease;
  private readonly knowledge = new ClusterKnowledge();
  private readonly stopped = new AbortController();
  private readonly onLeaseLost: () => void;

  /** Rows to look at, by object key. */
  private dirty = new Map<string, ResourceKey>();
  /** Objects that have a row, as far as known; others are not looked up. */
  private readonly owned = new Set<string>();
  /** Who waits for the next commit. */
  private waiting: Waiter[] = [];
  private flushing = false;
  /** When a row has to be judged again because time has passed, in ms. */
  private readonly due = new Map<string, { at: number; key: ResourceKey }>();
  /** Since when a passing state is held back, by object key, in ms. */
  private readonly held = new Map<string, number>();
  /** What the source offered when the state was settled, by object key. */
  private readonly settledAt = new Map<string, string | undefined>();
  /** What the source offered when history was last written, by object key. */
  private readonly recordedAt = new Map<string, string | undefined>();

  constructor(options: {
    services: IngestServices;
    lease: ClusterLease;
    /** The cluster is somebody else's by now: stop watching. */
    onLeaseLost: () => void;
  }) {
    this.services = options.services;
    this.lease = options.lease;
    this.onLeaseLost = options.onLeaseLost;
  }

  /** Writes nothing any more; what waits for a commit is told so. */
  stop(): void {
    this.stopped.abort(new Error('The ingest was stopped'));
    this.settle(waiter => waiter.reject(this.stopped.signal.reason));
  }

  async beginSync(resource: ServedResource): Promise<Synchronisation> {
    const named = new Set<string>();
    return {
      add: objects => {
        for (const object of objects) {
          named.add(this.take(resource, object, true));
        }
      },
      finish: async () => {
        if (resource.kind === 'Namespace') {
          for (const name of this.knowledge.retainNamespaces(named)) {
            this.touch(objectKey({ kind: 'Namespace', name }));
          }
        } else {
          for (const key of this.knowledge.retain(
            resource.kind,
            named,
            this.now(),
          )) {
            this.touch(key);
          }
          await this.touchRows(resource.kind);
        }
        await this.committed();
      },
    };
  }

  async changed(
    resource: ServedResource,
    object: WatchedObject,
  ): Promise<void> {
    this.take(resource, object, false);
    return this.committed();
  }

  async deleted(
    resource: ServedResource,
    object: WatchedObject,
  ): Promise<void> {
    if (resource.kind === 'Namespace') {
      if (this.knowledge.setNamespace(object.metadata.name, undefined)) {
        this.touch(
          objectKey({ kind: 'Namespace', name: object.metadata.name }),
        );
      }
    } else {
      const slim = project(resource, object);
      if (this.knowledge.remove(slim, this.now())) {
        this.touch(keyOf(slim));
      }
    }
    return this.committed();
  }

  async committed(): Promise<void> {
    if (this.stopped.signal.aborted) {
      throw this.stopped.signal.reason;
    }
    if (!this.flushing && this.dirty.size === 0) {
      return;
    }
    await new Promise<void>((resolve, reject) => {
      this.waiting.push({ resolve, reject });
    });
  }

  /**
   * Looks at what time alone has changed: states that were to be judged again,
   * and rows that came after their object was seen. Call it every second.
   */
  async sweep(): Promise<void> {
    const now = this.services.clock.now();
    for (const [key, { at, key: row }] of this.due) {
      if (at <= now) {
        this.due.delete(key);
        this.markDirty(key, row);
      }
    }
    const heads = await this.services.resources.heads(this.lease.cluster, {
      unobservedOnly: true,
    });
    for (const { type, namespace, name, uid, status, updatedAt } of heads) {
      const kind = KIND_OF_TYPE[type];
      if (!this.knowledge.isSynced(kind)) {
        continue;
      }
      const seen = this.knowledge.find({ kind, namespace, name }) !== undefined;
      const overdue =
        uid !== undefined &&
        status !== 'missing' &&
        now - Date.parse(updatedAt) > UNSEEN_MS;
      if (seen || overdue) {
        const key = objectKey({ kind, namespace, name });
        this.owned.add(key);
        this.markDirty(key, { type, namespace, name });
      }
    }
  }

  /** Takes one object in. @returns its key, or the name of a namespace. */
  private take(
    resource: ServedResource,
    object: WatchedObject,
    authoritative: boolean,
  ): string {
    if (resource.kind === 'Namespace') {
      const { name, deletionTimestamp } = object.metadata;
      const phase = deletionTimestamp ? 'Terminating' : 'Active';
      if (this.knowledge.setNamespace(name, phase)) {
        this.touch(objectKey({ kind: 'Namespace', name }));
      }
      return name;
    }
    const slim = project(resource, object);
    const key = keyOf(slim);
    if (this.knowledge.put(slim, authoritative)) {
      if (slim.metadata.labels?.[MANAGED_BY_LABEL] === MANAGER) {
        this.owned.add(key);
      }
      this.touch(key);
    }
    return key;
  }

  /** Marks whatever the change of an object may concern. */
  private touch(changed: string): void {
    for (const key of this.knowledge.affectedBy(changed)) {
      if (this.owned.has(key)) {
        const [kind, namespace, name] = key.split('/');
        const type = TYPE_OF_KIND.get(kind);
        if (type) {
          this.markDirty(key, { type, namespace, name });
        }
      }
    }
  }

  /** After a complete list, every row of the kind is looked at once. */
  private async touchRows(kind: string): Promise<void> {
    const type = TYPE_OF_KIND.get(kind);
    if (!type) {
      return;
    }
    const heads = await this.services.resources.heads(this.lease.cluster, {
      type,
    });
    for (const { namespace, name, observed } of heads) {
      const reference = { kind, namespace, name };
      const key = objectKey(reference);
      this.owned.add(key);
      // A row without an object may have been written before its object was.
      if (observed || this.knowledge.find(reference)) {
        this.markDirty(key, { type, namespace, name });
      }
    }
  }

  private markDirty(key: string, row: ResourceKey): void {
    if (this.stopped.signal.aborted) {
      return;
    }
    this.dirty.set(key, row);
    if (!this.flushing) {
      this.flushing = true;
      this.services.clock.after(COALESCE_MS, () => void this.flush());
    }
  }

  /** Writes until nothing is left to write. */
  private async flush(): Promise<void> {
    const backoff = new Backoff();
    let oneByOne = false;
    while (this.dirty.size > 0 && !this.stopped.signal.aborted) {
      const batch = this.dirty;
      const waiting = this.waiting;
      this.dirty = new Map();
      this.waiting = [];
      const failed = await this.writeAll(batch, oneByOne ? 1 : BATCH);
      if (this.stopped.signal.aborted) {
        waiting.forEach(waiter => waiter.reject(this.stopped.signal.reason));
        break;
      }
      if (failed.size === 0) {
        oneByOne = false;
        backoff.reset();
        waiting.forEach(waiter => waiter.resolve());
        continue;
      }
      if (oneByOne && failed.size < batch.size) {
        // The database works, so it is these rows that do not. They are looked
        // at again with the next news of them; the others must not wait.
        this.services.logger.error(
          `The state of ${[...failed.keys()].join(', ')} in cluster '${
            this.lease.cluster
          }' cannot be written`,
        );
        waiting.forEach(waiter => waiter.resolve());
        oneByOne = false;
        continue;
      }
      oneByOne = true;
      this.dirty = new Map([...failed, ...this.dirty]);
      this.waiting = [...waiting, ...this.waiting];
      await sleep(
        this.services.clock,
        backoff.next(),
        this.stopped.signal,
      ).catch(() => {});
    }
    this.flushing = false;
    if (!this.stopped.signal.aborted) {
      this.settle(waiter => waiter.resolve());
    }
  }

  private settle(how: (waiter: Waiter) => void): void {
    const { waiting } = this;
    this.waiting = [];
    waiting.forEach(how);
  }

  /** @returns the rows that could not be written. */
  private async writeAll(
    rows: Map<string, ResourceKey>,
    size: number,
  ): Promise<Map<string, ResourceKey>> {
    const failed = new Map<string, ResourceKey>();
    const entries = [...rows];
    for (let start = 0; start < entries.length; start += size) {
      const batch = entries.slice(start, start + size);
      try {
        await this.write(batch.map(([, row]) => row));
      } catch (error) {
        if (error instanceof LeaseLostError) {
          this.stop();
          this.onLeaseLost();
          return failed;
        }
        this.services.logger.warn(
          `Writing the state of ${batch.length} resources of cluster '${
            this.lease.cluster
          }' failed and is tried again: ${toError(error).message}`,
        );
        batch.forEach(([key, row]) => failed.set(key, row));
      }
      if (this.stopped.signal.aborted) {
        return failed;
      }
      // With a synchronous driver, awaiting the database gives way to nobody.
      await turn();
    }
    return failed;
  }

  private async write(keys: ResourceKey[]): Promise<void> {
    const { knex, sessions, resources, projects, notifier } = this.services;
    const { afterwards, versions } = await withTransaction(knex, async trx => {
      const steps: (() => void)[] = [];
      const changedProjects = new Set<string>();
      await sessions.hold(trx, this.lease);
      const rows = await resources.lock(trx, this.lease.cluster, keys);
      for (const row of rows) {
        const { changed, afterCommit } = await this.writeRow(trx, row);
        if (changed) {
          changedProjects.add(row.projectId);
        }
        steps.push(afterCommit);
      }
      const bumped = new Map<string, number>();
      for (const id of [...changedProjects].sort()) {
        bumped.set(id, await projects.bumpVersion(trx, id));
      }
      return { afterwards: steps, versions: bumped };
    });
    afterwards.forEach(step => step());
    for (const [id, version] of versions) {
      notifier.notify(id, version);
    }
  }

  /**
   * Writes one row. May run more than once, so what is remembered in memory is
   * left to `afterCommit`.
   */
  private async writeRow(
    trx: Knex.Transaction,
    row: GitopsResource,
  ): Promise<{ changed: boolean; afterCommit: () => void }> {
    const { resources, recorder, clock } = this.services;
    const now = clock.now();
    const evaluation = evaluate(row, this.knowledge, new Date(now));
    if (!evaluation) {
      return { changed: false, afterCommit: () => {} };
    }
    const { type, namespace, name } = row;
    const reference: ResourceKey = { type, namespace, name };
    const key = objectKey({ kind: KIND_OF_TYPE[type], namespace, name });
    const { derived, sourceRevision } = evaluation;

    const heldSince = this.held.get(key) ?? now;
    if (
      isPassing(derived) &&
      isSettled(row.status) &&
      this.settledAt.has(key) &&
      this.settledAt.get(key) === sourceRevision &&
      now - heldSince < HOLD_MS
    ) {
      return {
        changed: false,
        afterCommit: () => {
          this.held.set(key, heldSince);
          this.due.set(key, { at: heldSince + HOLD_MS, key: reference });
        },
      };
    }

    const at = new Date(now).toISOString();
    const update = resourceChanges(row, evaluation, at);
    if (update) {
      await resources.update(trx, row, update.changes);
    }
    // A newer commit may arrive while the state stays "reconciling".
    const retargeted =
      derived.status === 'reconciling' &&
      this.recordedAt.get(key) !== sourceRevision;
    const recorded =
      (update !== undefined || retargeted) &&
      (await recorder.record(trx, { resource: row, evaluation, at }));
    return {
      changed: update?.visible === true || recorded,
      afterCommit: () => {
        this.held.delete(key);
        this.recordedAt.set(key, sourceRevision);
        if (isSettled(derived.status)) {
          this.settledAt.set(key, sourceRevision);
        }
        const recheck = derived.recheckAt && Date.parse(derived.recheckAt);
        if (recheck) {
          this.due.set(key, { at: recheck, key: reference });
        } else {
          this.due.delete(key);
        }
      },
    };
  }

  private now(): string {
    return new Date(this.services.clock.now()).toISOString();
  }
}

/** Items of a list carry no type of their own. */
function project(resource: ServedResource, object: WatchedObject): FluxObject {
  const { apiVersion, kind } = resource;
  return projectFluxObject({ ...object, apiVersion, kind });
}

function keyOf({ kind, metadata }: FluxObject): string {
  return objectKey({
    kind,
    namespace: metadata.namespace,
    name: metadata.name,
  });
}
