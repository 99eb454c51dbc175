import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { LoggerService } from '@backstage/backend-plugin-api';
import { toError } from '@backstage/errors';
import { phrase, type Wording } from '@backstage-gitops/plugin-gitops-common';
import type { Knex } from 'knex';
import type { ConnectionStore } from '../../database/ConnectionStore';
import type { ChangesOf } from '../../database/Table';
import type {
  gitPlatformConnections,
  GitPlatformConnection,
} from '../../database/tables';
import { now } from '../../database/time';
import { withTransaction } from '../../database/withTransaction';
import { inEnglish, notice, noticeOf } from '../../words/notice';
import type { Vault } from '../Vault';
import type { ConnectionHosts } from './ConnectionHosts';
import type { ConnectionLedger } from './ConnectionLedger';
import type { OAuthTokens, TokenAnswer } from './OAuthClient';
import type { TokenChanges } from './TokenChanges';
import { openTokens, tokenColumns } from './tokenColumns';

/**
 * How a renewal ended. `put-off`: the host asked to come again, `ended`: the
 * connection has to be made anew, `overtaken`: the user did that meanwhile.
 * @internal
 */
export interface RenewalResult {
  connection: GitPlatformConnection;
  outcome: 'renewed' | 'put-off' | 'ended' | 'overtaken';
  /** How long the host wants to be left alone, in milliseconds. */
  pauseMs?: number;
}

/** What is left of the renewal of a connection that has to be made anew. */
const ENDED = {
  refreshToken: undefined,
  refreshAt: undefined,
  refreshAttempt: undefined,
  refreshUntil: undefined,
  refreshFailures: 0,
} as const;

/** Well above the longest wait for a host's answer. */
const LOST_AFTER_MS = 60_000;
const FIRST_BACKOFF_MS = 30_000;
const LONGEST_BACKOFF_MS = 60 * 60_000;
const LONGEST_PAUSE_MS = 24 * 60 * 60_000;
/** New tokens exist nowhere else until they are stored. */
const STORE_ATTEMPTS = 6;
const STORE_PAUSE_MS = 500;

/**
 * Renews the tokens of connections, once for all replicas.
 *
 * A host that rotates refresh tokens honours one only once. Therefore the renewal
 * is written down before the host is asked, and its outcome after; one that has no
 * outcome in time is lost and never repeated.
 *
 * @internal
 */
export class ConnectionRenewal {
  private readonly knex: Knex;
  private readonly connections: ConnectionStore;
  private readonly ledger: ConnectionLedger;
  private readonly hosts: ConnectionHosts;
  private readonly vault: Vault;
  private readonly changes: TokenChanges;
  private readonly logger: LoggerService;
  private readonly lostAfterMs: number;
  private readonly running = new Set<Promise<unknown>>();
  private stopped = false;

  constructor(options: {
    knex: Knex;
    connections: ConnectionStore;
    ledger: ConnectionLedger;
    hosts: ConnectionHosts;
    vault: Vault;
    changes: TokenChanges;
    logger: LoggerService;
    /** After so long a renewal without an outcome is lost, in milliseconds. */
    lostAfterMs?: number;
  }) {
    this.knex = options.knex;
    this.connections = options.connections;
    this.ledger = options.ledger;
    this.hosts = options.hosts;
    this.vault = options.vault;
    this.changes = options.changes;
    this.logger = options.logger;
    this.lostAfterMs = options.lostAfterMs ?? LOST_AFTER_MS;
  }

  /**
   * Renews one connection now.
   *
   * @returns undefined when it cannot be renewed, has other tokens by now, or
   * somebody else is renewing it
   */
  async renew(
    known: Pick<GitPlatformConnection, 'id' | 'revision'>,
  ): Promise<RenewalResult | undefined> {
    return this.claimAndPerform({ only: known });
  }

  /**
   * Renews the connection that is most overdue.
   *
   * @param except - Roots of hosts that want to be left alone
   * @returns undefined when there is none
   */
  async renewNext(
    except: readonly string[] = [],
  ): Promise<RenewalResult | undefined> {
    return this.claimAndPerform({ except });
  }

  /** Gives up the renewals whose replica never wrote an outcome. */
  async failLost(): Promise<number> {
    let failed = 0;
    for (const lost of await this.connections.findLostRenewals()) {
      const written = await withTransaction(this.knex, async trx => {
        const present = await this.connections.lock(trx, lost.id);
        return present?.refreshAttempt === lost.refreshAttempt
          ? this.ledger.change(
              trx,
              lost,
              this.lost(lost, phrase('portalEnded')),
              {
                action: 'refresh',
                status: 'failed',
                startedAt: now(),
                error: 'The answer of the host was lost',
              },
            )
          : undefined;
      });
      failed += written ? 1 : 0;
    }
    return failed;
  }

  /**
   * Begins no more renewals, and waits for those under way: cut off, they would
   * count as lost.
   */
  async stop(): Promise<void> {
    this.stopped = true;
    await Promise.allSettled(this.running);
  }

  private async claimAndPerform(which: {
    only?: Pick<GitPlatformConnection, 'id' | 'revision'>;
    except?: readonly string[];
  }): Promise<RenewalResult | undefined> {
    if (this.stopped) {
      return undefined;
    }
    const work = this.connections
      .claimRenewal({
        ...which,
        attempt: randomUUID(),
        ttlMs: this.lostAfterMs,
      })
      .then(claimed => claimed && this.perform(claimed));
    this.running.add(work);
    try {
      return await work;
    } finally {
      this.running.delete(work);
    }
  }

