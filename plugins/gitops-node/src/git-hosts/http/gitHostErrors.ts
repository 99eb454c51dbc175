import {
  AuthenticationError,
  ConflictError,
  InputError,
  NotAllowedError,
  NotFoundError,
  ServiceUnavailableError,
  toError,
} from '@backstage/errors';

const MAX_MESSAGE = 300;

/** A call as errors speak of it. */
export interface FailedCall {
  host: string;
  /** "read repository 'a/b'" */
  purpose: string;
  /** What must not be repeated from the host's words. */
  secret?: string;
}

/**
 * The error for a status that is no answer: AuthenticationError 401,
 * NotAllowedError 403, NotFoundError 404, ConflictError 405, 409 and 423,
 * InputError 400, 406 and 422, ServiceUnavailableError else.
 *
 * @param words - The host's own, if it gave any.
 */
export function statusError(
  { host, purpose, secret }: FailedCall,
  status: number,
  words: string | undefined,
): Error {
  const what = `Git host '${host}' answered ${status} to ${purpose}${
    words ? `: ${withoutSecret(words, secret)}` : ''
  }`;
  switch (status) {
    case 400:
    case 406:
    case 422:
      return new InputError(what);
    case 401:
      return new AuthenticationError(
        `${what}. The token is wrong or has expired: connect the Git account again or replace the token`,
      );
    case 403:
      return new NotAllowedError(
        `${what}. The account lacks the right: ask an owner for it, or use a token with more scopes`,
      );
    case 404:
      return new NotFoundError(
        `${what}. The object does not exist, or the account may not see it`,
      );
    case 405:
    case 409:
      return new ConflictError(what);
    case 423:
      return new ConflictError(
        `${what}. The repository is archived: an owner can unarchive it at the host`,
      );
    default:
      return new ServiceUnavailableError(
        `${what}. Try again when the host is well`,
      );
  }
}

/** The error for a call without a usable answer. */
export function unreachableError(
  { host, purpose, secret }: FailedCall,
  error: unknown,
): Error {
  return new ServiceUnavailableError(
    `Git host '${host}' gave no answer to ${purpose} (${withoutSecret(
      describe(error),
      secret,
    )}): check its address in integrations and that it is up, then try again`,
  );
}

/** The error for a host that asks for more patience than a call may have. */
export function busyError(
  { host, purpose }: FailedCall,
  waitMs: number,
): Error {
  return new ServiceUnavailableError(
    `Git host '${host}' asks to wait ${Math.ceil(
      waitMs / 1000,
    )} s before it can ${purpose}: try again then`,
  );
}

/** The error for an answer of another shape than the host's API promises. */
export function strangeAnswerError(
  host: string,
  product: string,
  what: string,
  fields: string,
): Error {
  return new ServiceUnavailableError(
    `Git host '${host}' answered with a ${what} that is not ${product}'s (${fields}): check that integrations.${product.toLocaleLowerCase(
      'en-US',
    )} names a ${product} host and that its addresses are right`,
  );
}

/** Words for a failed connection, without the stack of causes. */
export function describe(error: unknown): string {
  const known = toError(error);
  if (known.name === 'TimeoutError') {
    return 'timed out';
  }
  const cause = known.cause instanceof Error ? known.cause : undefined;
  const code =
    cause && 'code' in cause && typeof cause.code === 'string'
      ? cause.code
      : undefined;
  return code ?? cause?.message ?? known.message;
}

function withoutSecret(text: string, secret: string | undefined): string {
  const clean = secret ? text.replaceAll(secret, '[hidden]') : text;
  return clean.length > MAX_MESSAGE
    ? `${clean.slice(0, MAX_MESSAGE)}...`
    : clean;
}
