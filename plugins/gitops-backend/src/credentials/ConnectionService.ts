import { randomUUID } from 'node:crypto';
import { NotFoundError } from '@backstage/errors';
import type { GitHostRegistry } from '@backstage-gitops/plugin-gitops-node';
import type {
  ConnectionDocument,
  CreateConnectionRequest,
} from '@backstage-gitops/plugin-gitops-common';
import type { Knex } from 'knex';
import type { ConnectionStore } from '../database/ConnectionStore';
import { secretLocations } from '../database/secretLocations';
import type { GitPlatformConnection } from '../database/tables';
import { now } from '../database/time';
import { withTransaction } from '../database/withTransaction';
import type { EventStore } from '../events/EventStore';
import type { Vault } from './Vault';

/**
 * A user's own links to Git hosts, made by pasting a personal access token. The
 * token is tried at its host, kept sealed, and never shown again.
 *
 * @internal
 */
export class ConnectionService {
  private readonly knex: Knex;
  private readonly connections: ConnectionStore;
  private readonly events: EventStore;
  private readonly gitHosts: GitHostRegistry;
  private readonly vault: Vault;

  constructor(options: {
    knex: Knex;
    connections: ConnectionStore;
    events: EventStore;
    gitHosts: GitHostRegistry;
    vault: Vault;
  }) {
    this.knex = options.knex;
    this.connections = options.connections;
    this.events = options.events;
    this.gitHosts = options.gitHosts;
    this.vault = options.vault;
  }

  /** Newest token of the user for an account; an older one of the same account is replaced. */
  async connect(
    userRef: string,
    request: CreateConnectionRequest,
    options: { signal?: AbortSignal } = {},
  ): Promise<ConnectionDocument> {
    const provider = this.gitHosts.get(request.host);
    const identity = await provider.whoAmI({
      credential: { token: request.token },
      signal: options.signal,
    });
    return withTransaction(this.knex, async trx => {
      const account = {
        userId: userRef,
        provider: provider.type,
        serverUrl: provider.baseUrl,
        providerAccountId: identity.id,
      };
      const existing = await this.connections.find(account, trx);
      const id = existing?.id ?? randomUUID();
      const at = now();
      const stored = await this.connections.put(trx, {
        id,
        ...account,
        serverType: 'self-hosted',
        username: identity.username,
        email: identity.email,
        avatarUrl: identity.avatarUrl,
        accessToken: this.vault.seal(
          request.token,
          secretLocations.connectionAccessToken(id),
        ),
        refreshToken: undefined,
        expiresAt: request.expiresAt,
        status: 'active',
        statusSince: existing?.status === 'active' ? existing.statusSince : at,
        purpose: 'integration',
        connectedAt: at,
        lastSyncAt: at,
        metadata: undefined,
      });
      await this.events.append(trx, {
        eventType: 'audit',
        action: existing ? 'connection-replaced' : 'connection-made',
        resourceType: 'connection',
        resourceId: id,
        userId: userRef,
        message: `${identity.username} at ${provider.host}`,
      });
      return connectionDocument(stored);
    });
  }

  async list(userRef: string): Promise<ConnectionDocument[]> {
    const connections = await this.connections.listByUser(userRef);
    return connections.map(connectionDocument);
  }

  /**
   * @throws NotFoundError for a connection that is not there or is another user's,
   * ConflictError while a project uses it.
   */
  async disconnect(userRef: string, id: string): Promise<void> {
    await withTransaction(this.knex, async trx => {
      const connection = await this.connections.get(id, trx);
      if (!connection || connection.userId !== userRef) {
        throw new NotFoundError(`You have no Git connection '${id}'`);
      }
      await this.connections.delete(trx, id);
      await this.events.append(trx, {
        eventType: 'audit',
        action: 'connection-removed',
        resourceType: 'connection',
        resourceId: id,
        userId: userRef,
        message: `${connection.username ?? ''} at ${connection.serverUrl}`,
      });
    });
  }
}

function connectionDocument(
  connection: GitPlatformConnection,
): ConnectionDocument {
  const {
    id,
    provider,
    serverUrl,
    serverType,
    username,
    avatarUrl,
    purpose,
    status,
    expiresAt,
    connectedAt,
    lastSyncAt,
  } = connection;
  const expired =
    expiresAt !== undefined && Date.parse(expiresAt) <= Date.now();
  return {
    id,
    provider,
    serverUrl,
    serverType,
    username,
    avatarUrl,
    purpose,
    status: status === 'active' && expired ? 'expired' : status,
    expiresAt,
    connectedAt,
    lastSyncAt,
  };
}
