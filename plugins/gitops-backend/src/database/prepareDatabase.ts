import {
  type DatabaseService,
  resolvePackagePath,
} from '@backstage/backend-plugin-api';
import type { Knex } from 'knex';
import { isSqlite } from './dialect';

/** Where the migrations of this plugin are. */
export const MIGRATIONS_DIRECTORY = resolvePackagePath(
  '@backstage-gitops/plugin-gitops-backend',
  'migrations',
);

/**
 * Opens the plugin's database, ready to work with: tuned where it is SQLite, and
 * at the newest migration unless the portal migrates by other means.
 */
export async function prepareDatabase(
  database: DatabaseService,
): Promise<Knex> {
  const knex = await database.getClient();
  await tuneSqlite(knex);
  if (!database.migrations?.skip) {
    await knex.migrate.latest({ directory: MIGRATIONS_DIRECTORY });
  }
  return knex;
}

/**
 * Readers beside a writer, and short waits for locks: the driver is synchronous,
 * a wait freezes the whole backend, so `withTransaction` does the patient part.
 * Has to come before the migrations, as a transaction refuses the first setting.
 */
export async function tuneSqlite(knex: Knex): Promise<void> {
  if (!isSqlite(knex)) {
    return;
  }
  await knex.raw('pragma busy_timeout = 1000');
  await knex.raw('pragma journal_mode = wal');
  await knex.raw('pragma synchronous = normal');
}
