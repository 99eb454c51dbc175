import type { GitPlatformConnection } from '../../database/tables';
import { notice, type Notice } from '../../words/notice';

const NOTICE_MS = 7 * 24 * 60 * 60_000;

type Ending = Pick<GitPlatformConnection, 'expiresAt' | 'refreshToken'>;

/** When users are told that a token ends; undefined for one that is renewed or never ends. */
function noticeTime({ expiresAt, refreshToken }: Ending): number | undefined {
  return expiresAt === undefined || refreshToken !== undefined
    ? undefined
    : Date.parse(expiresAt) - NOTICE_MS;
}

/** What to tell of a token that ends within a week and that only its user can renew. @internal */
export function expiryNotice(
  connection: Ending,
  at = Date.now(),
): Notice | undefined {
  const from = noticeTime(connection);
  return from !== undefined && from <= at
    ? notice('connectionEnds', { time: { time: connection.expiresAt! } })
    : undefined;
}

/**
 * Whether the week before the end of a token has begun since a connection was last
 * looked at: of all who look, one sees it begin.
 *
 * @internal
 */
export function expiryDrawsNear(
  connection: GitPlatformConnection,
  at = Date.now(),
): boolean {
  const from = noticeTime(connection);
  const lookedAt = Date.parse(connection.lastSyncAt ?? connection.connectedAt);
  return from !== undefined && lookedAt < from && from <= at;
}
