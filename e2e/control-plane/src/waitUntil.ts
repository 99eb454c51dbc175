import { setTimeout as delay } from 'node:timers/promises';

/**
 * Waits for a condition.
 *
 * @throws Error naming what was waited for, with the last reason given
 */
export async function waitUntil<T>(
  what: string,
  check: () => Promise<T | undefined | false>,
  options: {
    limitMs?: number;
    everyMs?: number;
    /** Says that waiting longer is pointless. */
    hopeless?: () => boolean;
  } = {},
): Promise<T> {
  const limitMs = options.limitMs ?? 30_000;
  const deadline = Date.now() + limitMs;
  let reason = '';
  for (;;) {
    try {
      const value = await check();
      if (value !== undefined && value !== false) {
        return value;
      }
    } catch (error) {
      reason = `: ${error instanceof Error ? error.message : error}`;
    }
    if (options.hopeless?.()) {
      throw new Error(`${what} ended while it was waited for${reason}`);
    }
    if (Date.now() > deadline) {
      throw new Error(
        `${what} did not come within ${limitMs / 1000} s${reason}`,
      );
    }
    await delay(options.everyMs ?? 50);
  }
}
