import { setTimeout as delay } from 'node:timers/promises';
import type { Knex } from 'knex';

const ATTEMPTS = 10;
const FIRST_WAIT_MS = 10;
const LONGEST_WAIT_MS = 500;

// PostgreSQL: serialization_failure, deadlock_detected.
const POSTGRES_RETRYABLE = new Set(['40001', '40P01']);

/**
 * Runs writes that belong together as one transaction, and runs them again from
 * the start when the database says that somebody else was first. Waiting is done
 * here and not in the driver: SQLite's waits with the event loop held.
 *
 * @param work - May run more than once, so it touches nothing but `trx`. Every
 * query in it goes through `trx`; on SQLite any other would wait for ever.
 */
export async function withTransaction<T>(
  knex: Knex,
  work: (trx: Knex.Transaction) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await knex.transaction(work);
    } catch (error) {
      if (attempt >= ATTEMPTS || !isRetryable(error)) {
        throw error;
      }
    }
    const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt);
    await delay(longest * (0.5 + Math.random() / 2));
  }
}

function isRetryable(error: unknown): boolean {
  const code = (error as { code?: unknown } | undefined)?.code;
  return (
    typeof code === 'string' &&
    (code.startsWith('SQLITE_BUSY') || POSTGRES_RETRYABLE.has(code))
  );
}
