/**
 * Reads an RFC 3339 time.
 *
 * @returns Milliseconds since the epoch, or undefined when there is no time to read.
 * @internal
 */
export function parseTime(time: string | undefined): number | undefined {
  if (!time) {
    return undefined;
  }
  const milliseconds = Date.parse(time);
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}

/** The later one of the times that are known. @internal */
export function latestTime(
  ...times: (number | undefined)[]
): number | undefined {
  let latest: number | undefined;
  for (const time of times) {
    if (time !== undefined && (latest === undefined || time > latest)) {
      latest = time;
    }
  }
  return latest;
}

/** A limit in time, and where `now` stands to it. @internal */
export interface Deadline {
  passed: boolean;
  /** First instant after the limit; absent once it has passed. */
  recheckAt?: string;
}

/**
 * Compares now with `start + limitMs`. The limit itself is still inside, as in
 * "age <= 60 s", so the answer changes one millisecond later.
 *
 * @param start - Milliseconds since the epoch; without one nothing can be late.
 * @internal
 */
export function deadline(
  start: number | undefined,
  limitMs: number,
  now: Date,
): Deadline {
  if (start === undefined) {
    return { passed: false };
  }
  const limit = start + limitMs;
  return now.getTime() > limit
    ? { passed: true }
    : { passed: false, recheckAt: new Date(limit + 1).toISOString() };
}
