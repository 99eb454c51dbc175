import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { knex, type Knex } from 'knex';

/** Rows of the GitOps plugin, in the names and values that SQL has. */
export type Row = Record<string, unknown>;

/** The portal's database, read behind its back. */
export interface PortalDatabase {
  /** What the configuration has to say under `backend.database`. */
  readonly config: Record<string, unknown> | undefined;
  /** Rows of a table of the GitOps plugin that have these values. */
  rows(table: string, where?: Row, orderBy?: string): Promise<Row[]>;
  /** Everything that is stored, of all plugins, to look for what must not be there. */
  everything(): Promise<Buffer>;
  close(): Promise<void>;
}

/** The SQLite files in a portal's data folder. */
export function sqliteDatabase(dataFolder: string): PortalDatabase {
  const folder = join(dataFolder, 'db');
  return {
    config: undefined,
    rows: (table, where = {}, orderBy = 'id') =>
      // Opened for each reading: the portal may be stopped, killed and started
      // again meanwhile.
      withConnection(
        {
          client: 'better-sqlite3',
          connection: {
            filename: join(folder, 'gitops.sqlite'),
            options: { readonly: true },
          },
          useNullAsDefault: true,
        },
        database => database(table).where(where).orderBy(orderBy),
      ),
    everything: async () => {
      const files = await readdir(folder);
      return Buffer.concat(
        await Promise.all(files.map(file => readFile(join(folder, file)))),
      );
    },
    close: async () => {},
  };
}

/**
 * Databases of their own on a PostgreSQL server, dropped by `close`.
 *
 * @param connectionString - of a user who may create databases
 * @param prefix - of the databases' names; no other portal may use it
 */
export function postgresDatabase(
  connectionString: string,
  prefix: string,
): PortalDatabase {
  const server = { client: 'pg', connection: connectionString };
  const connectionTo = (database: string) => {
    const url = new URL(connectionString);
    url.pathname = `/${database}`;
    return { client: 'pg', connection: url.href };
  };
  const databases = async () =>
    (
      await withConnection(server, database =>
        database('pg_database')
          .select('datname')
          .where('datname', 'like', `${prefix.replaceAll('_', '\\_')}%`),
      )
    ).map(({ datname }) => String(datname));
  return {
    config: { client: 'pg', connection: connectionString, prefix },
    rows: (table, where = {}, orderBy = 'id') =>
      withConnection(connectionTo(`${prefix}gitops`), database =>
        database(table).where(where).orderBy(orderBy),
      ),
    everything: async () => {
      const parts: string[] = [];
      for (const name of await databases()) {
        await withConnection(connectionTo(name), async database => {
          const tables = await database('pg_tables')
            .select('schemaname', 'tablename')
            .whereNotIn('schemaname', ['pg_catalog', 'information_schema']);
          for (const { schemaname, tablename } of tables) {
            const rows = await database(tablename).withSchema(schemaname);
            parts.push(JSON.stringify(rows));
          }
        });
      }
      return Buffer.from(parts.join('\n'));
    },
    close: () =>
      withConnection(server, async database => {
        for (const name of await databases()) {
          await database.raw('drop database if exists ?? with (force)', [name]);
        }
      }),
  };
}

async function withConnection<T>(
  config: Knex.Config,
  work: (database: Knex) => PromiseLike<T>,
): Promise<T> {
  const database = knex({ ...config, pool: { min: 0, max: 1 } });
  try {
    return await work(database);
  } finally {
    await database.destroy();
  }
}
