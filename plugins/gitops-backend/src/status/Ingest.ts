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
import type {
  ClusterLease,
  ClusterSessionStore,
} from '../database/ClusterSessionStore';
import { isSqlite } from '../database/dialect';
import type {
  DiscoveredKey,
  DiscoveredResourceStore,
} from '../database/DiscoveredResourceStore';
import type { ResourceStateStore } from '../database/ResourceStateStore';
import { withTransaction } from '../database/withTransaction';
import type { DeploymentRecorder } from '../deployments/DeploymentRecorder';
import { FLUX_KINDS } from '../flux/resourceReference';
import type { StatusMetrics } from '../metrics/StatusMetrics';
import type { Clock } from './Clock';
import { ClusterKnowledge, objectKey } from './ClusterKnowledge';
import { discoveredChanges } from './discoveredChanges';
import type { ListWatchSink, Synchronisation } from './ListWatch';
import type { ObjectEvents } from './ObjectEvents';
import { StateJudge, type Judgement } from './StateJudge';
import type { WatchedObject } from './watchEvent';
import { WriteQueue } from './WriteQueue';

/**
 * Rows per transaction. SQLite's driver is synchronous: a batch is how long
 * everything else in the backend waits.
 */
const BATCH = { sqlite: 25, postgres: 200 };
/** Objects of a list that are taken in at one go. */
const TAKEN_AT_ONCE = 25;
/** An object that the API server accepted is seen by the watch well before. */
const UNSEEN_MS = 30_000;

const TYPE_OF_KIND = new Map(
  Object.entries(FLUX_KINDS).map(([type, { kind }]) => [
    kind,
    type as ResourceType,
  ]),
);

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
  /** Told of projects whose deployments have changed, once that is committed. */
  onDeployed?: (projectIds: readonly string[]) => void;
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
  private readonly judge: StateJudge;
  /** Objects whose rows are to be looked at, by object key. */
  private readonly queue: WriteQueue<DiscoveredKey>;
  /** Objects that projects own, as far as known; others are not looked up. */
  private readonly owned = new Set<string>();
  /** Objects of others that entities point to. */
  private readonly discovered = new Set<string>();
  /** Projects whose change is committed and not announced yet. */
  private readonly untold = new Set<string>();
  constructor(options: {
    services: IngestServices;
    lease: ClusterLease;
    /** The cluster is somebody else's by now: stop watching. */
    onLeaseLost: () => void;
    /** Reads Kubernetes Events of objects; without it, diagnoses do without. */
    events?: ObjectEvents;
  }) {
    this.services = options.services;
    this.lease = options.lease;
    this.judge = new StateJudge({
      knowledge: this.knowledge,
      events: options.events,
      again: (key, reference) => this.queue.add(key, reference),
    });
    this.queue = new WriteQueue({
      clock: options.services.clock,
      logger: options.services.logger,
      subject: `the state of resources in cluster '${options.lease.cluster}'`,
      batchSize: isSqlite(options.services.knex)
        ? BATCH.sqlite
        : BATCH.postgres,
      write: keys => this.write(keys),
      onLeaseLost: options.onLeaseLost,
    });
  }

  /** Objects known of the cluster, and rows that wait to be looked at. */
  get size(): { objects: number; queue: number } {
    return { objects: this.knowledge.size, queue: this.queue.size };
  }

  /** Writes nothing any more; what waits for a commit is told so. */
  stop(): void {
    this.queue.stop();
  }

  committed(): Promise<void> {
    return this.queue.committed();
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

  /**
   * Looks at what time alone has changed: states that were to be judged again,
   * and rows that came after their object was seen. Call it every second.
   */
  async sweep(): Promise<void> {
    await this.tell();
    const now = this.services.clock.now();
    this.judge.again(now);
    const { resources, discovered } = this.services;
    const { cluster } = this.lease;
    const heads = await resources.heads(cluster, { unobservedOnly: true });
    for (const { type, namespace, name, uid, status, updatedAt } of heads) {
      const reference = { kind: FLUX_KINDS[type].kind, namespace, name };
      const seen = this.knowledge.find(reference) !== undefined;
      const overdue =
        uid !== undefined &&
        status !== 'missing' &&
        now - Date.parse(updatedAt) > UNSEEN_MS;
      if (this.knowledge.isSynced(reference.kind) && (seen || overdue)) {
        const key = objectKey(reference);
        this.owned.add(key);
        this.queue.add(key, reference);
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
        this.queue.add(key, reference);
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
        this.queue.add(key, { kind, namespace, name });
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
        this.queue.add(key, reference);
      }
    }
    for (const reference of await discovered.keys(cluster, { kind })) {
      const key = objectKey(reference);
      this.discovered.add(key);
      this.queue.add(key, reference);
    }
  }

  /**
   * Judges and writes some rows in one transaction with as many statements for
   * one row as for all of them.
   */
  private async write(keys: readonly DiscoveredKey[]): Promise<void> {
    const { knex, sessions, resources, recorder, metrics, onDeployed } =
      this.services;
    const { cluster } = this.lease;
    const now = this.services.clock.now();
    const { judged, others, changed, deployed, written } =
      await withTransaction(knex, async trx => {
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
        const results = rows.flatMap(
          row => this.judge.resource(row, now) ?? [],
        );
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
          deployed:
            history.deployments > 0
              ? projectsOf(
                  results.filter(({ row }) => history.resources.has(row.id)),
                )
              : [],
          written: {
            resource: results.filter(({ update }) => update).length,
            project: untold.length,
            deployment: history.deployments,
            event: history.events,
            discovered: found.written,
          },
        };
      });
    judged.forEach(({ settle }) => settle());
    others.settle();
    metrics.written(cluster, written);
    changed.forEach(id => this.untold.add(id));
    await this.tell();
    if (deployed.length > 0) {
      onDeployed?.(deployed);
    }
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
      const evaluation = this.judge.evaluate(reference, row, now);
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
      const { held, settle } = this.judge.discovered(
        reference,
        row,
        evaluation,
        now,
      );
      steps.push(settle);
      if (held) {
        continue;
      }
      const changes = discoveredChanges(row, evaluation, at);
      if (changes && row) {
        updates.push({ resource: row, changes });
      } else if (changes) {
        inserts.push({ ...reference, ...changes });
      }
    }
    await discovered.update(trx, updates);
    await discovered.insert(trx, cluster, inserts);
    await discovered.delete(trx, gone);
    return {
      written: updates.length + inserts.length + gone.length,
      settle: () => steps.forEach(step => step()),
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

function projectsOf(judged: readonly Judgement[]): string[] {
  return [...new Set(judged.map(({ row }) => row.projectId))];
}
