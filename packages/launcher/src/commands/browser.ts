import { ensureAppBundle } from '../portal/appBundle';
import { runJest } from '../runJest';
import { say } from '../say';

/** Drives the portal's pages with Chromium, the sandbox behind them. */
export async function browser(args: string[]): Promise<void> {
  await ensureAppBundle(say);
  await runJest('e2e/browser', [
    'package',
    'test',
    '--watch=false',
    '--runInBand',
    ...args,
  ]);
}
