import {
  phrase,
  sayInEnglish,
  type ConnectionStatus,
  type Severity,
  type SyncAction,
  type SyncStatus,
  type Wording,
} from '@backstage-gitops/plugin-gitops-common';
import type { Knex } from 'knex';
import type { ConnectionStore } from '../../database/ConnectionStore';
import type { SyncLogStore } from '../../database/SyncLogStore';
import type { ChangesOf } from '../../database/Table';
import type {
  gitPlatformConnections,
  GitPlatformConnection,
} from '../../database/tables';
import { now } from '../../database/time';
import type { EventStore } from '../../events/EventStore';

/** Something that was done with a connection at its host, and how it ended. */
export interface Deed {
  action: SyncAction;
  status: SyncStatus;
  /** RFC 3339 */
  startedAt: string;
  error?: string;
}

const ACTIONS: Record<ConnectionStatus, string> = {
  active: 'connection-recovered',
  expired: 'connection-expired',
  revoked: 'connection-revoked',
  'reconnect-needed': 'connection-reconnect-needed',
};

/**
 * Writes what is known of a connection together with its history: the row, an
 * event where the status is another one, a line of the log for each deed.
 *
 * @internal
 */
export class ConnectionLedger {
  private readonly connections: ConnectionStore;
  private readonly events: EventStore;
  private readonly syncLogs: SyncLogStore;

  constructor(options: {
    connections: ConnectionStore;
    events: EventStore;
    syncLogs: SyncLogStore;
  }) {
    this.connections = options.connections;
    this.events = options.events;
    this.syncLogs = options.syncLogs;
  }

  /**
   * Changes a connection while its tokens are those that the caller knows.
   *
   * @returns undefined when they are not, and then nothing is written but the deed
   */
  async change(
    trx: Knex,
    known: GitPlatformConnection,
    changes: ChangesOf<typeof gitPlatformConnections>,
    deed?: Deed,
  ): Promise<GitPlatformConnection | undefined> {
    const before = await this.connections.lock(trx, known.id);
    const { status } = changes;
    const turned =
      before !== undefined && status !== undefined && status !== before.status;
    const stored = await this.connections.change(trx, known, {
      ...changes,
      ...(turned && { statusSince: now() }),
    });
    if (before && deed) {
      await this.log(trx, before, deed);
    }
    if (stored && turned) {
      await this.event(trx, stored, ACTIONS[status], {
        severity: status === 'active' ? 'info' : 'warning',
        message: stored.message,
      });
    }
    return stored;
  }

  /** @param options - `byUser`: their own doing, not something that was noticed */
  async event(
    trx: Knex,
    connection: GitPlatformConnection,
    action: string,
    options: { severity?: Severity; message?: string; byUser?: boolean } = {},
  ): Promise<void> {
    await this.events.append(trx, {
      eventType: options.byUser ? 'audit' : 'system',
      action,
      severity: options.severity ?? 'info',
      resourceType: 'connection',
      resourceId: connection.id,
      userId: connection.userId,
      message: options.message ?? accountName(connection),
      metadata: {
        provider: connection.provider,
        host: hostOf(connection),
        username: connection.username,
      },
    });
  }

  async log(
    trx: Knex,
    connection: GitPlatformConnection,
    deed: Deed,
  ): Promise<void> {
    await this.syncLogs.append(trx, {
      connectionId: connection.id,
      provider: connection.provider,
      host: hostOf(connection),
      syncType: 'connection',
      ...deed,
      finishedAt: now(),
    });
  }
}

/** How a connection is called in a sentence. @internal */
export function accountName(connection: GitPlatformConnection): string {
  return sayInEnglish(accountWording(connection));
}

/** The same for other languages. @internal */
export function accountWording(connection: GitPlatformConnection): Wording {
  const { username, providerAccountId } = connection;
  const host = hostOf(connection);
  return username === undefined
    ? phrase('namelessAccountAt', { id: providerAccountId, host })
    : phrase('accountAt', { name: username, host });
}

function hostOf(connection: GitPlatformConnection): string {
  return new URL(connection.serverUrl).host;
}
