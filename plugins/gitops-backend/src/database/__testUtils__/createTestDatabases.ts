import {
  type TestDatabaseId,
  TestDatabases,
} from '@backstage/backend-test-utils';
import type { Knex } from 'knex';
import { MIGRATIONS_DIRECTORY, tuneSqlite } from '../prepareDatabase';

/** Where Backstage's test utilities look for a PostgreSQL that is there already. */
const POSTGRES = 'BACKSTAGE_TEST_DATABASE_POSTGRES15_CONNECTION_STRING';

/** SQLite, and PostgreSQL where the environment names one. */
export function createTestDatabases() {
  const ids: TestDatabaseId[] = ['SQLITE_3'];
  if (process.env[POSTGRES]) {
    ids.push('POSTGRES_15');
  }
  const databases = TestDatabases.create({ ids });
  return {
    ids: databases.eachSupportedId().map(([id]) => id),
    /** A new database without tables. */
    async empty(id: TestDatabaseId): Promise<Knex> {
      const knex = await databases.init(id);
      await tuneSqlite(knex);
      return knex;
    },
    /** A new database with all tables. */
    async migrated(id: TestDatabaseId): Promise<Knex> {
      const knex = await this.empty(id);
      await knex.migrate.latest({ directory: MIGRATIONS_DIRECTORY });
      return knex;
    },
  };
}
