import type { LoggerService } from '@backstage/backend-plugin-api';
import { toError } from '@backstage/errors';
import {
  KUBERNETES_ID_LABEL,
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
import { isSqlite } from '../database/dialect';
import type {
  DiscoveredKey,
  DiscoveredResourceStore,
} from '../database/DiscoveredResourceStore';
import type { ResourceStateStore } from '../database/ResourceStateStore';
import type { GitopsResource } from '../database/tables';
import { withTransaction } from '../database/withTransaction';
import type {
  DeploymentRecorder,
  ObservedChange,
} from '../deployments/DeploymentRecorder';
import type { StatusMetrics } from '../metrics/StatusMetrics';
import { Backoff } from './Backoff';
import { sleep, type Clock } from './Clock';
import { ClusterKnowledge, KIND_OF_TYPE, objectKey } from './ClusterKnowledge';
import { discoveredChanges } from './discoveredChanges';
import { evaluate, isPassing, isSettled, type Evaluation } from './evaluate';
import type { ListWatchSink, Synchronisation } from './ListWatch';
import type { ObjectEvents } from './ObjectEvents';
import { resourceChanges, type ResourceUpdate } from './resourceChanges';
import type { WatchedObject } from './watchEvent';

/**
 * Rows per transaction. SQLite's driver is synchronous: a batch is how long
 * everything else in the backend waits.
 */
const BATCH = { sqlite: 25, postgres: 200 };
/** Objects of a list that are taken in at one go. */
const TAKEN_AT_ONCE = 25;
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

/** What came of looking at one row. */
interface Judgement {
  row: GitopsResource;
  update?: ResourceUpdate;
  /** What history may have to tell of. */
  change?: ObservedChange;
  settle(): void;
}

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
  discovered: DiscoveredResourceStore;
  recorder: DeploymentRecorder;
  notifier: ChangeNotifier;
  metrics: StatusMetrics;
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

  private readonly events?: ObjectEvents;

  /** Objects whose rows are to be looked at, by object key. */
  private dirty = new Map<string, DiscoveredKey>();
  /** Objects that projects own, as far as known; others are not looked up. */
  private readonly owned = new Set<string>();
  /** Objects of others that entities point to. */
  private readonly discovered = new Set<string>();
  /** Who waits for the next commit. */
  private waiting: Waiter[] = [];
  private flushing = false;
  /** Projects whose change is committed and not announced yet. */
  private readonly untold = new Set<string>();
  /** When a row has to be judged again because time has passed, in ms. */
  private readonly due = new Map<string, { at: number; key: DiscoveredKey }>();
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
    /** Reads Kubernetes Events of objects; without it, diagnoses do without. */
    events?: ObjectEvents;
  }) {
    this.services = options.services;
    this.events = options.events;
    this.lease = options.lease;
    this.onLeaseLost = options.onLeaseLost;
  }

  /** Objects known of the cluster, and rows that wait to be looked at. */
  get size(): { objects: number; queue: number } {
    return { objects: this.knowledge.size, queue: this.dirty.size };
  }

  /** Writes nothing any more; what waits for a commit is told so. */
  stop(): void {
    this.stopped.abort(new Error('The ingest was stopped'));
    this.settle(waiter => waiter.reject(this.stopped.signal.reason));
  }

  async beginSync(resource: ServedResource): Promise<Synchronisation> {
    const named = new Set<string>();
    return {
      add: async objects => {
        for (const [index, object] of objects.entries()) {
          try {
            named.add(this.take(resource, object, true));
          } catch (error) {
            // One object that cannot be read must not cost all the others.
            const { namespace, name } = object.metadata;
            const { kind } = resource;
            named.add(objectKey({ kind, namespace, name }));
            this.services.logger.warn(
              `${kind} ${namespace}/${name} of cluster '${
                this.lease.cluster
              }' cannot be taken in: ${toError(error).message}`,
            );
          }
          if (index % TAKEN_AT_ONCE === TAKEN_AT_ONCE - 1) {
            // A page of 500 takes longer than others should wait.
            await turn();
          }
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
    await this.tell();
    const now = this.services.clock.now();
    for (const [key, { at, key: reference }] of this.due) {
      if (at <= now) {
        this.due.delete(key);
        this.markDirty(key, reference);
      }
    }
    const { resources, discovered } = this.services;
    const { cluster } = this.lease;
    const heads = await resources.heads(cluster, { unobservedOnly: true });
    for (const { type, namespace, name, uid, status, updatedAt } of heads) {
      const reference = { kind: KIND_OF_TYPE[type], namespace, name };
      const seen = this.knowledge.find(reference) !== undefined;
      const overdue =
        uid !== undefined &&
        status !== 'missing' &&
        now - Date.parse(updatedAt) > UNSEEN_MS;
      if (this.knowledge.isSynced(reference.kind) && (seen || overdue)) {
        const key = objectKey(reference);
        this.owned.add(key);
        this.markDirty(key, reference);
      }
    }
    const named = await discovered.keys(cluster, { unobservedOnly: true });
    for (const reference of named) {
      const key = objectKey(reference);
      // One that is not there either is looked at once.
      if (
        !this.discovered.has(key) ||
        this.knowledge.find(reference) !== undefined
      ) {
        this.discovered.add(key);
        this.markDirty(key, reference);
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
      } else if (slim.metadata.labels?.[KUBERNETES_ID_LABEL]) {
        this.discovered.add(key);
      }
      this.touch(key);
    }
    return key;
  }

  /** Marks whatever the change of an object may concern. */
  private touch(changed: string): void {
    for (const key of this.knowledge.affectedBy(changed)) {
      if (this.owned.has(key) || this.discovered.has(key)) {
        const [kind, namespace, name] = key.split('/');
        this.markDirty(key, { kind, namespace, name });
      }
    }
  }

  /** After a complete list, every row of the kind is looked at once. */
  private async touchRows(kind: string): Promise<void> {
    const { resources, discovered } = this.services;
    const { cluster } = this.lease;
    const type = TYPE_OF_KIND.get(kind);
    const heads = type ? await resources.heads(cluster, { type }) : [];
    for (const { namespace, name, observed } of heads) {
      const reference = { kind, namespace, name };
      const key = objectKey(reference);
      this.owned.add(key);
      // A row without an object may have been written before its object was.
      if (observed || this.knowledge.find(reference)) {
        this.markDirty(key, reference);
      }
    }
    for (const reference of await discovered.keys(cluster, { kind })) {
      const key = objectKey(reference);
      this.discovered.add(key);
      this.markDirty(key, reference);
    }
  }

  private markDirty(key: string, reference: DiscoveredKey): void {
    if (this.stopped.signal.aborted) {
      return;
    }
    this.dirty.set(key, reference);
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
      const failed = await this.writeAll(batch, oneByOne ? 1 : this.batchSize);
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
    rows: Map<string, DiscoveredKey>,
    size: number,
  ): Promise<Map<string, DiscoveredKey>> {
    const failed = new Map<string, DiscoveredKey>();
    const entries = [...rows];
    for (let start = 0; start < entries.length; start += size) {
      const batch = entries.slice(start, start + size);
      try {
        await this.write(batch.map(([, reference]) => reference));
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

  private get batchSize(): number {
    return isSqlite(this.services.knex) ? BATCH.sqlite : BATCH.postgres;
  }

  /**
   * Judges and writes some rows in one transaction with as many statements for
   * one row as for all of them.
   */
  private async write(keys: readonly DiscoveredKey[]): Promise<void> {
    const { knex, sessions, resources, recorder, metrics } = this.services;
    const { cluster } = this.lease;
    const now = this.services.clock.now();
    const { judged, others, changed, written } = await withTransaction(
      knex,
      async trx => {
        await sessions.hold(trx, this.lease);
        const rows = await resources.lock(
          trx,
          cluster,
          keys.flatMap(key => {
            const type = TYPE_OF_KIND.get(key.kind);
            return type && this.owned.has(objectKey(key))
              ? [{ ...key, type }]
              : [];
          }),
        );
        const results = rows.flatMap(row => this.judge(row, now) ?? []);
        await resources.update(
          trx,
          results.flatMap(({ row, update }) =>
            update ? [{ resource: row, changes: update.changes }] : [],
          ),
        );
        const history = await recorder.record(
          trx,
          results.flatMap(({ change }) => change ?? []),
        );
        const found = await this.writeDiscovered(
          trx,
          keys.filter(key => this.discovered.has(objectKey(key))),
          now,
        );
        // The change of a resource counts as one of its project; what history
        // alone has to tell is noted there.
        const untold = projectsOf(
          results.filter(
            ({ row, update }) => !update && history.resources.has(row.id),
          ),
        );
        await resources.bumpProjects(trx, untold);
        return {
          judged: results,
          others: found,
          changed: projectsOf(
            results.filter(
              ({ row, update }) =>
                update?.visible || history.resources.has(row.id),
            ),
          ),
          written: {
            resource: results.filter(({ update }) => update).length,
            project: untold.length,
            deployment: history.deployments,
            event: history.events,
            discovered: found.written,
          },
        };
      },
    );
    judged.forEach(({ settle }) => settle());
    others.settle();
    metrics.written(cluster, written);
    changed.forEach(id => this.untold.add(id));
    await this.tell();
  }

  /**
   * Tells the pages of what is committed. The versions are read after it: one
   * that includes what others have committed is never too low, so that no page
   * takes old news for the newest. What cannot be told now is told by the sweep.
   */
  private async tell(): Promise<void> {
    const ids = [...this.untold];
    try {
      const versions = await this.services.resources.projectVersions(ids);
      ids.forEach(id => this.untold.delete(id));
      for (const [id, version] of versions) {
        this.services.notifier.notify(id, version);
      }
    } catch (error) {
      this.services.logger.debug(
        `Pages cannot be told of ${ids.length} projects yet: ${
          toError(error).message
        }`,
      );
    }
  }

  /**
   * Judges one row. May run more than once, so what is remembered in memory is
   * left to `settle`, which is called after the commit.
   */
  private judge(row: GitopsResource, now: number): Judgement | undefined {
    const { type, namespace, name } = row;
    const reference = { kind: KIND_OF_TYPE[type], namespace, name };
    const key = objectKey(reference);
    const evaluation = evaluate(
      {
        ...reference,
        status: row.status,
        diagnosis: row.diagnosis,
        lastSeenAt: row.observed && row.lastStatusUpdateAt,
      },
      this.knowledge,
      new Date(now),
      this.events?.known(reference),
    );
    if (!evaluation) {
      return undefined;
    }
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
        row,
        settle: () => {
          this.held.set(key, heldSince);
          this.due.set(key, { at: heldSince + HOLD_MS, key: reference });
        },
      };
    }

    const at = new Date(now).toISOString();
    const update = resourceChanges(row, evaluation, at);
    // A newer commit may arrive while the state stays "reconciling".
    const retargeted =
      derived.status === 'reconciling' &&
      this.recordedAt.get(key) !== sourceRevision;
    return {
      row,
      update,
      ...((update || retargeted) && {
        change: { resource: row, evaluation, at },
      }),
      settle: () => {
        this.held.delete(key);
        this.recordedAt.set(key, sourceRevision);
        if (isSettled(derived.status)) {
          this.settledAt.set(key, sourceRevision);
        }
        this.plan(key, reference, evaluation, row.uid !== undefined);
      },
    };
  }

  /** Writes the rows of objects that entities point to. */
  private async writeDiscovered(
    trx: Knex.Transaction,
    keys: readonly DiscoveredKey[],
    now: number,
  ): Promise<{ written: number; settle: () => void }> {
    const { discovered } = this.services;
    const { cluster } = this.lease;
    const at = new Date(now).toISOString();
    const rows = new Map(
      (await discovered.lock(trx, cluster, keys)).map(row => [
        objectKey(row),
        row,
      ]),
    );
    const updates: Parameters<DiscoveredResourceStore['update']>[1][number][] =
      [];
    const inserts: Parameters<DiscoveredResourceStore['insert']>[2][number][] =
      [];
    const gone: string[] = [];
    const steps: (() => void)[] = [];
    for (const reference of keys) {
      const key = objectKey(reference);
      const row = rows.get(key);
      const evaluation = evaluate(
        {
          ...reference,
          status: row?.status ?? 'pending',
          diagnosis: row?.diagnosis,
          lastSeenAt: row?.observed && row.lastStatusUpdateAt,
        },
        this.knowledge,
        new Date(now),
        this.events?.known(reference),
      );
      if (!evaluation) {
        continue;
      }
      const { object } = evaluation;
      // A row lives as long as an entity names the object or the object carries
      // the label; those of projects carry it, too, and are shown there.
      const wanted =
        row?.annotated ||
        (!this.owned.has(key) &&
          object?.metadata.labels?.[KUBERNETES_ID_LABEL] !== undefined);
      if (!wanted) {
        if (row) {
          gone.push(row.id);
        }
        steps.push(() => this.discovered.delete(key));
        continue;
      }
      const passing =
        isPassing(evaluation.derived) && row && isSettled(row.status);
      const heldSince = this.held.get(key) ?? now;
      if (passing && now - heldSince < HOLD_MS) {
        steps.push(() => {
          this.held.set(key, heldSince);
          this.due.set(key, { at: heldSince + HOLD_MS, key: reference });
        });
        continue;
      }
      const changes = discoveredChanges(row, evaluation, at);
      if (changes && row) {
        updates.push({ resource: row, changes });
      } else if (changes) {
        inserts.push({ ...reference, ...changes });
      }
      steps.push(() => {
        this.held.delete(key);
        this.plan(key, reference, evaluation, row?.observed !== undefined);
      });
    }
    await discovered.update(trx, updates);
    await discovered.insert(trx, cluster, inserts);
    await discovered.delete(trx, gone);
    return {
      written: updates.length + inserts.length + gone.length,
      settle: () => steps.forEach(step => step()),
    };
  }

  /** Remembers when time alone changes a state, and what is yet to be read. */
  private plan(
    key: string,
    reference: DiscoveredKey,
    { derived }: Evaluation,
    wasThere: boolean,
  ): void {
    const recheck = derived.recheckAt && Date.parse(derived.recheckAt);
    if (recheck) {
      this.due.set(key, { at: recheck, key: reference });
    } else {
      this.due.delete(key);
    }
    const { status } = derived;
    if (status === 'terminating' || (status === 'missing' && wasThere)) {
      // Only events tell why a deletion does not end, or what it left behind.
      this.events?.want(reference, () => this.markDirty(key, reference));
    } else {
      this.events?.forget(reference);
    }
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

function projectsOf(judged: readonly Judgement[]): string[] {
  return [...new Set(judged.map(({ row }) => row.projectId))];
}
