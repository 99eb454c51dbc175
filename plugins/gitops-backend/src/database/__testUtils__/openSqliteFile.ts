import { knex as createKnex, type Knex } from 'knex';

/** Opens a database file that others may have open, too. */
export async function openSqliteFile(filename: string): Promise<Knex> {
  const knex = createKnex({
    client: 'better-sqlite3',
    connection: { filename },
    useNullAsDefault: true,
  });
  await knex.raw('pragma foreign_keys = on');
  return knex;
}
