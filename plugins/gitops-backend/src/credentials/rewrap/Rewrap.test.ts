import { randomBytes, randomUUID } from 'node:crypto';
import { ConfigReader } from '@backstage/config';
import type { Knex } from 'knex';
import { createTestDatabases } from '../../database/__testUtils__/createTestDatabases';
import { newProject } from '../../database/__testUtils__/seedProject';
import { createStores } from '../../database/createStores';
import { allTables, unifiedEvents } from '../../database/tables';
import { now } from '../../database/time';
import { CapturedLogger } from '../../initialization/__testUtils__/CapturedLogger';
import { Vault } from '../Vault';
import { Rewrap } from './Rewrap';
import { sealedColumns, type SealedColumn } from './sealedColumns';

jest.setTimeout(60_000);

const databases = createTestDatabases();
const newKey = (id: string) => ({
  id,
  secret: randomBytes(32).toString('base64'),
});
const older = newKey('older');
const newer = newKey('newer');

const vaultOf = (...keys: { id: string; secret: string }[]) =>
  Vault.fromConfig(new ConfigReader({ gitops: { encryption: { keys } } }), {
    production: true,
  });

function rewrapOf(knex: Knex, vault: Vault) {
  const logger = new CapturedLogger();
  const { events } = createStores(knex);
  return { logger, rewrap: Rewrap.create({ knex, vault, events, logger }) };
}

const placeOf = ({ table, column, path }: SealedColumn) =>
  [table, column, ...path].join('.');

const secretOf = ({ table, column, path }: SealedColumn) =>
  `the secret of ${[table, column, ...path].join('.')}`;

/** A row for every place that secrets live in, sealed by the vault. */
async function plant(knex: Knex, vault: Vault): Promise<Map<string, string>> {
  const stores = createStores(knex);
  const ids = new Map<string, string>();
  const project = await stores.projects.insert(
    knex,
    newProject(`shop-${randomUUID().slice(0, 8)}`),
  );
  const connection = randomUUID();
  await stores.connections.put(knex, {
    id: connection,
    userId: `user:default/${connection}`,
    provider: 'gitea',
    serverUrl: 'https://git.example.com',
    serverType: 'self-hosted',
    providerAccountId: '7',
    accessToken: 'to be sealed',
    status: 'active',
    statusSince: now(),
    purpose: 'integration',
    connectedAt: now(),
  } as Parameters<typeof stores.connections.put>[1]);
  const parents: Record<string, Record<string, unknown>> = {
    projects: { id: project.id },
    git_platform_connections: { id: connection },
  };
  for (const column of sealedColumns()) {
    const { table, key } = column;
    let id = parents[table]?.[key] as string | undefined;
    if (!id) {
      id = await addRow(knex, table, project.id, connection);
      parents[table] = { [key]: id };
    }
    ids.set(placeOf(column), id);
    const envelope = vault.seal(secretOf(column), column.location(id));
    const [row] = await knex(table).where({ [key]: id });
    await knex(table)
      .where({ [key]: id })
      .update({ [column.column]: put(row[column.column], column, envelope) });
  }
  return ids;
}

function put(value: unknown, { path }: SealedColumn, envelope: string): string {
  if (path.length === 0) {
    return envelope;
  }
  const json = typeof value === 'string' ? JSON.parse(value) : value ?? {};
  let parent = json;
  for (const step of path.slice(0, -1)) {
    parent[step] ??= {};
    parent = parent[step];
  }
  parent[path.at(-1)!] = envelope;
  return JSON.stringify(json);
}

function read(value: unknown, { path }: SealedColumn): string {
  let found =
    path.length > 0 && typeof value === 'string' ? JSON.parse(value) : value;
  for (const step of path) {
    found = found[step];
  }
  return found;
}

/** A row of a table of which the columns that must be there are filled anyhow. */
async function addRow(
  knex: Knex,
  table: string,
  projectId: string,
  connectionId: string,
): Promise<string> {
  const id = randomUUID();
  const auth = randomUUID();
  const kind = /^project_git_auth_(oauth|token|app|ssh)$/.exec(table)?.[1];
  if (kind) {
    const project = await createStores(knex).projects.insert(
      knex,
      newProject(`shop-${randomUUID().slice(0, 8)}`),
    );
    await knex('project_git_auth').insert({
      id: auth,
      project_id: project.id,
      auth_type: kind,
      created_by: 'user:default/ann',
    });
  }
  const known: Record<string, unknown> = {
    id,
    auth_id: auth,
    project_id: projectId,
    connection_id: connectionId,
    token_type: 'pat',
    app_type: 'github_app',
  };
  const [key] = allTables.find(({ name }) => name === table)!.sqlColumns;
  const columns = await knex(table).columnInfo();
  const row: Record<string, unknown> = {};
  for (const [name, info] of Object.entries(columns)) {
    const needed = !info.nullable && info.defaultValue === null;
    if (name in known && (needed || name === key)) {
      row[name] = known[name];
    } else if (needed) {
      row[name] = sampleOf(name, info.type);
    }
  }
  await knex(table).insert(row);
  return String(row[key]);
}

