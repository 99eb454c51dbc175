import {
  phrase,
  sayInEnglish,
  type ClusterState,
  type Wording,
} from '@backstage-gitops/plugin-gitops-common';
import type { Knex } from 'knex';
import { isSqlite } from './dialect';
import { clusterSessions, type ClusterSession } from './tables';
import { databaseTime, now } from './time';

/**
 * The right to watch one cluster and to write what is seen there. The fence
 * rises whenever the right changes hands, so that a holder that lost it without
 * noticing cannot write any more.
 */
export interface ClusterLease {
  cluster: string;
  holder: string;
  fence: number;
}

const UNWATCHED = phrase('clusterUnwatched');
/** How long a transaction may wait for its holder; less than any lease. */
const IDLE_MS = 5_000;

/** The lease went to somebody else; whatever was being written is not. */
export class LeaseLostError extends Error {
  override name = 'LeaseLostError';
}

/** Who watches which cluster, and how fresh the knowledge of it is. */
export interface ClusterSessionStore {
  /**
   * Every cluster with the state of the knowledge of it. One that was live when
   * its holder died is told as delayed.
   */
  list(): Promise<ClusterSession[]>;
  /**
   * Takes the cluster if nobody holds it at this moment, by the database's
   * clock.
   *
   * @returns the lease, or undefined while somebody else holds it.
   */
  acquire(
    cluster: string,
    holder: string,
    leaseMs: number,
  ): Promise<ClusterLease | undefined>;
  /** @returns false when the lease is somebody else's by now. */
  renew(lease: ClusterLease, leaseMs: number): Promise<boolean>;
  /** Lets the next replica have it at once. */
  release(lease: ClusterLease): Promise<void>;
  /**
   * Says how fresh the knowledge is.
   *
   * @returns false when the lease is somebody else's by now.
   */
  report(lease: ClusterLease, report: FreshnessReport): Promise<boolean>;
  /**
   * Holds the lease in place for the rest of the transaction.
   *
   * @throws LeaseLostError when it is somebody else's by now.
   */
  hold(trx: Knex.Transaction, lease: ClusterLease): Promise<void>;
}

export interface FreshnessReport {
  state: ClusterState;
  /** RFC 3339 */
  stateSince: string;
  /** Why the state is not `live`. */
  error?: string;
  /** What `error` says; absent for words from elsewhere. */
  wording?: Wording;
  /**
   * Milliseconds since the whole of it was last known to be true; what is
   * written stays if absent.
   */
  heardMsAgo?: number;
}

export class DatabaseClusterSessionStore implements ClusterSessionStore {
  static create(options: { knex: Knex }): DatabaseClusterSessionStore {
    return new DatabaseClusterSessionStore(options.knex);
  }

  private constructor(private readonly knex: Knex) {}

  async list(): Promise<ClusterSession[]> {
    const { knex } = this;
    const rows = await knex(clusterSessions.name)
      .orderBy('cluster')
      .select('*', knex.raw('lease_until >= ? as held', [databaseTime(knex)]));
    return rows.map(row => {
      const session = clusterSessions.fromRow(row);
      return row.held || session.state !== 'live'
        ? session
        : {
            ...session,
            state: 'delayed',
            error: sayInEnglish(UNWATCHED),
            wording: UNWATCHED,
          };
    });
  }

  async acquire(
    cluster: string,
    holder: string,
    leaseMs: number,
  ): Promise<ClusterLease | undefined> {
    const { knex } = this;
    const known = await knex(clusterSessions.name).where({ cluster }).first();
    if (!known) {
      await knex(clusterSessions.name)
        .insert(
          clusterSessions.insertion({
            cluster,
            fence: 0,
            state: 'connecting',
            stateSince: now(),
          }),
        )
        .onConflict('cluster')
        .ignore();
    }
    const taken: { fence: number }[] = await knex(clusterSessions.name)
      .where({ cluster })
      .andWhere(free =>
        free
          .whereNull('holder')
          .orWhere('lease_until', '<', databaseTime(knex)),
      )
      .update({
        holder,
        lease_until: databaseTime(knex, leaseMs),
        fence: knex.raw('fence + 1'),
        ...clusterSessions.update({
          state: 'connecting',
          stateSince: now(),
          error: undefined,
          wording: undefined,
        }),
      })
      .returning('fence');
    return taken.length > 0
      ? { cluster, holder, fence: Number(taken[0].fence) }
      : undefined;
  }

  async renew(lease: ClusterLease, leaseMs: number): Promise<boolean> {
    const updated = await this.knex(clusterSessions.name)
      .where(this.mine(lease))
      .update({ lease_until: databaseTime(this.knex, leaseMs) });
    return updated > 0;
  }

  async release(lease: ClusterLease): Promise<void> {
    await this.knex(clusterSessions.name)
      .where(this.mine(lease))
      .update({
        holder: null,
        lease_until: null,
        ...clusterSessions.update({
          state: 'connecting',
          stateSince: now(),
          error: undefined,
          wording: undefined,
        }),
      });
  }

  async report(lease: ClusterLease, report: FreshnessReport): Promise<boolean> {
    const { state, stateSince, error, wording, heardMsAgo } = report;
    const updated = await this.knex(clusterSessions.name)
      .where(this.mine(lease))
      .update({
        ...clusterSessions.update({ state, stateSince, error, wording }),
        ...(heardMsAgo !== undefined && {
          last_synced_at: databaseTime(this.knex, -heardMsAgo),
        }),
      });
    return updated > 0;
  }

  async hold(trx: Knex.Transaction, lease: ClusterLease): Promise<void> {
    // A share lock: taking the lease over waits for the end of what is written
    // under it. SQLite has one writer at a time anyway. A holder that stands
    // still in the middle is cut off by the database before its lease ends.
    const query = trx(clusterSessions.name)
      .where(this.mine(lease))
      .forShare()
      .first('fence');
    if (!isSqlite(trx)) {
      query.select(
        trx.raw(
          `set_config('idle_in_transaction_session_timeout', ?, true) as idle`,
          [String(IDLE_MS)],
        ),
      );
    }
    const row = await query;
    if (!row) {
      throw new LeaseLostError(
        `Cluster '${lease.cluster}' is watched by another replica now`,
      );
    }
  }

  private mine({ cluster, holder, fence }: ClusterLease) {
    return { cluster, holder, fence };
  }
}
