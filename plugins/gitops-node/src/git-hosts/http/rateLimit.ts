// GitHub's advice where a secondary limit comes without a time.
const SECONDARY_LIMIT_MS = 60_000;

/**
 * Whether a host refused a request only because it is busy or the caller was too
 * fast, and how long it asks to wait. Such a request had no effect.
 *
 * Read are `Retry-After` (RFC 9110, 10.2.3), GitHub's `x-ratelimit-remaining` and
 * `x-ratelimit-reset`, which come with 403 as well as with 429, and GitLab's
 * `RateLimit-Reset`.
 *
 * @returns undefined when this is no such refusal
 * @public
 */
export function rateLimitOf(
  status: number,
  headers: Headers,
  body: string,
): { waitMs?: number } | undefined {
  if (status !== 429 && status !== 403) {
    return undefined;
  }
  const asked = retryAfter(headers.get('retry-after'));
  if (asked !== undefined) {
    return { waitMs: asked };
  }
  if (headers.get('x-ratelimit-remaining') === '0') {
    return { waitMs: untilSecond(headers.get('x-ratelimit-reset')) };
  }
  if (/secondary rate limit/i.test(body)) {
    return { waitMs: SECONDARY_LIMIT_MS };
  }
  return status === 429
    ? { waitMs: untilSecond(headers.get('ratelimit-reset')) }
    : undefined;
}

/** Reads `Retry-After`: seconds or a date; milliseconds from now. @public */
export function retryAfter(value: string | null): number | undefined {
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

function untilSecond(value: string | null): number | undefined {
  const second = Number(value ?? undefined);
  return Number.isFinite(second)
    ? Math.max(0, second * 1000 - Date.now())
    : undefined;
}
