import { ensureAppBundle } from '../portal/appBundle';
import { runJest } from '../runJest';
import { say } from '../say';

/** Runs every package's tests, on SQLite and on PostgreSQL. */
export async function test(args: string[]): Promise<void> {
  // Before the tests, because a portal that starts while its pages are being
  // replaced may find half of them.
  await ensureAppBundle(say);
  await runJest('.', [
    ...['repo', 'test', '--watch=false'],
    // A busy machine is no failure: what hangs is ended, what is slow is not.
    '--testTimeout=60000',
    ...args,
  ]);
}
