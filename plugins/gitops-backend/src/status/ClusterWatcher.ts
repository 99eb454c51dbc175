import type { LoggerService } from '@backstage/backend-plugin-api';
import { toError } from '@backstage/errors';
import type { ClusterState } from '@backstage-gitops/plugin-gitops-common';
import type { ClusterClient } from '../clusters/ClusterClient';
import type { ClusterLease } from '../database/ClusterSessionStore';
import { sleep, type Clock } from './Clock';
import { Freshness } from './Freshness';
import { Ingest, type IngestServices } from './Ingest';
import type { WatchedCluster } from '../metrics/StatusMetrics';
import { ListWatch, type ListWatchReport } from './ListWatch';
import { ObjectEvents } from './ObjectEvents';
import {
  APPLIERS,
  NAMESPACES,
  SOURCES,
  type FollowedKind,
} from './watchedKinds';

/**
 * A replica that dies is followed after the rest of its lease and the wait of
 * whoever asks next: 13 s at most.
 */
const LEASE_MS = 10_000;
const RENEW_MS = 3_000;
const ACQUIRE_MS = 3_000;
const SWEEP_MS = 1_000;
/** Life of a cluster is written at most so often; a change of state at once. */
const REPORT_MS = 5_000;
const WOKEN = 'something has changed';

/**
 * One replica's part in following one cluster: waits for the lease, and while
 * it has it, watches, writes, and says how fresh the knowledge is.
 *
 * @internal
 */
export class ClusterWatcher {
  private readonly client: ClusterClient;
  private readonly services: IngestServices;
  private readonly clock: Clock;
  private readonly logger: LoggerService;
  private readonly holder: string;
  private readonly random: () => number;
  /** What is being followed at this moment. */
  private following?: { ingest: Ingest; freshness: Freshness };

  constructor(options: {
    client: ClusterClient;
    services: IngestServices;
    /** Name of this replica; no other may have it. */
    holder: string;
    random?: () => number;
  }) {
    this.client = options.client;
    this.services = options.services;
    this.clock = options.services.clock;
    this.holder = options.holder;
    this.random = options.random ?? Math.random;
    this.logger = options.services.logger.child({
      cluster: options.client.cluster,
    });
  }

  /** Resolves when aborted and everything is ended; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const lease = await this.acquire();
      if (lease && signal.aborted) {
        await this.release(lease);
      } else if (lease) {
        await this.hold(lease, signal);
      }
      await this.pause(ACQUIRE_MS * (0.5 + this.random() / 2), signal);
    }
  }

  /** Undefined while another replica follows the cluster. */
  measure(): WatchedCluster | undefined {
    if (!this.following) {
      return undefined;
    }
    const { heardAt } = this.following.freshness.read();
    return {
      cluster: this.client.cluster,
      ...this.following.ingest.size,
      ...(heardAt !== undefined && {
        ageSeconds: Math.max(0, this.clock.now() - heardAt) / 1_000,
      }),
    };
  }

  private async acquire(): Promise<ClusterLease | undefined> {
    try {
      return await this.services.sessions.acquire(
        this.client.cluster,
        this.holder,
        LEASE_MS,
      );
    } catch (error) {
      this.logger.warn(
        `Asking for the watch of cluster '${
          this.client.cluster
        }' failed and is tried again: ${toError(error).message}`,
      );
      return undefined;
    }
  }

  /** Follows the cluster until told to stop or until the lease is lost. */
  private async hold(lease: ClusterLease, outer: AbortSignal): Promise<void> {
    this.logger.debug(`Watching cluster '${lease.cluster}'`);
    const lost = new AbortController();
    const signal = AbortSignal.any([outer, lost.signal]);
    const events = new ObjectEvents({
      client: this.client,
      clock: this.clock,
      logger: this.logger,
    });
    const ingest = new Ingest({
      services: this.services,
      lease,
      events,
      onLeaseLost: () => lost.abort(),
    });
    let wake = () => {};
    const freshness = new Freshness({
      clock: this.clock,
      onChange: () => wake(),
    });
    this.following = { ingest, freshness };
    this.services.metrics.takenOver(lease.cluster);
    await Promise.all([
      this.watchAll(ingest, freshness, signal),
      events.run(signal),
      this.renew(lease, signal, () => lost.abort()),
      this.every(SWEEP_MS, signal, 'Looking at due states', () =>
        ingest.sweep(),
      ),
      this.report(lease, freshness, signal, listener => {
        wake = listener;
      }),
    ]);
    this.following = undefined;
    ingest.stop();
    if (!lost.signal.aborted) {
      await this.release(lease);
    }
  }

