import { InputError } from '@backstage/errors';

const LONGEST_TOKEN = 4096;
/** What fits into an HTTP header and a Secret without any quoting. */
const PRINTABLE = /^[\x21-\x7e]+$/;
const MOST_YEARS = 10;

/**
 * Refuses what cannot be a token before it goes anywhere.
 *
 * @throws InputError that never repeats any of it
 * @internal
 */
export function checkPastedToken(token: string): void {
  if (token.length > LONGEST_TOKEN) {
    throw new InputError(
      `The token is longer than ${LONGEST_TOKEN} characters: copy it again, and only it`,
    );
  }
  if (!PRINTABLE.test(token)) {
    throw new InputError(
      'The token contains a line break, a blank or another character that no token has: copy it again, without anything around it',
    );
  }
}

/**
 * @param expiresAt - RFC 3339
 * @throws InputError for a time that is over, or too far away to be meant
 * @internal
 */
export function checkTokenExpiry(
  expiresAt: string | undefined,
  at = new Date(),
): void {
  if (expiresAt === undefined) {
    return;
  }
  const ends = new Date(expiresAt);
  if (ends <= at) {
    throw new InputError(
      `The token has ended at ${ends.toISOString()}: make a new one, or correct the date`,
    );
  }
  const latest = new Date(at);
  latest.setUTCFullYear(latest.getUTCFullYear() + MOST_YEARS);
  if (ends > latest) {
    throw new InputError(
      `The token would end only at ${ends.toISOString()}, more than ${MOST_YEARS} years from now: correct the date, or leave it out for a token that does not end`,
    );
  }
}
