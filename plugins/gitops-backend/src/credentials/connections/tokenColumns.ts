import { secretLocations } from '../../database/secretLocations';
import type { GitPlatformConnection } from '../../database/tables';
import type { Vault } from '../Vault';
import type { OAuthTokens } from './OAuthClient';

const LONGEST_LEAD_MS = 10 * 60_000;
/** A short life is renewed after two thirds of it. */
const LEAD_SHARE = 1 / 3;

type TokenColumns = Pick<
  GitPlatformConnection,
  | 'accessToken'
  | 'refreshToken'
  | 'expiresAt'
  | 'refreshAt'
  | 'refreshFailures'
  | 'refreshAttempt'
  | 'refreshUntil'
>;

/** What a row holds of fresh tokens: sealed for it, with the time of their renewal. @internal */
export function tokenColumns(
  vault: Vault,
  id: string,
  tokens: OAuthTokens,
  at = new Date(),
): Required<Pick<TokenColumns, 'accessToken'>> & TokenColumns {
  const { accessToken, refreshToken, expiresAt } = tokens;
  return {
    accessToken: vault.seal(
      accessToken,
      secretLocations.connectionAccessToken(id),
    ),
    refreshToken:
      refreshToken &&
      vault.seal(refreshToken, secretLocations.connectionRefreshToken(id)),
    expiresAt,
    refreshAt:
      refreshToken && expiresAt ? renewalTime(expiresAt, at) : undefined,
    refreshFailures: 0,
    refreshAttempt: undefined,
    refreshUntil: undefined,
  };
}

function renewalTime(expiresAt: string, at: Date): string {
  const ends = new Date(expiresAt).getTime();
  const lead = Math.min(LONGEST_LEAD_MS, (ends - at.getTime()) * LEAD_SHARE);
  return new Date(ends - Math.max(0, lead)).toISOString();
}

/** The tokens of a row in clear; never stored, logged or answered so. @internal */
export function openTokens(
  vault: Vault,
  connection: GitPlatformConnection,
): OAuthTokens {
  const { id, accessToken, refreshToken, expiresAt } = connection;
  return {
    accessToken: vault.open(
      accessToken,
      secretLocations.connectionAccessToken(id),
    ),
    refreshToken:
      refreshToken &&
      vault.open(refreshToken, secretLocations.connectionRefreshToken(id)),
    expiresAt,
  };
}