  private async perform(
    claimed: GitPlatformConnection,
  ): Promise<RenewalResult> {
    const startedAt = now();
    const answer = await this.ask(claimed);
    const stored = await this.store(claimed, answer, startedAt);
    if (!stored) {
      if (answer.kind === 'tokens') {
        await this.discard(claimed, answer.tokens);
      }
      return { connection: claimed, outcome: 'overtaken' };
    }
    switch (answer.kind) {
      case 'tokens':
        await this.changes.announce(claimed.id);
        return { connection: stored, outcome: 'renewed' };
      case 'busy':
        return {
          connection: stored,
          outcome: 'put-off',
          pauseMs: answer.retryAfterMs,
        };
      case 'misconfigured':
        return { connection: stored, outcome: 'put-off' };
      default:
        return { connection: stored, outcome: 'ended' };
    }
  }

  private async ask(claimed: GitPlatformConnection): Promise<TokenAnswer> {
    let refresh: () => Promise<TokenAnswer>;
    try {
      const client = this.hosts.oauthClient(
        this.hosts.getByServerUrl(claimed.serverUrl),
      );
      const { refreshToken } = openTokens(this.vault, claimed);
      refresh = () => client.refresh(refreshToken!);
    } catch (error) {
      return { kind: 'misconfigured', words: toError(error).message };
    }
    try {
      return await refresh();
    } catch (error) {
      // Nothing known throws there; whether the host was asked is not known either.
      return { kind: 'lost', words: toError(error).message };
    }
  }

  private async store(
    claimed: GitPlatformConnection,
    answer: TokenAnswer,
    startedAt: string,
  ): Promise<GitPlatformConnection | undefined> {
    const changes = this.changesFor(claimed, answer);
    for (let attempt = 1; ; attempt++) {
      try {
        return await withTransaction(this.knex, trx =>
          this.ledger.change(trx, claimed, changes, {
            action: 'refresh',
            status: answer.kind === 'tokens' ? 'succeeded' : 'failed',
            startedAt,
            ...(answer.kind !== 'tokens' && {
              error: inEnglish(answer.words),
            }),
          }),
        );
      } catch (error) {
        if (attempt === STORE_ATTEMPTS) {
          throw error;
        }
        this.logger.warn(
          `The outcome of a renewal of connection ${
            claimed.id
          } could not be stored yet: ${toError(error).message}`,
        );
        await delay(STORE_PAUSE_MS * attempt);
      }
    }
  }

  private changesFor(
    claimed: GitPlatformConnection,
    answer: TokenAnswer,
  ): ChangesOf<typeof gitPlatformConnections> {
    const { host } = new URL(claimed.serverUrl);
    switch (answer.kind) {
      case 'tokens': {
        const { tokens } = answer;
        const wasWell =
          claimed.status === 'active' && claimed.refreshFailures === 0;
        return {
          ...tokenColumns(this.vault, claimed.id, {
            ...tokens,
            refreshToken:
              tokens.refreshToken ??
              openTokens(this.vault, claimed).refreshToken,
          }),
          revision: claimed.revision + 1,
          status: 'active',
          scopes: tokens.scopes ?? claimed.scopes,
          // A warning about too much power outlives a renewal.
          ...noticeOf(wasWell ? claimed : {}),
          lastSyncAt: now(),
        };
      }
      case 'refused':
        return {
          ...ENDED,
          status: 'revoked',
          ...notice('renewalRefused', { host, words: answer.words }),
        };
      case 'lost':
        return this.lost(claimed, answer.words);
      default: {
        const failures = claimed.refreshFailures + 1;
        const expired =
          claimed.expiresAt !== undefined &&
          Date.parse(claimed.expiresAt) <= Date.now();
        const again = new Date(Date.now() + backoff(failures, answer));
        return {
          refreshAttempt: undefined,
          refreshUntil: undefined,
          refreshFailures: failures,
          refreshAt: again.toISOString(),
          ...(expired && { status: 'expired' as const }),
          ...notice(expired ? 'renewalPutOffEnded' : 'renewalPutOff', {
            host,
            words: answer.words,
            time: { time: again.toISOString() },
          }),
        };
      }
    }
  }

  private lost(
    claimed: GitPlatformConnection,
    words: string | Wording,
  ): ChangesOf<typeof gitPlatformConnections> {
    return {
      ...ENDED,
      status: 'reconnect-needed',
      ...notice('renewalLost', {
        host: new URL(claimed.serverUrl).host,
        words,
      }),
    };
  }

  /** Tokens that came for a connection that has been replaced or removed. */
  private async discard(
    claimed: GitPlatformConnection,
    tokens: OAuthTokens,
  ): Promise<void> {
    try {
      await this.hosts
        .oauthClient(this.hosts.getByServerUrl(claimed.serverUrl))
        .revoke(tokens);
    } catch (error) {
      this.logger.warn(
        `Tokens of a replaced connection could not be revoked: ${
          toError(error).message
        }`,
      );
    }
  }
}

function backoff(failures: number, answer: TokenAnswer): number {
  if (answer.kind === 'busy' && answer.retryAfterMs !== undefined) {
    return Math.min(LONGEST_PAUSE_MS, answer.retryAfterMs);
  }
  const longest = Math.min(
    LONGEST_BACKOFF_MS,
    FIRST_BACKOFF_MS * 2 ** (failures - 1),
  );
  return longest * (0.75 + Math.random() / 4);
}
