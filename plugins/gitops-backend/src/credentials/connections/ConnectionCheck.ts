import { AuthenticationError, toError } from '@backstage/errors';
import { phrase } from '@backstage-gitops/plugin-gitops-common';
import type {
  GitHostPower,
  GitHostProvider,
} from '@backstage-gitops/plugin-gitops-node';
import type { Knex } from 'knex';
import type { ConnectionStore } from '../../database/ConnectionStore';
import type { ChangesOf } from '../../database/Table';
import type {
  gitPlatformConnections,
  GitPlatformConnection,
} from '../../database/tables';
import { now } from '../../database/time';
import { withTransaction } from '../../database/withTransaction';
import { notice, noticeOf, type Notice } from '../../words/notice';
import type { Vault } from '../Vault';
import type { ConnectionHosts } from './ConnectionHosts';
import type { ConnectionLedger } from './ConnectionLedger';
import { type ConnectionTokens, isDue } from './ConnectionTokens';
import { expiryDrawsNear, expiryNotice } from './expiryNotice';
import { openTokens } from './tokenColumns';

/** Asks hosts whether they still accept a connection, and writes down what they say. @internal */
export class ConnectionCheck {
  constructor(
    private readonly options: {
      knex: Knex;
      connections: ConnectionStore;
      ledger: ConnectionLedger;
      hosts: ConnectionHosts;
      tokens: ConnectionTokens;
      vault: Vault;
    },
  ) {}

  /**
   * Checks a connection. That the host refuses the token is a result; one that is
   * due, or has ended early, is renewed first.
   *
   * @returns the connection as it is stored then
   * @throws ServiceUnavailableError and others when the host did not say
   */
  async check(
    known: GitPlatformConnection,
    options: { signal?: AbortSignal } = {},
  ): Promise<GitPlatformConnection> {
    const renewable = known.refreshToken !== undefined;
    if (!isDue(known)) {
      const answer = await this.ask(known, options);
      if (answer !== 'refused' || !renewable) {
        return this.write(known, answer);
      }
    }
    await this.options.tokens.renewOnce(known);
    const present = await this.options.connections.get(known.id);
    if (!present || present.revision === known.revision) {
      // The renewal was refused, lost or put off, and has said so.
      return present ?? known;
    }
    return this.write(present, await this.ask(present, options));
  }

  private async ask(
    connection: GitPlatformConnection,
    options: { signal?: AbortSignal },
  ): Promise<GitHostPower | 'refused'> {
    const { hosts, vault } = this.options;
    const startedAt = now();
    try {
      const provider = hosts.getByServerUrl(connection.serverUrl);
      return await provider.checkPower('connect', {
        credential: { token: openTokens(vault, connection).accessToken },
        signal: options.signal,
      });
    } catch (error) {
      if (toError(error).name === AuthenticationError.name) {
        return 'refused';
      }
      await withTransaction(this.options.knex, trx =>
        this.options.ledger.log(trx, connection, {
          action: 'validate',
          status: 'failed',
          startedAt,
          error: toError(error).message,
        }),
      );
      throw error;
    }
  }

  private async write(
    connection: GitPlatformConnection,
    answer: GitHostPower | 'refused',
  ): Promise<GitPlatformConnection> {
    const { knex, connections, ledger, hosts } = this.options;
    const provider = hosts.getByServerUrl(connection.serverUrl);
    const startedAt = now();
    const stored = await withTransaction(knex, async trx => {
      if (answer === 'refused') {
        return ledger.change(trx, connection, refused(connection, provider), {
          action: 'validate',
          status: 'failed',
          startedAt,
          error: 'The host refused the token',
        });
      }
      const before = await connections.lock(trx, connection.id);
      const after = await ledger.change(
        trx,
        connection,
        accepted(connection, answer, provider),
        { action: 'validate', status: 'succeeded', startedAt },
      );
      if (before && after && expiryDrawsNear(before)) {
        await ledger.event(trx, after, 'connection-expires-soon', {
          severity: 'warning',
          message: expiryNotice(after)?.message,
        });
      }
      return after;
    });
    return (
      stored ??
      (await this.options.connections.get(connection.id)) ??
      connection
    );
  }
}

function refused(
  connection: GitPlatformConnection,
  provider: GitHostProvider,
): ChangesOf<typeof gitPlatformConnections> {
  if (connection.status === 'reconnect-needed') {
    return {};
  }
  const ended =
    connection.expiresAt !== undefined &&
    Date.parse(connection.expiresAt) <= Date.now();
  return {
    status: ended ? 'expired' : 'revoked',
    ...notice(ended ? 'connectionEnded' : 'connectionRefused', {
      host: provider.host,
      how:
        connection.method === 'token'
          ? phrase('withNewToken', { url: provider.tokenPageUrl })
          : '',
    }),
  };
}

function accepted(
  connection: GitPlatformConnection,
  power: GitHostPower,
  provider: GitHostProvider,
): ChangesOf<typeof gitPlatformConnections> {
  const seen = {
    lastSyncAt: now(),
    username: power.identity?.username ?? connection.username,
    email: power.identity?.email ?? connection.email,
    avatarUrl: power.identity?.avatarUrl ?? connection.avatarUrl,
    scopes: power.scopes ?? connection.scopes,
  };
  const ended =
    connection.expiresAt !== undefined &&
    Date.parse(connection.expiresAt) <= Date.now();
  // A token without its refresh token works for a while and is no connection.
  const halfGone =
    connection.status !== 'active' &&
    connection.refreshToken === undefined &&
    connection.expiresAt !== undefined;
  if (
    connection.status === 'reconnect-needed' ||
    (connection.method === 'oauth' && (ended || halfGone))
  ) {
    return seen;
  }
  // The host accepts it, so a date that is over was a mistake.
  const expiresAt =
    power.expiresAt ?? (ended ? undefined : connection.expiresAt);
  return {
    ...seen,
    ...(connection.method === 'token' && { expiresAt }),
    status: 'active',
    ...noticeOf(
      powerNotice(power, provider) ??
        expiryNotice({ ...connection, expiresAt }) ??
        putOffNotice(connection),
    ),
  };
}

/** A renewal that was put off is still news when the present token works. */
function putOffNotice(connection: GitPlatformConnection): Partial<Notice> {
  return connection.refreshFailures > 0 ? connection : {};
}

/** What is wrong with a token that the host accepts. @internal */
export function powerNotice(
  power: GitHostPower,
  provider: GitHostProvider,
): Notice | undefined {
  const { missing, excessive } = power;
  if (missing.length > 0) {
    return notice('connectionLacks', { scopes: missing.join(', ') });
  }
  if (excessive.length > 0) {
    return notice('connectionExcess', {
      excess: excessive.join(', '),
      scopes: provider.scopesFor('connect').join(', '),
      url: provider.tokenPageUrl,
    });
  }
  return undefined;
}
