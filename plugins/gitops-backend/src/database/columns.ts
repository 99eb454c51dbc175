import { z } from 'zod/v3';

/**
 * How one column is read and written. What differs between the databases ends
 * here: booleans are booleans, counts numbers, times RFC 3339 strings in UTC,
 * and an absent value is undefined, never null.
 */
export interface Column<T> {
  read(value: unknown): T;
  write(value: T): unknown;
}

/** The value a column holds. */
export type ColumnValue<C> = C extends Column<infer T> ? T : never;

export const text: Column<string> = {
  read: value => String(value),
  // PostgreSQL has no place for the character NUL.
  write: value => value.replaceAll('\u0000', '\ufffd'),
};

export const integer: Column<number> = {
  // PostgreSQL hands big integers over as strings.
  read: value => Number(value),
  write: value => value,
};

export const boolean: Column<boolean> = {
  read: value => value === true || value === 1,
  write: value => value,
};

export const binary: Column<Buffer> = {
  read: value => Buffer.from(value as Uint8Array),
  write: value => value,
};

/** A time as RFC 3339 in UTC with milliseconds, as text comparable like time. */
export const time: Column<string> = {
  read: value => (value instanceof Date ? value.toISOString() : String(value)),
  write: value => new Date(value).toISOString(),
};

/** A text column guarded by an enumeration of the product. */
export function enumeration<T extends string>(schema: z.ZodType<T>): Column<T> {
  return {
    read: value => schema.parse(value),
    write: value => schema.parse(value),
  };
}

/** Structured content that no query looks into. */
export function json<T>(): Column<T> {
  return {
    // A `jsonb` column arrives parsed, a text column does not.
    read: value => (typeof value === 'string' ? JSON.parse(value) : value) as T,
    // JSON has a place for the character NUL, PostgreSQL has not.
    write: value => JSON.stringify(value).replaceAll('\\u0000', '\\ufffd'),
  };
}

/** A column that may be empty. */
export function optional<T>(column: Column<T>): Column<T | undefined> {
  return {
    read: value =>
      value === null || value === undefined ? undefined : column.read(value),
    write: value => (value === undefined ? null : column.write(value)),
  };
}
