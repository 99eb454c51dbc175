import type { Knex } from 'knex';
import { isSqlite } from './dialect';

/** The portal's own clock, in the form that all times have. */
export function now(): string {
  return new Date().toISOString();
}

/**
 * The database's clock, moved by some milliseconds. Leases are compared by it,
 * because the clocks of two replicas differ.
 */
export function databaseTime(knex: Knex, offsetMs = 0): Knex.Raw {
  return isSqlite(knex)
    ? knex.raw(`strftime('%Y-%m-%dT%H:%M:%fZ', 'now', ?)`, [
        `${offsetMs < 0 ? '-' : '+'}${(Math.abs(offsetMs) / 1000).toFixed(
          3,
        )} seconds`,
      ])
    : // now() would stand still at the start of the transaction.
      knex.raw(`clock_timestamp() + ? * interval '1 millisecond'`, [offsetMs]);
}
