import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Place } from './findLeaks';

/**
 * Everything in a portal's databases: each table of each plugin row by row, and of
 * our own plugin the files as they are, with what was deleted and not yet
 * overwritten.
 */
export async function dumpDatabases(dataFolder: string): Promise<Place[]> {
  const folder = join(dataFolder, 'db');
  const places: Place[] = [];
  for (const file of await readdir(folder)) {
    if (file.startsWith('gitops.sqlite')) {
      places.push({
        name: `the file ${file}`,
        content: await readFile(join(folder, file)),
      });
    }
    if (file.endsWith('.sqlite')) {
      places.push(...dump(file, join(folder, file)));
    }
  }
  return places;
}

function dump(file: string, path: string): Place[] {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const tables = database
      .prepare("select name from sqlite_master where type = 'table'")
      .all() as { name: string }[];
    return tables.map(({ name }) => ({
      name: `the table ${name} of ${file}`,
      content: database
        .prepare(`select * from "${name}"`)
        .all()
        .flatMap(row => Object.values(row))
        .map(value =>
          value instanceof Uint8Array
            ? Buffer.from(value).toString('latin1')
            : String(value),
        )
        .join('\n'),
    }));
  } finally {
    database.close();
  }
}
