import { setImmediate as turn, setTimeout as rest } from 'node:timers/promises';

/** How long, and how eagerly, a condition is waited for. */
export interface UntilLimits {
  /** Milliseconds until it is given up. */
  limitMs?: number;
  /** Milliseconds between two looks. */
  restMs?: number;
}

/**
 * Waits until a condition holds. One that throws does not hold yet.
 *
 * @param meanwhile - Done before each look, for example to let time pass. Then there
 * is no rest between two looks: it may take thousands.
 * @returns how long it took, in milliseconds
 */
export async function until(
  condition: () => unknown,
  meanwhile?: () => void,
  { limitMs = 25_000, restMs = meanwhile ? 0 : 10 }: UntilLimits = {},
): Promise<number> {
  const startedAt = performance.now();
  for (;;) {
    meanwhile?.();
    let last: unknown;
    try {
      if (await condition()) {
        return performance.now() - startedAt;
      }
    } catch (error) {
      last = error;
    }
    if (performance.now() - startedAt > limitMs) {
      throw last ?? new Error(`Not within ${limitMs} ms: ${condition}`);
    }
    await (restMs > 0 ? rest(restMs) : turn());
  }
}
