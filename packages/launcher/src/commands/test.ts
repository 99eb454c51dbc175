import { runJest } from '../runJest';

/** Runs every package's tests, on SQLite and on PostgreSQL. */
export async function test(args: string[]): Promise<void> {
  await runJest('.', ['repo', 'test', '--watch=false', ...args]);
}
