import { secretLocations } from '../../database/secretLocations';
import { allTables } from '../../database/tables';
import type { SecretLocation } from '../Vault';

/** A column of the database that holds vault envelopes. @internal */
export interface SealedColumn {
  table: string;
  /** Column that identifies the row, and that envelopes are bound to. */
  key: string;
  column: string;
  /** Where the envelope is in the JSON of the column; empty for a plain one. */
  path: readonly string[];
  location(rowId: string): SecretLocation;
}

/**
 * Every place of {@link secretLocations} as a column. The purpose of a location
 * names the column and, after dots, the way into its JSON; the key of a table is
 * its first column. A new location is thereby covered without a word here.
 *
 * @internal
 */
export function sealedColumns(): SealedColumn[] {
  return Object.values(secretLocations).map(location => {
    const { table, purpose } = location('');
    const [column, ...path] = purpose.split('.');
    const described = allTables.find(({ name }) => name === table);
    if (!described?.sqlColumns.includes(column)) {
      throw new TypeError(`There is no column ${table}.${column} for secrets`);
    }
    return { table, key: described.sqlColumns[0], column, path, location };
  });
}
