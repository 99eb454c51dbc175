import { ConflictError, ServiceUnavailableError } from '@backstage/errors';
import { setTimeout as delay } from 'node:timers/promises';
import type { FailedCall } from './gitHostErrors';
import { busyError, unreachableError } from './gitHostErrors';
import type { GitHostLimits } from './GitHostLimits';
import { DEFAULT_GIT_HOST_LIMITS } from './GitHostLimits';
import { rateLimitOf, retryAfter } from './rateLimit';

/** One request to a Git host. */
export interface GitHostRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
  body?: string;
  /** What is being done, for errors: "read repository 'a/b'". */
  purpose: string;
  /** Never part of an error. */
  secret?: string;
  signal?: AbortSignal;
}

/** Any answer of a Git host, read to its end. */
export interface GitHostResponse {
  status: number;
  headers: Headers;
  /** After redirects. */
  url: string;
  text: string;
}

// About eight seconds in all. A busy Gitea 1.26 answers 500 to the reading of a
// branch between a first push and the moment its queue has noted that the
// repository is no longer empty.
const MAX_ATTEMPTS = 6;
const MAX_REDIRECTS = 3;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const READS = new Set(['GET', 'HEAD']);
const REPEATABLE = new Set(['GET', 'HEAD', 'PUT', 'DELETE']);

/**
 * Sends requests to one Git host, in the same way for all kinds of host: a
 * deadline on every call, repetition where it is safe and as the host asks, and
 * redirects only where no token can leak.
 *
 * A host that refuses because of its limits did not act, so that any request may
 * be repeated; after a 5xx or a broken connection only those that may be sent twice are.
 */
export class GitHostTransport {
  readonly host: string;
  readonly limits: GitHostLimits;

  constructor(options: { host: string; limits?: Partial<GitHostLimits> }) {
    this.host = options.host;
    this.limits = { ...DEFAULT_GIT_HOST_LIMITS, ...options.limits };
  }

  /**
   * @returns the answer, whatever its status
   * @throws ServiceUnavailableError when no usable answer came in time or the host
   * redirects elsewhere, ConflictError when what was to be changed has moved, the
   * signal's reason when the caller stopped.
   */
  async send(request: GitHostRequest): Promise<GitHostResponse> {
    const failed: FailedCall = { host: this.host, ...request };
    const deadline = AbortSignal.timeout(this.limits.callMs);
    const stop = request.signal
      ? AbortSignal.any([request.signal, deadline])
      : deadline;

    for (let attempt = 1; ; attempt++) {
      const last = attempt === MAX_ATTEMPTS;
      const outcome = await this.attempt(request, stop);
      let asked: number | undefined;
      if (outcome.kind === 'answer') {
        const { status, headers, text } = outcome.response;
        const limited = rateLimitOf(status, headers, text);
        const repeatable =
          limited || (status >= 500 && REPEATABLE.has(request.method));
        if (last || !repeatable) {
          return outcome.response;
        }
        asked = limited?.waitMs ?? retryAfter(headers.get('retry-after'));
      } else {
        request.signal?.throwIfAborted();
        if (last || !REPEATABLE.has(request.method) || deadline.aborted) {
          throw unreachableError(failed, outcome.error);
        }
      }

      const pause =
        asked ??
        this.limits.retryMs * 2 ** (attempt - 1) * (0.5 + Math.random());
      if (pause >= this.limits.callMs) {
        throw busyError(failed, pause);
      }
      try {
        await delay(pause, undefined, { signal: stop });
      } catch (error) {
        request.signal?.throwIfAborted();
        throw unreachableError(failed, error);
      }
    }
  }

  private async attempt(
    request: GitHostRequest,
    stop: AbortSignal,
  ): Promise<
    | { kind: 'answer'; response: GitHostResponse }
    | { kind: 'failure'; error: unknown }
  > {
    const signal = AbortSignal.any([
      stop,
      AbortSignal.timeout(this.limits.attemptMs),
    ]);
    let url = request.url;
    for (let redirects = 0; ; redirects++) {
      let response: Response;
      let text: string;
      try {
        response = await fetch(url, {
          method: request.method,
          headers: request.headers,
          // Followed below, where it can be seen whereto.
          redirect: 'manual',
          ...(request.body !== undefined && { body: request.body }),
          signal,
        });
        text = await response.text();
      } catch (error) {
        return { kind: 'failure', error };
      }
      const { status, headers } = response;
      if (!REDIRECTS.has(status)) {
        return { kind: 'answer', response: { status, headers, url, text } };
      }
      url = this.redirected(request, url, headers.get('location'), redirects);
    }
  }

  /**
   * Where a redirect leads. A renamed repository is read at its new place, which
   * its own document tells; nothing is changed there under the old name.
   */
  private redirected(
    { method, purpose }: GitHostRequest,
    from: string,
    location: string | null,
    redirects: number,
  ): string {
    const to =
      location !== null && URL.canParse(location, from)
        ? new URL(location, from)
        : undefined;
    if (to?.origin !== new URL(from).origin) {
      throw new ServiceUnavailableError(
        `Git host '${this.host}' sent the call to ${purpose} on to ${
          to ? `'${to.host}'` : 'nowhere'
        }, where its token must not go: put the address that answers itself into integrations`,
      );
    }
    if (redirects >= MAX_REDIRECTS) {
      throw new ServiceUnavailableError(
        `Git host '${this.host}' sent the call to ${purpose} round in circles: check its address in integrations`,
      );
    }
    if (!READS.has(method)) {
      throw new ConflictError(
        `Git host '${this.host}' did not ${purpose}: it has moved. Refresh the repository's record, then use its new name`,
      );
    }
    return to.href;
  }
}
