import type { LoggerService } from '@backstage/backend-plugin-api';
import type {
  MetricsService,
  MetricsServiceObservableResult,
} from '@backstage/backend-plugin-api/alpha';
import { toError } from '@backstage/errors';
import type { Knex } from 'knex';
import type { ClusterSessionStore } from '../database/ClusterSessionStore';
import {
  environments,
  gitopsResources,
  projectGitAuthToken,
  projects,
} from '../database/tables';
import { metricDefinitions as definitions } from './metricDefinitions';

/** Collections closer together than this share one reading of the database. */
const FRESH_MS = 10_000;
const DAY_MS = 24 * 60 * 60 * 1_000;

type ObservedKey = 'clusters' | 'environments' | 'projects' | 'credentials';
interface Point {
  value: number;
  labels: Record<string, string>;
}

/**
 * Metrics of what the database holds. They are the same from every replica, so
 * that a dashboard takes one of them (`max`), and they cost a few counts with
 * each collection, however often they are collected.
 *
 * @internal
 */
export class PortalMetrics {
  private readonly knex: Knex;
  private readonly sessions: ClusterSessionStore;
  private readonly logger: LoggerService;
  private reading?: {
    at: number;
    points: Promise<Record<ObservedKey, Point[]>>;
  };

  constructor(options: {
    knex: Knex;
    clusterSessions: ClusterSessionStore;
    logger: LoggerService;
  }) {
    this.knex = options.knex;
    this.sessions = options.clusterSessions;
    this.logger = options.logger;
  }

  /** Registers the metrics. */
  observe(service: MetricsService): void {
    const keys: ObservedKey[] = [
      'clusters',
      'environments',
      'projects',
      'credentials',
    ];
    for (const key of keys) {
      service
        .createObservableGauge(definitions[key].name, definitions[key])
        .addCallback(async (result: MetricsServiceObservableResult) => {
          const points = await this.points();
          points?.[key].forEach(({ value, labels }) =>
            result.observe(value, labels),
          );
        });
    }
  }

  private async points() {
    const now = Date.now();
    if (!this.reading || now - this.reading.at > FRESH_MS) {
      this.reading = { at: now, points: this.read(now) };
    }
    try {
      return await this.reading.points;
    } catch (error) {
      // A gap in the graph is the truth: nothing is known at present.
      this.reading = undefined;
      this.logger.debug(
        `Metrics cannot be read from the database: ${toError(error).message}`,
      );
      return undefined;
    }
  }

  private async read(now: number): Promise<Record<ObservedKey, Point[]>> {
    const { knex } = this;
    const [sessions, byState, byStatus, expiries] = await Promise.all([
      this.sessions.list(),
      knex(environments.name)
        .leftJoin(
          gitopsResources.name,
          gitopsResources.qualified('environmentId'),
          environments.qualified('id'),
        )
        .groupBy(
          gitopsResources.qualified('status'),
          environments.qualified('type'),
        )
        .select({
          state: gitopsResources.qualified('status'),
          type: environments.qualified('type'),
          count: knex.raw('count(*)'),
        }),
      knex(projects.name)
        .groupBy('status')
        .select({ status: 'status', count: knex.raw('count(*)') }),
      knex(projectGitAuthToken.name).select('expires_at'),
    ]);
    const buckets = new Map<string, number>();
    for (const { expires_at: value } of expiries) {
      const bucket = expiryBucket(
        projectGitAuthToken.columns.expiresAt.read(value),
        now,
      );
      buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1);
    }
    return {
      clusters: sessions.map(({ cluster, state }) => ({
        value: 1,
        labels: { cluster, state },
      })),
      environments: byState.map(({ state, type, count }) => ({
        value: Number(count),
        labels: { state: state ?? 'pending', environment_class: String(type) },
      })),
      projects: byStatus.map(({ status, count }) => ({
        value: Number(count),
        labels: { status: String(status) },
      })),
      credentials: [...buckets].map(([expires, value]) => ({
        value,
        labels: { expires },
      })),
    };
  }
}

/** How soon a credential ends, in one of five words. @internal */
export function expiryBucket(expiresAt: string | undefined, now: number) {
  if (!expiresAt) {
    return 'never';
  }
  const left = Date.parse(expiresAt) - now;
  if (left <= 0) {
    return 'expired';
  }
  if (left <= 7 * DAY_MS) {
    return '7d';
  }
  return left <= 30 * DAY_MS ? '30d' : 'later';
}