  /**
   * Kustomizations are judged by their sources and namespaces, so those come
   * first, unless they are not to be had.
   */
  private async watchAll(
    ingest: Ingest,
    freshness: Freshness,
    signal: AbortSignal,
  ): Promise<void> {
    // Before the first of them is there, none of them is known to be whole.
    const reports = new Map(
      [NAMESPACES, ...SOURCES, ...APPLIERS].map(({ kind, required }) => [
        kind,
        freshness.track(kind, required),
      ]),
    );
    const begin = (watched: FollowedKind) => {
      const tracked = reports.get(watched.kind)!;
      let tell: () => void;
      const told = new Promise<void>(resolve => {
        tell = resolve;
      });
      const report: ListWatchReport = {
        heard: tracked.heard,
        synced: () => {
          tracked.synced();
          tell();
        },
        troubled: (error, reached) => {
          tracked.troubled(error, reached);
          tell();
        },
      };
      const ended = new ListWatch({
        client: this.client,
        watched,
        sink: ingest,
        report,
        clock: this.clock,
        logger: this.logger,
        metrics: this.services.metrics,
        random: this.random,
      }).run(signal);
      return { told: Promise.race([told, ended]), ended };
    };
    const first = [NAMESPACES, ...SOURCES].map(begin);
    await Promise.all(first.map(({ told }) => told));
    const then = APPLIERS.map(begin);
    await Promise.all([...first, ...then].map(({ ended }) => ended));
  }

  private async renew(
    lease: ClusterLease,
    signal: AbortSignal,
    lose: () => void,
  ): Promise<void> {
    let renewedAt = this.clock.now();
    while (!signal.aborted) {
      await this.pause(RENEW_MS, signal);
      if (signal.aborted) {
        return;
      }
      const askedAt = this.clock.now();
      try {
        if (!(await this.services.sessions.renew(lease, LEASE_MS))) {
          this.logger.info(
            `Cluster '${lease.cluster}' is watched by another replica now`,
          );
          lose();
          return;
        }
        renewedAt = askedAt;
      } catch (error) {
        this.logger.warn(
          `Keeping the watch of cluster '${lease.cluster}' failed: ${
            toError(error).message
          }`,
        );
        if (this.clock.now() - renewedAt >= LEASE_MS) {
          // Somebody else may have it by now.
          lose();
          return;
        }
      }
    }
  }

  private async report(
    lease: ClusterLease,
    freshness: Freshness,
    signal: AbortSignal,
    listen: (wake: () => void) => void,
  ): Promise<void> {
    let state: ClusterState = 'connecting';
    let stateSince = this.timestamp();
    let error: string | undefined;
    let heardAt: number | undefined;
    let writtenAt = -Infinity;
    while (!signal.aborted) {
      const news = freshness.read();
      const changed = news.state !== state || news.error !== error;
      const moved =
        news.heardAt !== heardAt && this.clock.now() - writtenAt >= REPORT_MS;
      if (changed || moved) {
        if (news.state !== state) {
          stateSince = this.timestamp();
          this.announce(lease.cluster, news.state, news.error);
        }
        const now = this.clock.now();
        const written = await this.services.sessions
          .report(lease, {
            state: news.state,
            stateSince,
            error: news.error,
            wording: news.wording,
            heardMsAgo:
              news.heardAt === undefined ? undefined : now - news.heardAt,
          })
          .catch(reason => {
            this.logger.warn(
              `The state of cluster '${lease.cluster}' cannot be written: ${
                toError(reason).message
              }`,
            );
            return false;
          });
        if (written) {
          ({ state, error, heardAt } = news);
        }
        writtenAt = now;
        // Whatever came meanwhile is read at once, but not more often than this.
        await this.pause(200, signal);
        continue;
      }
      await this.pauseUntil(REPORT_MS, signal, listen);
    }
  }

  private announce(
    cluster: string,
    state: ClusterState,
    error: string | undefined,
  ): void {
    if (error) {
      this.logger.warn(`Cluster '${cluster}' is ${state}: ${error}`);
    } else {
      this.logger.info(`Cluster '${cluster}' is ${state}`);
    }
  }

  private async release(lease: ClusterLease): Promise<void> {
    await this.services.sessions.release(lease).catch(error => {
      // It ends by itself.
      this.logger.debug(
        `Giving up the watch of cluster '${lease.cluster}' failed: ${
          toError(error).message
        }`,
      );
    });
  }

  private async every(
    ms: number,
    signal: AbortSignal,
    what: string,
    call: () => Promise<void>,
  ): Promise<void> {
    while (!signal.aborted) {
      await call().catch(error => {
        this.logger.warn(`${what} failed: ${toError(error).message}`);
      });
      await this.pause(ms, signal);
    }
  }

  private async pause(ms: number, signal: AbortSignal): Promise<void> {
    await sleep(this.clock, ms, signal).catch(() => {});
  }

  /** Pauses until something has changed, `ms` at most. */
  private async pauseUntil(
    ms: number,
    signal: AbortSignal,
    listen: (wake: () => void) => void,
  ): Promise<void> {
    const woken = new AbortController();
    // With a reason of its own: without one each call makes an error, and it is
    // called with every event of every watch.
    listen(() => woken.abort(WOKEN));
    await this.pause(ms, AbortSignal.any([signal, woken.signal]));
  }

  private timestamp(): string {
    return new Date(this.clock.now()).toISOString();
  }
}
