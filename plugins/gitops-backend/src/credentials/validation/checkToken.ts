import { InputError } from '@backstage/errors';

const FURTHEST_END_MS = 10 * 365 * 24 * 60 * 60_000;

/**
 * Refuses what cannot be a token, before it is sent anywhere.
 *
 * @throws InputError that names the field, never its value
 * @internal
 */
export function checkTokenShape(field: string, value: string): void {
  // What HTTP takes in a header: no line ends, no control characters, no spaces.
  if (!/^[\x21-\x7e]+$/.test(value)) {
    throw new InputError(
      `${field}: a token has no spaces, line ends or control characters; copy it again`,
    );
  }
}

/**
 * @throws InputError for a time that has passed, or that no host would give
 * @internal
 */
export function checkExpiry(field: string, value: string | undefined): void {
  if (value === undefined) {
    return;
  }
  const at = Date.parse(value);
  if (at <= Date.now()) {
    throw new InputError(
      `${field}: ${value} has passed, so the token has expired; make a new one at the Git host`,
    );
  }
  if (at > Date.now() + FURTHEST_END_MS) {
    throw new InputError(
      `${field}: ${value} is more than ten years away; give the date that the Git host shows for the token`,
    );
  }
}
