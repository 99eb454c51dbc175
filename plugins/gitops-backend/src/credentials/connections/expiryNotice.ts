import type { GitPlatformConnection } from '../../database/tables';

const NOTICE_MS = 7 * 24 * 60 * 60_000;

type Ending = Pick<GitPlatformConnection, 'expiresAt' | 'refreshToken'>;

/** When users are told that a token ends; undefined for one that is renewed or never ends. */
function noticeTime({ expiresAt, refreshToken }: Ending): number | undefined {
  return expiresAt === undefined || refreshToken !== undefined
    ? undefined
    : Date.parse(expiresAt) - NOTICE_MS;
}

/** What to tell of a token that ends within a week and that only its user can renew. @internal */
export function expiryMessage(
  connection: Ending,
  at = Date.now(),
): string | undefined {
  const notice = noticeTime(connection);
  return notice !== undefined && notice <= at
    ? `The token ends at ${connection.expiresAt}: connect the account again with a new one before`
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
  const notice = noticeTime(connection);
  const lookedAt = Date.parse(connection.lastSyncAt ?? connection.connectedAt);
  return notice !== undefined && lookedAt < notice && notice <= at;
}
