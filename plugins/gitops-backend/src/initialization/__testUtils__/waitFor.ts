import { setTimeout as delay } from 'node:timers/promises';

/** Asks again until the answer is yes; gives up after 15 s. */
export async function waitFor(
  condition: () => Promise<boolean>,
): Promise<void> {
  const end = Date.now() + 15_000;
  while (!(await condition())) {
    if (Date.now() > end) {
      throw new Error('The condition did not come true');
    }
    await delay(20);
  }
}