function sampleOf(name: string, type: string): unknown {
  if (/(_at|_until|_since)$/.test(name)) {
    return now();
  }
  if (name.endsWith('_id')) {
    return randomUUID();
  }
  if (/json/.test(type)) {
    return '{}';
  }
  return /int/.test(type) ? 1 : 'x';
}

describe.each(databases.ids)('on %s', id => {
  it('seals every secret of the product anew, and none twice', async () => {
    const knex = await databases.migrated(id);
    const ids = await plant(knex, vaultOf(older));
    const columns = sealedColumns();
    const { rewrap, logger } = rewrapOf(knex, vaultOf(newer, older));

    const report = await rewrap.run();
    expect(report).toEqual({
      rewrapped: columns.length,
      byKey: { newer: columns.length },
      unreadable: [],
    });
    const only = vaultOf(newer);
    for (const column of columns) {
      const rowId = ids.get(placeOf(column))!;
      const row = await knex(column.table)
        .where({ [column.key]: rowId })
        .first();
      const envelope = read(row[column.column], column);
      expect(only.open(envelope, column.location(rowId))).toBe(
        secretOf(column),
      );
    }
    expect(logger.lines).toEqual([
      `info Sealed ${columns.length} secrets anew with the encryption key 'newer'`,
      `info Secrets by encryption key: 'newer' ${columns.length}`,
      expect.stringContaining(
        "info No secret is sealed any more with 'older': take it out",
      ),
    ]);
    const [event] = await knex(unifiedEvents.name).where({
      action: 'secrets-rewrapped',
    });
    expect(JSON.stringify(event)).toContain('newer');

    // Nothing is left to do, and nothing new to say.
    expect(await rewrap.run()).toMatchObject({ rewrapped: 0 });
    expect(logger.lines).toHaveLength(3);
  });

  it('is harmless twice at a time, and loses nothing that is written meanwhile', async () => {
    const knex = await databases.migrated(id);
    const old = vaultOf(older);
    const both = vaultOf(newer, older);
    const stores = createStores(knex);
    const rows: string[] = [];
    for (let index = 0; index < 250; index++) {
      const project = newProject(`shop-${index}`);
      rows.push(project.id);
      await stores.projects.insert(knex, {
        ...project,
        initializationHostToken: old.seal(`token ${index}`, {
          table: 'projects',
          rowId: project.id,
          purpose: 'initialization_host_token',
        }),
      });
    }
    const location = (rowId: string) => ({
      table: 'projects',
      rowId,
      purpose: 'initialization_host_token',
    });
    const first = rewrapOf(knex, both).rewrap;
    const second = rewrapOf(knex, both).rewrap;
    const writing = (async () => {
      for (const [index, rowId] of rows.entries()) {
        if (index % 2 === 0) {
          await stores.projects.update(knex, rowId, {
            initializationHostToken: both.seal(
              `written ${index}`,
              location(rowId),
            ),
          });
        }
      }
    })();
    const reports = await Promise.all([first.run(), second.run()]);
    await writing;
    expect(reports.flatMap(({ unreadable }) => unreadable)).toEqual([]);
    await first.run();
    const only = vaultOf(newer);
    for (const [index, rowId] of rows.entries()) {
      const { initializationHostToken } = (await stores.projects.get(rowId))!;
      expect(only.open(initializationHostToken!, location(rowId))).toBe(
        index % 2 === 0 ? `written ${index}` : `token ${index}`,
      );
    }
  });

  it('goes on where it was cut off', async () => {
    const knex = await databases.migrated(id);
    await plant(knex, vaultOf(older));
    const { rewrap } = rewrapOf(knex, vaultOf(newer, older));
    const cut = new AbortController();
    let queries = 0;
    knex.on('query', () => {
      queries += 1;
      if (queries === 12) {
        cut.abort(new Error('the portal stops'));
      }
    });
    await expect(rewrap.run({ signal: cut.signal })).rejects.toThrow(
      'the portal stops',
    );
    const { rewrapped, byKey } = await rewrap.run();
    expect(rewrapped).toBeGreaterThan(0);
    expect(rewrapped).toBeLessThan(sealedColumns().length);
    expect(byKey).toEqual({ newer: sealedColumns().length });
  });

  it('leaves alone what it cannot open, names the row, and counts it under its key', async () => {
    const knex = await databases.migrated(id);
    const ids = await plant(knex, vaultOf(older));
    const row = ids.get('git_platform_connections.access_token')!;
    await knex('git_platform_connections')
      .where({ id: row })
      .update({ refresh_token: knex.ref('access_token') });
    const { rewrap, logger } = rewrapOf(knex, vaultOf(newer, older));
    const report = await rewrap.run();
    expect(report.byKey).toEqual({
      newer: sealedColumns().length - 1,
      older: 1,
    });
    expect(report.unreadable).toEqual([
      expect.stringContaining(
        `'refresh_token' of row ${row} in table git_platform_connections`,
      ),
    ]);
    expect(logger.lines.at(-1)).toMatch(/^warn 1 secrets cannot be opened/);

    const missing = rewrapOf(knex, vaultOf(newKey('newest')));
    expect((await missing.rewrap.run()).byKey).toEqual(report.byKey);
    expect(missing.logger.lines.join('\n')).toMatch(
      /not in gitops.encryption.keys; add that key again/,
    );
  });
});
