import { randomUUID } from 'node:crypto';
import {
  isDatabaseConflictError,
  type LoggerService,
} from '@backstage/backend-plugin-api';
import {
  ConflictError,
  InputError,
  NotFoundError,
  toError,
} from '@backstage/errors';
import type {
  AuthorizeConnectionDocument,
  AuthorizeConnectionRequest,
  ConnectionCallbackRequest,
  ConnectionDocument,
  ConnectionHostDocument,
  ConnectionMethod,
  CreateConnectionRequest,
} from '@backstage-gitops/plugin-gitops-common';
import type {
  GitHostIdentity,
  GitHostPower,
  GitHostProvider,
} from '@backstage-gitops/plugin-gitops-node';
import type { Knex } from 'knex';
import type { ConnectionStore } from '../../database/ConnectionStore';
import type { GitPlatformConnection } from '../../database/tables';
import { now } from '../../database/time';
import { withTransaction } from '../../database/withTransaction';
import type { EventStore } from '../../events/EventStore';
import { notice, noticeOf } from '../../words/notice';
import type { Vault } from '../Vault';
import type { AuthorizationState } from './AuthorizationState';
import { checkPastedToken, checkTokenExpiry } from './checkPastedToken';
import { type ConnectionCheck, powerNotice } from './ConnectionCheck';
import { connectionDocument } from './connectionDocument';
import type { ConnectionHosts } from './ConnectionHosts';
import {
  accountName,
  accountWording,
  type ConnectionLedger,
} from './ConnectionLedger';
import { expiryNotice } from './expiryNotice';
import { OAuthClient, type OAuthTokens } from './OAuthClient';
import type { TokenChanges } from './TokenChanges';
import { openTokens, tokenColumns } from './tokenColumns';

/** Of a token that told whose it is. */
type CompletePower = GitHostPower & { identity: GitHostIdentity };

const WORDS_OF_REVOCATION = {
  revoked: ', revoked at the host',
  own: '; the token itself is the user’s and was left alone',
  'not-offered':
    '; the host has no way for an application to end its tokens, the user can remove it there',
  failed:
    '; the host could not be asked to end the tokens, the user can remove the application there',
};

/** Another replica connected the same account at the same moment. */
const SAVE_ATTEMPTS = 3;

/**
 * A user's own links to Git hosts: by consent at the host (OAuth 2) or with a pasted
 * token. Tokens are tried at their host, kept sealed, and never shown again.
 *
 * @internal
 */
export class ConnectionService {
  private readonly knex: Knex;
  private readonly connections: ConnectionStore;
  private readonly events: EventStore;
  private readonly ledger: ConnectionLedger;
  private readonly hosts: ConnectionHosts;
  private readonly states: AuthorizationState;
  private readonly checks: ConnectionCheck;
  private readonly changes: TokenChanges;
  private readonly vault: Vault;
  private readonly logger: LoggerService;

  constructor(options: {
    knex: Knex;
    connections: ConnectionStore;
    events: EventStore;
    ledger: ConnectionLedger;
    hosts: ConnectionHosts;
    states: AuthorizationState;
    checks: ConnectionCheck;
    changes: TokenChanges;
    vault: Vault;
    logger: LoggerService;
  }) {
    this.knex = options.knex;
    this.connections = options.connections;
    this.events = options.events;
    this.ledger = options.ledger;
    this.hosts = options.hosts;
    this.states = options.states;
    this.checks = options.checks;
    this.changes = options.changes;
    this.vault = options.vault;
    this.logger = options.logger;
  }

  async list(userRef: string): Promise<ConnectionDocument[]> {
    const connections = await this.connections.listByUser(userRef);
    const usedBy = await this.connections.usedBy(
      connections.map(({ id }) => id),
    );
    return connections.map(connection =>
      connectionDocument(connection, usedBy.get(connection.id) ?? []),
    );
  }

  listHosts(): ConnectionHostDocument[] {
    return this.hosts.list();
  }

  /**
   * Connects an account with a pasted token. One of the same account is replaced.
   *
   * @throws InputError for a token that is none, is refused, or may do too little
   */
  async connect(
    userRef: string,
    request: CreateConnectionRequest,
    options: { signal?: AbortSignal } = {},
  ): Promise<ConnectionDocument> {
    const { host, token, expiresAt } = request;
    checkPastedToken(token);
    checkTokenExpiry(expiresAt);
    const provider = this.hosts.get(host);
    const power = await this.powerOf(provider, token, options);
    checkTokenExpiry(power.expiresAt);
    return this.save(userRef, provider, power, 'token', {
      accessToken: token,
      // The host knows better than the user.
      expiresAt: power.expiresAt ?? expiresAt,
    });
  }

  /** @throws InputError for a host that is unknown, or where the portal is no application */
  async authorize(
    userRef: string,
    request: AuthorizeConnectionRequest,
  ): Promise<AuthorizeConnectionDocument> {
    const provider = this.hosts.get(request.host);
    const client = this.hosts.oauthClient(provider);
    const verifier = OAuthClient.newVerifier();
    const state = await this.states.issue({
      userRef,
      serverUrl: provider.baseUrl,
      verifier,
    });
    return { authorizationUrl: await client.authorizationUrl(state, verifier) };
  }

