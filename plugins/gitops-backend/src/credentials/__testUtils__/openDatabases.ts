import { join } from 'node:path';
import createKnex, { type Knex } from 'knex';
import { createTestDatabases } from '../../database/__testUtils__/createTestDatabases';
import { openSqliteFile } from '../../database/__testUtils__/openSqliteFile';

const databases = createTestDatabases();

/** Kinds of databases there are to test on. */
export const databaseIds = databases.ids;

/**
 * A new database that several replicas can open, each with connections of its own,
 * so that one of them can die.
 */
export async function newSharedDatabase(
  id: (typeof databaseIds)[number],
  directory: string,
): Promise<() => Promise<Knex>> {
  if (id === 'SQLITE_3') {
    const filename = join(directory, `${Math.random().toString(36)}.sqlite`);
    return () => openSqliteFile(filename);
  }
  const { client, connection } = (await databases.empty(id)).client.config;
  // One that has died must not be waited for by default's minute.
  return async () =>
    createKnex({ client, connection, acquireConnectionTimeout: 2_000 });
}
