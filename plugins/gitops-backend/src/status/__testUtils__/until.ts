import { setImmediate as turn } from 'node:timers/promises';

const LIMIT_MS = 15_000;

/**
 * Waits until a condition holds.
 *
 * @param meanwhile - Done before each look, for example to let time pass.
 */
export async function until(
  condition: () => unknown,
  meanwhile: () => void = () => {},
): Promise<void> {
  const limit = Date.now() + LIMIT_MS;
  let last: unknown;
  while (Date.now() < limit) {
    meanwhile();
    try {
      if (await condition()) {
        return;
      }
      last = undefined;
    } catch (error) {
      last = error;
    }
    await turn();
  }
  throw last ?? new Error(`Did not come true: ${condition}`);
}
