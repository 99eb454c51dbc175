import type { Column, ColumnValue } from './columns';
import { now } from './time';

type Columns = Record<string, Column<unknown>>;

type OptionalKeys<C extends Columns> = {
  [K in keyof C]: undefined extends ColumnValue<C[K]> ? K : never;
}[keyof C];

type Entity<C extends Columns> = {
  [K in Exclude<keyof C, OptionalKeys<C>>]: ColumnValue<C[K]>;
} & { [K in OptionalKeys<C>]?: ColumnValue<C[K]> };

/** A row as TypeScript sees it. */
export type EntityOf<T> = T extends Table<infer C>
  ? { [K in keyof Entity<C>]: Entity<C>[K] }
  : never;

/** What is given to add a row; the table adds its own times. */
export type NewEntityOf<T> = Omit<EntityOf<T>, 'createdAt' | 'updatedAt'>;

/** What may be changed in a row. An undefined value empties its column. */
export type ChangesOf<T> = Partial<
  Omit<EntityOf<T>, 'id' | 'createdAt' | 'updatedAt'>
>;

/**
 * A table: its name and, in camelCase, its columns. The one place where names
 * and values change between SQL and TypeScript.
 */
export class Table<C extends Columns> {
  private readonly keys: (keyof C & string)[];
  private readonly sqlNames: Map<string, string>;

  constructor(readonly name: string, readonly columns: C) {
    this.keys = Object.keys(columns);
    this.sqlNames = new Map(this.keys.map(key => [key, snakeCase(key)]));
  }

  /** The same table with some of its columns, for reads that need no more. */
  only<K extends keyof C & string>(...keys: K[]): Table<Pick<C, K>> {
    return new Table(
      this.name,
      Object.fromEntries(keys.map(key => [key, this.columns[key]])) as Pick<
        C,
        K
      >,
    );
  }

  /** Name of a column in SQL. */
  sql(key: keyof C & string): string {
    return this.sqlNames.get(key)!;
  }

  /** Name of a column in SQL with the table before it, for joins. */
  qualified(key: keyof C & string): string {
    return `${this.name}.${this.sql(key)}`;
  }

  /** Names of all columns in SQL. */
  get sqlColumns(): string[] {
    return [...this.sqlNames.values()];
  }

  /**
   * Columns to select in a join, each under an alias with a prefix.
   * {@link Table.fromRow} reads them back with the same prefix.
   */
  selection(prefix: string): string[] {
    return this.keys.map(
      key => `${this.qualified(key)} as ${prefix}${this.sql(key)}`,
    );
  }

  /** Reads a row as a query returned it. */
  fromRow(row: Record<string, unknown>, prefix = ''): EntityOf<Table<C>> {
    const entity: Record<string, unknown> = {};
    for (const key of this.keys) {
      const value = this.columns[key].read(row[`${prefix}${this.sql(key)}`]);
      if (value !== undefined) {
        entity[key] = value;
      }
    }
    return entity as EntityOf<Table<C>>;
  }

  /** The row to insert for an entity, its times included. */
  insertion(values: NewEntityOf<Table<C>>): Record<string, unknown> {
    const at = now();
    return this.toRow({
      ...values,
      createdAt: at,
      ...('updatedAt' in this.columns && { updatedAt: at }),
    });
  }

  /** The columns to set for a change, `updated_at` included. */
  update(changes: ChangesOf<Table<C>>): Record<string, unknown> {
    return this.toRow({ ...changes, updatedAt: now() });
  }

  private toRow(values: Record<string, unknown>): Record<string, unknown> {
    const row: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(values)) {
      const sql = this.sqlNames.get(key);
      if (!sql) {
        throw new TypeError(`Table ${this.name} has no column for '${key}'`);
      }
      row[sql] = this.columns[key].write(value);
    }
    return row;
  }
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`);
}
