import type { Knex } from 'knex';
import { toError } from '@backstage/errors';
import type { Lease, ProjectStore } from '../database/ProjectStore';
import { withTransaction } from '../database/withTransaction';

/** Times of a lease in milliseconds. @internal */
export interface LeaseTimes {
  /** How long a lease lives without being renewed. */
  ttlMs: number;
  /** How often it is renewed; well below the life. */
  renewMs: number;
}

/** @internal */
export const DEFAULT_LEASE_TIMES: LeaseTimes = {
  ttlMs: 15_000,
  renewMs: 4_000,
};

/** Somebody else set the project up from here on. @internal */
export class LeaseLostError extends Error {
  constructor(cause?: unknown) {
    super('Another run has taken the set-up over', { cause });
    this.name = 'LeaseLostError';
  }
}

/**
 * A run's hold on its project: kept alive while the run works, checked before
 * every effect, and a condition of every write.
 *
 * @internal
 */
export class RunLease {
  /** @returns undefined when another run holds the project. */
  static async acquire(options: {
    knex: Knex;
    projects: ProjectStore;
    projectId: string;
    holder: string;
    times: LeaseTimes;
  }): Promise<RunLease | undefined> {
    const { projects, projectId, holder, times } = options;
    const before = Date.now();
    const lease = await projects.acquireLease(projectId, {
      holder,
      ttlMs: times.ttlMs,
    });
    return lease && new RunLease(options, lease, before);
  }

  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private renewal: Promise<void> = Promise.resolve();
  private renewing = false;

  private constructor(
    private readonly options: {
      knex: Knex;
      projects: ProjectStore;
      projectId: string;
      times: LeaseTimes;
    },
    private readonly lease: Lease,
    private renewedAt: number,
  ) {
    this.timer = setInterval(() => {
      if (!this.renewing) {
        this.renewal = this.renew();
      }
    }, options.times.renewMs);
  }

  /** Aborts when the hold is lost or the run has to stop. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  get lost(): boolean {
    return this.controller.signal.reason instanceof LeaseLostError;
  }

  /** Ends the work of the run, for example because the portal stops. */
  stop(reason: Error) {
    this.controller.abort(reason);
  }

  /** @throws when the run must not act any more. */
  check(): void {
    if (Date.now() - this.renewedAt >= this.options.times.ttlMs) {
      this.lose();
    }
    this.signal.throwIfAborted();
  }

  /** Writes, if and only if the project is still held. */
  async write<T>(work: (trx: Knex.Transaction) => Promise<T>): Promise<T> {
    this.check();
    const { knex, projects, projectId } = this.options;
    return withTransaction(knex, async trx => {
      try {
        await projects.fenced(trx, projectId, this.lease);
      } catch (error) {
        if (toError(error).name === 'ConflictError') {
          this.lose(error);
          this.signal.throwIfAborted();
        }
        throw error;
      }
      return work(trx);
    });
  }

  /** Gives the project free: the run has come to its end. */
  async release(): Promise<void> {
    await this.end();
    if (!this.lost) {
      await this.options.projects.releaseLease(
        this.options.projectId,
        this.lease,
      );
    }
  }

  /**
   * Lets go without an end: the project stays marked as interrupted, and whoever
   * looks for such projects goes on with it at once.
   */
  async abandon(): Promise<void> {
    await this.end();
    if (!this.lost) {
      await this.options.projects.renewLease(
        this.options.projectId,
        this.lease,
        { ttlMs: 0 },
      );
    }
  }

  private async end(): Promise<void> {
    clearInterval(this.timer);
    await this.renewal;
  }

  private async renew(): Promise<void> {
    this.renewing = true;
    const { projects, projectId, times } = this.options;
    const before = Date.now();
    try {
      if (
        await projects.renewLease(projectId, this.lease, {
          ttlMs: times.ttlMs,
        })
      ) {
        this.renewedAt = before;
      } else {
        this.lose();
      }
    } catch (error) {
      // The database may be back before the lease has run out.
      if (Date.now() - this.renewedAt >= times.ttlMs) {
        this.lose(error);
      }
    } finally {
      this.renewing = false;
    }
  }

  private lose(cause?: unknown) {
    clearInterval(this.timer);
    this.controller.abort(new LeaseLostError(cause));
  }
}
