import type { LoggerService } from '@backstage/backend-plugin-api';
import type { MetricsService } from '@backstage/backend-plugin-api/alpha';
import { toError } from '@backstage/errors';
import type { Knex } from 'knex';
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { ClusterClient } from '../clusters/ClusterClient';
import type { ClusterRegistry } from '../clusters/ClusterRegistry';
import { DatabaseClusterSessionStore } from '../database/ClusterSessionStore';
import { DatabaseDeploymentStore } from '../database/DeploymentStore';
import { DatabaseResourceStateStore } from '../database/ResourceStateStore';
import { DatabaseDiscoveredResourceStore } from '../database/DiscoveredResourceStore';
import { DeploymentRecorder } from '../deployments/DeploymentRecorder';
import { StatusMetrics } from '../metrics/StatusMetrics';
import type { EventStore } from '../events/EventStore';
import { Backoff } from './Backoff';
import { sleep, systemClock, type Clock } from './Clock';
import { ClusterWatcher } from './ClusterWatcher';
import type { ChangeNotifier, IngestServices } from './Ingest';

/** Clusters may be added while the portal runs. */
const REFRESH_MS = 60_000;

/**
 * Keeps the rows of all resources equal to what their clusters show, whoever
 * is looking. Several replicas may run it; each cluster is followed by one.
 *
 * @internal
 */
export class StatusEngine {
  private readonly clusters: ClusterRegistry;
  private readonly services: IngestServices;
  private readonly clock: Clock;
  private readonly logger: LoggerService;
  private readonly holder: string;
  private readonly stopping = new AbortController();
  private readonly watchers = new Map<
    string,
    {
      client: ClusterClient;
      watcher: ClusterWatcher;
      end: AbortController;
      ended: Promise<void>;
    }
  >();
  private running?: Promise<void>;

  static create(options: {
    clusters: ClusterRegistry;
    knex: Knex;
    events: EventStore;
    notifier: ChangeNotifier;
    /** Told of projects whose deployments have changed. */
    onDeployed?: IngestServices['onDeployed'];
    logger: LoggerService;
    /** Where the portal keeps its metrics; nothing is measured without it. */
    metrics?: MetricsService;
    clock?: Clock;
  }): StatusEngine {
    return new StatusEngine(options);
  }

  private constructor(options: Parameters<typeof StatusEngine.create>[0]) {
    const { knex, events, notifier, logger } = options;
    this.clusters = options.clusters;
    this.logger = logger;
    this.clock = options.clock ?? systemClock;
    this.holder = `${hostname()}/${process.pid}/${randomUUID().slice(0, 8)}`;
    this.services = {
      knex,
      notifier,
      onDeployed: options.onDeployed,
      logger,
      clock: this.clock,
      metrics: new StatusMetrics(options.metrics),
      discovered: DatabaseDiscoveredResourceStore.create({ knex }),
      resources: DatabaseResourceStateStore.create({ knex }),
      sessions: DatabaseClusterSessionStore.create({ knex }),
      recorder: new DeploymentRecorder({
        deployments: DatabaseDeploymentStore.create({ knex }),
        events,
      }),
    };
    this.services.metrics.observe(() =>
      [...this.watchers.values()].flatMap(
        ({ watcher }) => watcher.measure() ?? [],
      ),
    );
  }

  /** Begins and returns at once; clusters that are not there yet are waited for. */
  start(): void {
    this.running ??= this.run();
  }

  /** Ends all watches and gives the clusters free. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    const backoff = new Backoff();
    while (!signal.aborted) {
      let waitMs = REFRESH_MS;
      try {
        await this.follow();
        backoff.reset();
      } catch (error) {
        waitMs = backoff.next();
        // While the backend starts, its parts are not all there yet.
        const level = backoff.count > 5 ? 'warn' : 'debug';
        this.logger[level](
          `The clusters cannot be listed: ${toError(error).message}`,
        );
      }
      await sleep(this.clock, waitMs, signal).catch(() => {});
    }
    await Promise.all([...this.watchers.keys()].map(name => this.end(name)));
  }

  /** Starts and ends watchers until they are those of the configured clusters. */
  private async follow(): Promise<void> {
    const { clients } = await this.clusters.refresh();
    const gone = [...this.watchers].filter(
      ([name, { client }]) => clients.get(name) !== client,
    );
    await Promise.all(gone.map(([name]) => this.end(name)));
    for (const [name, client] of clients) {
      if (!this.watchers.has(name) && !this.stopping.signal.aborted) {
        const end = new AbortController();
        const watcher = new ClusterWatcher({
          client,
          services: this.services,
          holder: this.holder,
        });
        this.watchers.set(name, {
          client,
          watcher,
          end,
          ended: watcher.run(end.signal),
        });
      }
    }
  }

  private async end(name: string): Promise<void> {
    const watcher = this.watchers.get(name);
    this.watchers.delete(name);
    watcher?.end.abort();
    await watcher?.ended;
  }
}
