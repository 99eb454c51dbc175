import type { Knex } from 'knex';
import { isSqlite } from './dialect';

/**
 * Changes many rows in one statement, each in its own way.
 *
 * The new values travel as one JSON text, so that the statement is the same for
 * any number of rows: neither database compiles it anew, and neither limits
 * how many rows fit.
 *
 * @param table - Its key is `id`.
 * @param rows - By column as SQL wants them, `id` included; all rows have the
 * columns of the first. Columns of type `jsonb` are not for this.
 */
export async function updateMany(
  trx: Knex,
  table: string,
  rows: readonly Record<string, unknown>[],
): Promise<void> {
  if (rows.length === 0) {
    return;
  }
  const columns = Object.keys(rows[0]).filter(column => column !== 'id');
  const values = JSON.stringify(rows);
  if (isSqlite(trx)) {
    const sets = columns.map(() => `?? = v.value ->> ?`).join(', ');
    await trx.raw(
      `update ?? set ${sets} from json_each(?) as v where ?? = v.value ->> '$.id'`,
      [
        table,
        ...columns.flatMap(column => [column, `$.${column}`]),
        values,
        `${table}.id`,
      ],
    );
    return;
  }
  const sets = columns.map(() => `?? = v.??`).join(', ');
  await trx.raw(
    `update ?? set ${sets} from jsonb_populate_recordset(null::??, ?::jsonb) as v where ?? = v.id`,
    [
      table,
      ...columns.flatMap(column => [column, column]),
      table,
      values,
      `${table}.id`,
    ],
  );
}