  /**
   * Connects an account with what a host handed to the browser. Nothing is stored
   * unless the host gives tokens that are good for something.
   *
   * @throws InputError for a state that is not the user's, is too old or was used, and
   * for a code that the host refuses; NotAllowedError when the user did not consent
   */
  async callback(
    userRef: string,
    request: ConnectionCallbackRequest,
    options: { signal?: AbortSignal } = {},
  ): Promise<ConnectionDocument> {
    const { state, code, error } = request;
    const { serverUrl, verifier } = await this.states.redeem(state, userRef);
    const provider = this.hosts.getByServerUrl(serverUrl);
    const client = this.hosts.oauthClient(provider);
    const tokens = await client.exchange({ code, error }, state, verifier);
    let power: CompletePower;
    try {
      power = await this.powerOf(provider, tokens.accessToken, options);
    } catch (refusal) {
      await this.revokeQuietly(client, tokens, provider.host);
      throw refusal;
    }
    return this.save(userRef, provider, power, 'oauth', tokens);
  }

  /**
   * Asks the host now. That it no longer accepts the connection is an answer and
   * stands in the document.
   *
   * @throws NotFoundError for one that is not the user's, ServiceUnavailableError
   * when the host does not say
   */
  async test(
    userRef: string,
    id: string,
    options: { signal?: AbortSignal } = {},
  ): Promise<ConnectionDocument> {
    const connection = owned(await this.connections.get(id), userRef, id);
    const present = isErased(this.vault, connection)
      ? connection
      : await this.checks.check(connection, options);
    const usedBy = await this.connections.usedBy([id]);
    return connectionDocument(present, usedBy.get(id) ?? []);
  }

  /**
   * Ends a connection, at its host too where that can be done.
   *
   * One that projects read with stays as `revoked` and without tokens when `force`
   * ends it, because their credentials refer to it: these become invalid, and
   * connecting the same account again brings them back.
   *
   * @throws NotFoundError for one that is not the user's, ConflictError that names
   * the projects that read with it, unless `force`
   */
  async disconnect(
    userRef: string,
    id: string,
    options: { force?: boolean } = {},
  ): Promise<void> {
    const ending = await this.markEnding(userRef, id, options);
    const revoked = await this.revokeAtHost(ending);
    await withTransaction(this.knex, async trx => {
      const present = await this.connections.lock(trx, id);
      if (present?.revision !== ending.revision) {
        // Removed by another request, or connected again while the host was asked.
        return;
      }
      await this.ledger.event(trx, ending, 'connection-removed', {
        byUser: true,
        severity: revoked === 'failed' ? 'warning' : 'info',
        message: `${accountName(ending)}${WORDS_OF_REVOCATION[revoked]}`,
      });
      const used = (await this.connections.usedBy([id], trx)).get(id) ?? [];
      if (used.length === 0) {
        await this.connections.delete(trx, id);
      } else {
        await this.erase(trx, ending);
      }
    });
    await this.changes.announce(id);
  }

  /** From here on nobody opens it or renews it. */
  private async markEnding(
    userRef: string,
    id: string,
    options: { force?: boolean },
  ): Promise<GitPlatformConnection> {
    return withTransaction(this.knex, async trx => {
      const connection = owned(
        await this.connections.lock(trx, id),
        userRef,
        id,
      );
      const slugs = (await this.connections.usedBy([id], trx)).get(id) ?? [];
      if (slugs.length > 0 && !options.force) {
        throw new ConflictError(
          `Flux reads the repository of ${slugs.join(', ')} with ${accountName(
            connection,
          )}: give ${
            slugs.length === 1 ? 'the project' : 'these projects'
          } another credential first, or disconnect by force, and Flux can read no more`,
        );
      }
      const marked = await this.connections.change(trx, connection, {
        revision: connection.revision + 1,
        status: 'revoked',
        statusSince:
          connection.status === 'revoked' ? connection.statusSince : now(),
        ...notice('disconnected'),
        refreshAt: undefined,
        refreshAttempt: undefined,
        refreshUntil: undefined,
      });
      return marked!;
    });
  }

  private async revokeAtHost(
    connection: GitPlatformConnection,
  ): Promise<keyof typeof WORDS_OF_REVOCATION> {
    if (connection.method === 'token') {
      return 'own';
    }
    const startedAt = now();
    let error: string | undefined;
    let done = false;
    try {
      const provider = this.hosts.getByServerUrl(connection.serverUrl);
      done = await this.hosts
        .oauthClient(provider)
        .revoke(openTokens(this.vault, connection));
    } catch (failure) {
      error = toError(failure).message;
    }
    if (!done && error === undefined) {
      return 'not-offered';
    }
    await withTransaction(this.knex, trx =>
      this.ledger.log(trx, connection, {
        action: 'revoke',
        status: done ? 'succeeded' : 'failed',
        startedAt,
        error,
      }),
    );
    return done ? 'revoked' : 'failed';
  }

