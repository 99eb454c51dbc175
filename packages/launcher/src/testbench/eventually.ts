import { setTimeout as delay } from 'node:timers/promises';

/**
 * Repeats a check until it passes.
 *
 * @throws what the check threw last, once the time is over
 */
export async function eventually<T>(
  check: () => T | Promise<T>,
  limitMs = 30_000,
): Promise<T> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline) {
        throw error;
      }
    }
    await delay(50);
  }
}
