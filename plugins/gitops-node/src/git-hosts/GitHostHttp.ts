import {
  AuthenticationError,
  ConflictError,
  InputError,
  NotAllowedError,
  NotFoundError,
  ServiceUnavailableError,
  toError,
} from '@backstage/errors';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod/v3';

/** Limits of the calls to one Git host, in milliseconds. @public */
export interface GitHostLimits {
  /** Longest wait for one answer. */
  attemptMs: number;
  /** Longest wait for a call with all its repetitions. */
  callMs: number;
  /** First pause before a repetition; doubles, with jitter. */
  retryMs: number;
}

/** @public */
export const DEFAULT_GIT_HOST_LIMITS: GitHostLimits = {
  attemptMs: 10_000,
  callMs: 30_000,
  retryMs: 250,
};

/** One call of a Git host's REST API. @public */
export interface GitHostCall {
  method: 'GET' | 'POST' | 'PUT';
  /** Path and query below the API's root, each segment encoded. */
  path: string;
  /** Sent as JSON. */
  body?: unknown;
  /** Value of the `Authorization` header; never part of an error. */
  authorization: string;
  /** What is being done, for errors: "read repository 'a/b'". */
  purpose: string;
  signal?: AbortSignal;
}

/** An answer with one of the statuses that the caller knows. @public */
export interface GitHostAnswer {
  status: number;
  body: unknown;
}

const errorBodySchema = z.object({ message: z.string().min(1) });
// About eight seconds in all. A busy Gitea 1.26 answers 500 to the reading of a
// branch between a first push and the moment its queue has noted that the
// repository is no longer empty.
const MAX_ATTEMPTS = 6;
const MAX_MESSAGE = 300;

/**
 * Talks to the REST API of one Git host: a deadline on every call, repetition
 * where it is safe, and errors that name the host, the object and the next step.
 *
 * A busy host (429) did not act, so that any call may be repeated; after a 5xx or
 * a broken connection only calls that may be sent twice are.
 * @public
 */
export class GitHostHttp {
  private readonly host: string;
  private readonly apiUrl: string;
  private readonly limits: GitHostLimits;

  constructor(options: {
    host: string;
    apiUrl: string;
    limits?: Partial<GitHostLimits>;
  }) {
    this.host = options.host;
    this.apiUrl = options.apiUrl;
    this.limits = { ...DEFAULT_GIT_HOST_LIMITS, ...options.limits };
  }

  /**
   * @param expected - Statuses that are answers; every other one is an error.
   * @throws AuthenticationError 401, NotAllowedError 403, ConflictError 409,
   * NotFoundError 404, InputError 400 and 422, ServiceUnavailableError when no usable answer came.
   */
  async call(
    call: GitHostCall,
    expected: readonly number[],
  ): Promise<GitHostAnswer> {
    const callDeadline = AbortSignal.timeout(this.limits.callMs);
    const stop = call.signal
      ? AbortSignal.any([call.signal, callDeadline])
      : callDeadline;

    for (let attempt = 1; ; attempt++) {
      const last = attempt === MAX_ATTEMPTS;
      const outcome = await this.attempt(call, stop);
      if (outcome.kind === 'answer') {
        const { status, body } = outcome;
        if (expected.includes(status)) {
          return { status, body };
        }
        if (last || !mayRepeat(call.method, status)) {
          throw this.statusError(call, status, body);
        }
      } else {
        call.signal?.throwIfAborted();
        if (last || call.method === 'POST' || callDeadline.aborted) {
          throw this.unreachable(call, outcome.error);
        }
      }

      const pause =
        outcome.kind === 'answer' && outcome.retryAfterMs !== undefined
          ? outcome.retryAfterMs
          : this.limits.retryMs * 2 ** (attempt - 1) * (0.5 + Math.random());
      if (pause >= this.limits.callMs) {
        throw new ServiceUnavailableError(
          `Git host '${this.host}' asks to wait ${Math.ceil(
            pause / 1000,
          )} s before it can ${call.purpose}: try again then`,
        );
      }
      try {
        await delay(pause, undefined, { signal: stop });
      } catch (error) {
        call.signal?.throwIfAborted();
        throw this.unreachable(call, error);
      }
    }
  }

  private async attempt(
    call: GitHostCall,
    stop: AbortSignal,
  ): Promise<
    | {
        kind: 'answer';
        status: number;
        body: unknown;
        retryAfterMs?: number;
      }
    | { kind: 'failure'; error: unknown }
  > {
    try {
      const response = await fetch(`${this.apiUrl}${call.path}`, {
        method: call.method,
        // A redirect to another address would carry the token along.
        redirect: 'error',
        headers: {
          Accept: 'application/json',
          Authorization: call.authorization,
          ...(call.body !== undefined && {
            'Content-Type': 'application/json',
          }),
        },
        ...(call.body !== undefined && { body: JSON.stringify(call.body) }),
        signal: AbortSignal.any([
          stop,
          AbortSignal.timeout(this.limits.attemptMs),
        ]),
      });
      const text = await response.text();
      return {
        kind: 'answer',
        status: response.status,
        body: parseJson(text),
        retryAfterMs: retryAfter(response.headers.get('retry-after')),
      };
    } catch (error) {
      return { kind: 'failure', error };
    }
  }

  private statusError(call: GitHostCall, status: number, body: unknown): Error {
    const parsed = errorBodySchema.safeParse(body);
    const words = parsed.success
      ? `: ${withoutSecret(parsed.data.message, call.authorization)}`
      : '';
    const what = `Git host '${this.host}' answered ${status} to ${call.purpose}${words}`;
    switch (status) {
      case 400:
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
      case 409:
        return new ConflictError(what);
      default:
        return new ServiceUnavailableError(
          `${what}. Try again when the host is well`,
        );
    }
  }

  private unreachable(call: GitHostCall, error: unknown): Error {
    return new ServiceUnavailableError(
      `Git host '${this.host}' gave no answer to ${call.purpose} (${describe(
        error,
      )}): check its address in integrations and that it is up, then try again`,
    );
  }
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

function mayRepeat(method: GitHostCall['method'], status: number): boolean {
  return status === 429 || (status >= 500 && method !== 'POST');
}

function parseJson(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Reads `Retry-After`: seconds or a date (RFC 9110, 10.2.3). */
function retryAfter(value: string | null): number | undefined {
  if (value === null) {
    return undefined;
  }
  const seconds = Number(value);
  if (Number.isFinite(seconds)) {
    return Math.max(0, seconds * 1000);
  }
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

function withoutSecret(text: string, authorization: string): string {
  const secret = authorization.split(' ').at(-1);
  const clean = secret ? text.replaceAll(secret, '[hidden]') : text;
  return clean.length > MAX_MESSAGE
    ? `${clean.slice(0, MAX_MESSAGE)}...`
    : clean;
}
