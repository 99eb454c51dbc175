import { InputError } from '@backstage/errors';
import { z } from 'zod/v3';

/** Where a page ended: the sort keys of its last row. */
export function encodeCursor(keys: readonly string[]): string {
  return Buffer.from(JSON.stringify(keys)).toString('base64url');
}

/** @throws InputError when the text is no cursor of that many keys. */
export function decodeCursor(cursor: string, keys: number): string[] {
  try {
    const decoded: unknown = JSON.parse(
      Buffer.from(cursor, 'base64url').toString('utf8'),
    );
    if (
      Array.isArray(decoded) &&
      decoded.length === keys &&
      decoded.every(key => typeof key === 'string')
    ) {
      return decoded;
    }
  } catch {
    // said below
  }
  throw unknownCursor();
}

/** Reads the cursor of a list that is sorted by time and id. */
export function decodeTimeCursor(cursor: string): [time: string, id: string] {
  const [time, id] = decodeCursor(cursor, 2);
  if (
    Number.isNaN(Date.parse(time)) ||
    !z.string().uuid().safeParse(id).success
  ) {
    throw unknownCursor();
  }
  return [time, id];
}

/** What is said of a cursor that no page gave. */
export function unknownCursor(): InputError {
  return new InputError(
    "The query parameter 'cursor' is not one that an earlier page gave: leave it out to start at the first page",
  );
}

/** Cuts the extra row that was read to learn whether there is another page. */
export function toPage<Row, Item>(
  rows: readonly Row[],
  limit: number,
  keysOf: (row: Row) => string[],
  toItem: (row: Row) => Item,
): { items: Item[]; nextCursor?: string } {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(toItem),
    ...(rows.length > limit &&
      last && { nextCursor: encodeCursor(keysOf(last)) }),
  };
}
