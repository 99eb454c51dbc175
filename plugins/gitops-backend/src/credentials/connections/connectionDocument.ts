import type { ConnectionDocument } from '@backstage-gitops/plugin-gitops-common';
import type { GitPlatformConnection } from '../../database/tables';
import { notice, noticeOf } from '../../words/notice';

/** What a user sees of a connection. @internal */
export function connectionDocument(
  connection: GitPlatformConnection,
  usedBy: string[],
  at = new Date(),
): ConnectionDocument {
  // The row is marked by a task that comes round; the page need not wait for it.
  const ended =
    connection.status === 'active' &&
    connection.expiresAt !== undefined &&
    new Date(connection.expiresAt) <= at;
  return {
    id: connection.id,
    provider: connection.provider,
    host: new URL(connection.serverUrl).host,
    serverUrl: connection.serverUrl,
    serverType: connection.serverType,
    username: connection.username,
    avatarUrl: connection.avatarUrl,
    purpose: connection.purpose,
    status: ended ? 'expired' : connection.status,
    statusSince: ended ? connection.expiresAt! : connection.statusSince,
    method: connection.method,
    scopes: connection.scopes,
    expiresAt: connection.expiresAt,
    connectedAt: connection.connectedAt,
    lastSyncAt: connection.lastSyncAt,
    ...(ended && connection.message === undefined
      ? notice('tokenEnded')
      : noticeOf(connection)),
    usedBy,
  };
}
