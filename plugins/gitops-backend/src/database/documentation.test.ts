import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { createTestDatabases } from './__testUtils__/createTestDatabases';
import { allTables } from './tables';

const PAGE = resolve(__dirname, '../../../../docs/database.md');
const databases = createTestDatabases();

it('the page about the database tells of every table and column, and of no other', async () => {
  const knex = await databases.migrated(databases.ids[0]);
  const inDatabase: Record<string, string[]> = {};
  for (const { name } of allTables) {
    inDatabase[name] = Object.keys(await knex(name).columnInfo()).sort();
  }

  const page = await readFile(PAGE, 'utf8');
  const onPage: Record<string, string[]> = {};
  const diagram = /```mermaid\n([^`]*)```/.exec(page)?.[1] ?? '';
  for (const section of page.split(/^#{2,3} /m)) {
    const [title, ...lines] = section.split('\n');
    const rows = lines.flatMap(line => {
      const row = /^\| `(\w+)` *\| (.*) \|$/.exec(line);
      return row ? [row] : [];
    });
    if (rows.length > 0) {
      onPage[title] = rows
        .flatMap(([, column, meaning]) => (meaning.trim() ? [column] : []))
        .sort();
    }
  }
  const inDiagram = Object.keys(inDatabase).filter(name =>
    new RegExp(`\\b${name}\\b`).test(diagram),
  );

  expect(inDiagram).toEqual(Object.keys(inDatabase));
  expect(onPage).toEqual(inDatabase);
});
