const FIRST_MS = 500;
// What is back is missed for so long at most; asking in vain costs little.
const LONGEST_MS = 10_000;
const LONGEST_WISH_MS = 120_000;

/**
 * Growing waits between attempts, spread so that many watchers of one cluster
 * do not come back at the same moment.
 *
 * @internal
 */
export class Backoff {
  private readonly random: () => number;
  private failures = 0;

  constructor(random: () => number = Math.random) {
    this.random = random;
  }

  /** Attempts failed since the last success. */
  get count(): number {
    return this.failures;
  }

  /**
   * Milliseconds to wait now: half to all of the present step, and never less
   * than the server asked for.
   *
   * @param wishedMs - What `Retry-After` said; at most two minutes are granted.
   */
  next(wishedMs: number = 0): number {
    const step = Math.min(FIRST_MS * 2 ** this.failures, LONGEST_MS);
    this.failures += 1;
    const spread = step * (0.5 + this.random() / 2);
    return Math.max(Math.min(wishedMs, LONGEST_WISH_MS), spread);
  }

  reset(): void {
    this.failures = 0;
  }
}
