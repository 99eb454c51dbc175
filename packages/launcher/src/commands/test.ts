import { runJest } from '../runJest';

/** Runs every package's tests, on SQLite and on PostgreSQL. */
export async function test(args: string[]): Promise<void> {
  await runJest('.', [
    ...['repo', 'test', '--watch=false'],
    // A busy machine is no failure: what hangs is ended, what is slow is not.
    '--testTimeout=60000',
    ...args,
  ]);
}
