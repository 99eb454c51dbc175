import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestDatabaseId } from '@backstage/backend-test-utils';
import createKnex, { type Knex } from 'knex';
import type { createTestDatabases } from '../../../database/__testUtils__/createTestDatabases';
import { prepareDatabase, tuneSqlite } from '../../../database/prepareDatabase';

/** One migrated database that several replicas open, each for itself. */
export class SharedDatabase {
  private readonly opened: Knex[] = [];

  static async create(
    databases: ReturnType<typeof createTestDatabases>,
    id: TestDatabaseId,
  ): Promise<SharedDatabase> {
    if (id === 'SQLITE_3') {
      const folder = await mkdtemp(join(tmpdir(), 'gitops-connections-'));
      const shared = new SharedDatabase(
        {
          client: 'better-sqlite3',
          connection: { filename: join(folder, 'gitops.sqlite') },
          pool: { min: 1, max: 1 },
          useNullAsDefault: true,
        },
        folder,
      );
      const knex = await shared.open();
      await prepareDatabase({ getClient: async () => knex });
      return shared;
    }
    const knex = await databases.migrated(id);
    const { client, connection } = knex.client.config as Knex.Config;
    return new SharedDatabase({
      client,
      connection,
      pool: { min: 0, max: 12 },
    });
  }

  private constructor(
    private readonly config: Knex.Config,
    private readonly folder?: string,
  ) {}

  /** As a portal process opens it. */
  async open(): Promise<Knex> {
    const knex = createKnex(this.config);
    this.opened.push(knex);
    if (this.folder) {
      await knex.raw('pragma foreign_keys = on');
      await tuneSqlite(knex);
    }
    return knex;
  }

  async close(): Promise<void> {
    await Promise.all(this.opened.map(knex => knex.destroy()));
    if (this.folder) {
      await rm(this.folder, { recursive: true, force: true });
    }
  }
}