  private async erase(
    trx: Knex,
    connection: GitPlatformConnection,
  ): Promise<void> {
    await this.connections.change(trx, connection, {
      ...tokenColumns(this.vault, connection.id, { accessToken: '' }),
    });
    const why = notice('credentialDisconnected', {
      account: accountWording(connection),
    });
    const projectIds = await this.connections.invalidateUsers(
      trx,
      connection.id,
      why,
    );
    await this.events.append(
      trx,
      ...projectIds.map(projectId => ({
        eventType: 'project' as const,
        action: 'credential-invalid',
        severity: 'error' as const,
        projectId,
        resourceType: 'connection',
        resourceId: connection.id,
        userId: connection.userId,
        message: why.message,
      })),
    );
  }

  private async powerOf(
    provider: GitHostProvider,
    token: string,
    options: { signal?: AbortSignal },
  ): Promise<CompletePower> {
    let power: GitHostPower;
    try {
      power = await provider.checkPower('connect', {
        credential: { token },
        signal: options.signal,
      });
    } catch (error) {
      // 401 would say that the caller is not signed in to the portal.
      if (toError(error).name === 'AuthenticationError') {
        throw new InputError(
          `Git host '${provider.host}' does not accept the token: copy it again, or make a new one at ${provider.tokenPageUrl}`,
        );
      }
      throw error;
    }
    const { identity, missing } = power;
    if (missing.length > 0 || !identity) {
      throw new InputError(
        `The token may do too little at Git host '${provider.host}': it lacks ${
          missing.join(', ') || 'the right to read its own account'
        }. Make one with ${provider.scopesFor('connect').join(', ')} at ${
          provider.tokenPageUrl
        }`,
      );
    }
    return { ...power, identity };
  }

  private async save(
    userRef: string,
    provider: GitHostProvider,
    power: CompletePower,
    method: ConnectionMethod,
    tokens: OAuthTokens,
  ): Promise<ConnectionDocument> {
    for (let attempt = 1; ; attempt++) {
      try {
        const { stored, replaced } = await this.put(
          userRef,
          provider,
          power,
          method,
          tokens,
        );
        if (replaced) {
          await this.changes.announce(stored.id);
        }
        const usedBy = await this.connections.usedBy([stored.id]);
        return connectionDocument(stored, usedBy.get(stored.id) ?? []);
      } catch (error) {
        if (attempt === SAVE_ATTEMPTS || !isDatabaseConflictError(error)) {
          throw error;
        }
      }
    }
  }

  private async put(
    userRef: string,
    provider: GitHostProvider,
    power: CompletePower,
    method: ConnectionMethod,
    tokens: OAuthTokens,
  ): Promise<{ stored: GitPlatformConnection; replaced: boolean }> {
    const { identity } = power;
    const account = {
      userId: userRef,
      provider: provider.type,
      serverUrl: provider.baseUrl,
      providerAccountId: identity.id,
    };
    return withTransaction(this.knex, async trx => {
      const found = await this.connections.find(account, trx);
      const existing = found && (await this.connections.lock(trx, found.id));
      const id = existing?.id ?? randomUUID();
      const at = now();
      const stored = await this.connections.put(trx, {
        ...tokenColumns(this.vault, id, tokens),
        id,
        ...account,
        serverType: provider.serverType,
        username: identity.username,
        email: identity.email,
        avatarUrl: identity.avatarUrl,
        status: 'active',
        statusSince: existing?.status === 'active' ? existing.statusSince : at,
        purpose:
          existing === undefined || existing.purpose === 'integration'
            ? 'integration'
            : 'both',
        method,
        scopes: power.scopes ?? tokens.scopes,
        ...noticeOf(powerNotice(power, provider) ?? expiryNotice(tokens) ?? {}),
        revision: existing ? existing.revision + 1 : 0,
        connectedAt: at,
        lastSyncAt: at,
        validateAt: undefined,
        metadata: existing?.metadata,
      });
      await this.ledger.event(
        trx,
        stored,
        existing ? 'connection-replaced' : 'connection-made',
        { byUser: true },
      );
      await this.ledger.log(trx, stored, {
        action: 'create',
        status: 'succeeded',
        startedAt: at,
      });
      return { stored, replaced: existing !== undefined };
    });
  }

  /** Tokens that are of no use are not left behind at the host. */
  private async revokeQuietly(
    client: OAuthClient,
    tokens: OAuthTokens,
    host: string,
  ): Promise<void> {
    try {
      await client.revoke(tokens);
    } catch (error) {
      this.logger.warn(
        `Tokens that Git host '${host}' gave and that are not used could not be revoked: ${
          toError(error).message
        }`,
      );
    }
  }
}

function owned(
  connection: GitPlatformConnection | undefined,
  userRef: string,
  id: string,
): GitPlatformConnection {
  if (!connection || connection.userId !== userRef) {
    throw new NotFoundError(`You have no Git connection '${id}'`);
  }
  return connection;
}

/** What is left of a connection that was disconnected by force. */
function isErased(vault: Vault, connection: GitPlatformConnection): boolean {
  return openTokens(vault, connection).accessToken === '';
}
