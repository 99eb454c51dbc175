import type { Knex } from 'knex';

export function isSqlite(knex: Knex): boolean {
  return String(knex.client.config.client).includes('sqlite');
}
