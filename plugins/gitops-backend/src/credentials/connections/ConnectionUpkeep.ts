import { setTimeout as delay } from 'node:timers/promises';
import type { LoggerService } from '@backstage/backend-plugin-api';
import { toError } from '@backstage/errors';
import type { Knex } from 'knex';
import type { AuthorizationStore } from '../../database/AuthorizationStore';
import type { ConnectionStore } from '../../database/ConnectionStore';
import { withTransaction } from '../../database/withTransaction';
import { notice, noticeOf } from '../../words/notice';
import type { ConnectionCheck } from './ConnectionCheck';
import type { ConnectionLedger } from './ConnectionLedger';
import type { ConnectionRenewal } from './ConnectionRenewal';

/** How hosts are spared, in milliseconds. @internal */
export interface UpkeepPace {
  /** Between two checks. */
  betweenChecksMs: number;
  /** Between two checks of the same connection. */
  checkEveryMs: number;
  /** A host that does not answer, or says nothing of when to come again. */
  hostPauseMs: number;
}

const DEFAULT_PACE: UpkeepPace = {
  betweenChecksMs: 200,
  checkEveryMs: 60 * 60_000,
  hostPauseMs: 30_000,
};

/** Renewals at the same time in this replica. */
const AT_ONCE = 8;
const OVERDUE_AT_ONCE = 200;

/**
 * Keeps what is known of connections true while nobody looks: renews tokens ahead
 * of their end, gives up lost renewals, notices ended and revoked ones. Every
 * replica does it; the rows decide who does which.
 *
 * @internal
 */
export class ConnectionUpkeep {
  private readonly knex: Knex;
  private readonly connections: ConnectionStore;
  private readonly authorizations: AuthorizationStore;
  private readonly ledger: ConnectionLedger;
  private readonly renewal: ConnectionRenewal;
  private readonly check: ConnectionCheck;
  private readonly logger: LoggerService;
  private readonly pace: UpkeepPace;
  /** Roots of hosts that are left alone, and until when. */
  private readonly pauses = new Map<string, number>();

  constructor(options: {
    knex: Knex;
    connections: ConnectionStore;
    authorizations: AuthorizationStore;
    ledger: ConnectionLedger;
    renewal: ConnectionRenewal;
    check: ConnectionCheck;
    logger: LoggerService;
    pace?: Partial<UpkeepPace>;
  }) {
    this.knex = options.knex;
    this.connections = options.connections;
    this.authorizations = options.authorizations;
    this.ledger = options.ledger;
    this.renewal = options.renewal;
    this.check = options.check;
    this.logger = options.logger;
    this.pace = { ...DEFAULT_PACE, ...options.pace };
  }

  /** Does everything that is due. A stop comes between two connections. */
  async run(options: { signal?: AbortSignal } = {}): Promise<void> {
    await this.renewal.failLost();
    await this.renewDue(options);
    await this.expireOverdue();
    await this.checkDue(options);
    await this.authorizations.deleteExpired();
  }

  /** @returns how many have new tokens */
  async renewDue(options: { signal?: AbortSignal } = {}): Promise<number> {
    let renewed = 0;
    const work = async () => {
      while (!options.signal?.aborted) {
        const result = await this.renewal.renewNext(this.pausedHosts());
        if (!result) {
          return;
        }
        if (result.outcome === 'renewed') {
          renewed++;
        } else if (result.outcome === 'put-off') {
          this.pause(result.connection.serverUrl, result.pauseMs);
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    return renewed;
  }

  /** Says of connections whose time is over that it is. */
  async expireOverdue(): Promise<void> {
    for (const overdue of await this.connections.findOverdue(OVERDUE_AT_ONCE)) {
      await withTransaction(this.knex, trx =>
        this.ledger.change(trx, overdue, {
          status: 'expired',
          ...(overdue.refreshToken && overdue.message !== undefined
            ? noticeOf(overdue)
            : notice(
                overdue.refreshToken ? 'tokenEndedRenewed' : 'tokenEndedAgain',
              )),
        }),
      );
    }
  }

  /** Asks hosts whether they still accept the tokens that were not checked for long. */
  async checkDue(options: { signal?: AbortSignal } = {}): Promise<void> {
    const { signal } = options;
    while (!signal?.aborted) {
      const due = await this.connections.claimValidation({
        // Spread out, so that what was connected together is not checked together.
        againMs: this.pace.checkEveryMs * (0.9 + Math.random() / 5),
        except: this.pausedHosts(),
      });
      if (!due) {
        return;
      }
      try {
        await this.check.check(due, { signal });
      } catch (error) {
        this.pause(due.serverUrl);
        this.logger.info(
          `Connection ${due.id} could not be checked: ${
            toError(error).message
          }`,
        );
      }
      await delay(this.pace.betweenChecksMs, undefined, { signal }).catch(
        () => undefined,
      );
    }
  }

  private pause(serverUrl: string, ms = this.pace.hostPauseMs): void {
    const until = Math.max(this.pauses.get(serverUrl) ?? 0, Date.now() + ms);
    this.pauses.set(serverUrl, until);
  }

  private pausedHosts(): string[] {
    for (const [serverUrl, until] of this.pauses) {
      if (until <= Date.now()) {
        this.pauses.delete(serverUrl);
      }
    }
    return [...this.pauses.keys()];
  }
}
