import { setTimeout as delay } from 'node:timers/promises';
import {
  ConflictError,
  NotFoundError,
  ServiceUnavailableError,
} from '@backstage/errors';
import { phrase } from '@backstage-gitops/plugin-gitops-common';
import type {
  GitHostCredential,
  GitHostProvider,
} from '@backstage-gitops/plugin-gitops-node';
import { wordedError } from '../../words/wordedError';
import type { ConnectionStore } from '../../database/ConnectionStore';
import type { GitPlatformConnection } from '../../database/tables';
import { noticeOf } from '../../words/notice';
import type { Vault } from '../Vault';
import type { ConnectionHosts } from './ConnectionHosts';
import { accountName, accountWording } from './ConnectionLedger';
import type { ConnectionRenewal } from './ConnectionRenewal';
import { openTokens } from './tokenColumns';

/** A connection whose token works now, in clear; never stored, logged or answered so. @internal */
export interface OpenConnection {
  connectionId: string;
  provider: GitHostProvider;
  credential: GitHostCredential;
  /** Rises whenever the token is another one. */
  revision: number;
  /** RFC 3339; absent for a token that does not end. */
  expiresAt?: string;
}

/** Longest wait for a renewal that another replica has begun, in milliseconds. */
const LONGEST_WAIT_MS = 20_000;
const FIRST_LOOK_MS = 50;
const LATER_LOOKS_MS = 500;

/** Opens connections for whoever speaks to a Git host with them. @internal */
export class ConnectionTokens {
  private readonly renewals = new Map<string, Promise<void>>();

  constructor(
    private readonly options: {
      connections: ConnectionStore;
      hosts: ConnectionHosts;
      renewal: ConnectionRenewal;
      vault: Vault;
    },
  ) {}

  /**
   * The token of a connection, renewed first where it is due. However many ask at
   * the same time, in this replica and others, the host is asked once.
   *
   * @param userRef - Whose it has to be; left out for what a project was given.
   * @throws NotFoundError when there is none, or it is not the user's; ConflictError
   * when it has to be made anew; InputError when its host is no longer configured;
   * ServiceUnavailableError when the host does not renew it now. Each says what to do.
   */
  async open(connectionId: string, userRef?: string): Promise<OpenConnection> {
    const { hosts, vault } = this.options;
    let connection = await this.get(connectionId, userRef);
    const provider = hosts.getByServerUrl(connection.serverUrl);
    if (isDue(connection)) {
      await this.renewOnce(connection);
      connection = await this.get(connectionId, userRef);
    }
    assertUsable(connection);
    return {
      connectionId,
      provider,
      credential: { token: openTokens(vault, connection).accessToken },
      revision: connection.revision,
      expiresAt: connection.expiresAt,
    };
  }

  /** Renews a connection before its time, or waits for whoever does it already. */
  async renewOnce(connection: GitPlatformConnection): Promise<void> {
    const { id } = connection;
    let renewal = this.renewals.get(id);
    if (!renewal) {
      renewal = this.renewOrWait(connection).finally(() =>
        this.renewals.delete(id),
      );
      this.renewals.set(id, renewal);
    }
    await renewal;
  }

  private async renewOrWait(known: GitPlatformConnection): Promise<void> {
    const { connections, renewal } = this.options;
    const until = Date.now() + LONGEST_WAIT_MS;
    for (let pause = FIRST_LOOK_MS; ; pause = LATER_LOOKS_MS) {
      if (await renewal.renew(known)) {
        return;
      }
      const present = await connections.get(known.id);
      const atWork =
        present?.revision === known.revision &&
        present.refreshAttempt !== undefined;
      if (!atWork || Date.now() >= until) {
        return;
      }
      await delay(pause);
    }
  }

  private async get(
    id: string,
    userRef: string | undefined,
  ): Promise<GitPlatformConnection> {
    const connection = await this.options.connections.get(id);
    // Somebody else's connection looks like none.
    if (
      !connection ||
      (userRef !== undefined && connection.userId !== userRef)
    ) {
      throw userRef === undefined
        ? wordedError(NotFoundError, phrase('connectionGone', { id }))
        : new NotFoundError(
            `You have no Git connection '${id}': choose one of yours, or connect the account first`,
          );
    }
    return connection;
  }
}

/** Whether it can and should be renewed before its token is used. @internal */
export function isDue(connection: GitPlatformConnection): boolean {
  const { refreshAt, refreshToken, status } = connection;
  return (
    refreshToken !== undefined &&
    refreshAt !== undefined &&
    Date.parse(refreshAt) <= Date.now() &&
    (status === 'active' || status === 'expired')
  );
}

function assertUsable(connection: GitPlatformConnection): void {
  const account = accountWording(connection);
  const { status, message, expiresAt, refreshToken } = connection;
  const ended =
    status === 'expired' ||
    (expiresAt !== undefined && Date.parse(expiresAt) <= Date.now());
  if (status === 'revoked' || status === 'reconnect-needed') {
    throw wordedError(
      ConflictError,
      phrase(status === 'revoked' ? 'connectionRevoked' : 'connectionLost', {
        account,
        why: noticeOf(connection).wording ?? message ?? phrase('connectAgain'),
      }),
    );
  }
  if (ended && refreshToken !== undefined) {
    throw new ServiceUnavailableError(
      `The Git connection of ${accountName(connection)} has expired. ${
        message ?? 'It is being renewed: try again'
      }`,
    );
  }
  if (ended) {
    throw wordedError(ConflictError, phrase('connectionExpired', { account }));
  }
}
