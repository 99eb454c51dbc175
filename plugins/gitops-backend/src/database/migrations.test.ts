import { readdir } from 'node:fs/promises';
import type { Knex } from 'knex';
import { createTestDatabases } from './__testUtils__/createTestDatabases';
import { isSqlite } from './dialect';
import { MIGRATIONS_DIRECTORY } from './prepareDatabase';
import { allTables } from './tables';

// Some hundred statements, each in its own transaction.
jest.setTimeout(60_000);

const databases = createTestDatabases();
const directory = MIGRATIONS_DIRECTORY;

const PROJECT = '00000000-0000-4000-8000-000000000001';
const REPOSITORY = '00000000-0000-4000-8000-000000000002';
const ENVIRONMENT = '00000000-0000-4000-8000-000000000003';
const KUSTOMIZATION = '00000000-0000-4000-8000-000000000004';
const CONNECTION = '00000000-0000-4000-8000-000000000005';
const OTHER = '00000000-0000-4000-8000-00000000000';
const AT = '2026-01-02T03:04:05.678Z';

function auth(index: number) {
  return `${OTHER}${index}`;
}

/** A row of each table as it could stand in a portal, smallest first. */
const ROWS: Record<string, Record<string, unknown>[]> = {
  projects: [
    project(PROJECT, 'shop'),
    ...[6, 7, 8, 9].map(index => project(auth(index), `shop-${index}`)),
  ],
  repositories: [
    {
      id: REPOSITORY,
      project_id: PROJECT,
      provider: 'gitea',
      host: 'git.example.com',
      owner: 'acme',
      name: 'shop',
      visibility: 'private',
      url: 'https://git.example.com/acme/shop',
      clone_url: 'https://git.example.com/acme/shop.git',
      provider_repository_id: '1',
    },
  ],
  environments: [
    {
      id: ENVIRONMENT,
      project_id: PROJECT,
      name: 'staging',
      display_name: 'Staging',
      type: 'staging',
      cluster: 'sandbox',
      namespace: 'project-shop-staging',
      position: 1,
      config: JSON.stringify({ region: 'eu' }),
    },
  ],
  gitops_resources: [
    {
      id: KUSTOMIZATION,
      project_id: PROJECT,
      environment_id: ENVIRONMENT,
      repository_id: REPOSITORY,
      type: 'kustomization',
      cluster: 'sandbox',
      namespace: 'project-shop',
      name: 'shop-staging',
      generation: 4_000_000_000,
      suspended: true,
    },
  ],
  discovered_resources: [
    {
      id: auth(0),
      cluster: 'sandbox',
      namespace: 'apps',
      kind: 'HelmRelease',
      name: 'podinfo',
      kubernetes_id: 'podinfo',
      annotated: true,
      status: 'ready',
      status_since: AT,
    },
  ],
  deployments: [
    {
      id: auth(0),
      environment_id: ENVIRONMENT,
      gitops_resource_id: KUSTOMIZATION,
      commit_hash: 'c0ffee',
      status: 'running',
      started_at: AT,
    },
  ],
  project_initialization_steps: [
    {
      id: auth(0),
      project_id: PROJECT,
      attempt: 1,
      step: 'finish',
      display_name: 'Finish',
      sequence: 7,
      weight: 5,
    },
  ],
  git_platform_connections: [
    {
      id: CONNECTION,
      user_id: 'user:default/ann',
      provider: 'gitea',
      server_url: 'https://git.example.com',
      server_type: 'self-hosted',
      provider_account_id: '7',
      access_token: 'v1.a.b',
      purpose: 'integration',
      connected_at: AT,
    },
  ],
  git_connection_authorizations: [
    {
      id: CONNECTION,
      user_id: 'user:default/ann',
      server_url: 'https://git.example.com',
      expires_at: AT,
    },
  ],
  project_git_auth: ['oauth', 'token', 'app', 'ssh'].map((kind, index) => ({
    id: auth(index + 6),
    project_id: auth(index + 6),
    auth_type: kind,
    created_by: 'user:default/ann',
  })),
  project_git_auth_oauth: [{ auth_id: auth(6), oauth_account_id: CONNECTION }],
  project_git_auth_token: [
    { auth_id: auth(7), token_type: 'pat', token: 'v1.a.b', expires_at: AT },
  ],
  project_git_auth_app: [
    {
      auth_id: auth(8),
      app_type: 'github_app',
      app_id: '1',
      installation_id: '2',
      private_key: 'v1.a.b',
    },
  ],
  project_git_auth_ssh: [
    {
      auth_id: auth(9),
      public_key: 'ssh-ed25519 A',
      private_key: 'v1.a.b',
      fingerprint: 'SHA256:f',
      known_hosts: 'h ssh-ed25519 B',
    },
  ],
  project_git_auth_rotations: [
    {
      id: auth(0),
      project_id: PROJECT,
      phase: 'creating',
      phase_since: AT,
      wish: JSON.stringify({ kind: 'ssh' }),
      started_at: AT,
      old_auth_id: auth(6),
      new_auth_id: auth(1),
    },
  ],
  project_git_auth_locations: [
    {
      id: auth(0),
      project_id: PROJECT,
      cluster: 'sandbox',
      namespace: 'project-shop',
      secret_name: 'shop-git-auth',
      status: 'current',
      status_since: AT,
    },
  ],
  project_contents: [
    {
      project_id: PROJECT,
      sha256: 'abc',
      size: 3,
      content: Buffer.from([0, 1, 255]),
      expires_at: AT,
    },
  ],
  unified_events: [
    {
      id: auth(0),
      timestamp: AT,
      event_type: 'audit',
      action: 'project-created',
      resource_type: 'project',
      resource_id: PROJECT,
      metadata: JSON.stringify({ a: 1 }),
    },
  ],
  git_sync_logs: [
    {
      id: auth(0),
      project_id: PROJECT,
      connection_id: CONNECTION,
      provider: 'gitea',
      host: 'git.example.com',
      sync_type: 'repository',
      action: 'create',
      status: 'succeeded',
      started_at: AT,
      finished_at: AT,
    },
  ],
  cluster_sessions: [{ cluster: 'sandbox' }],
};

function project(id: string, slug: string) {
  return {
    id,
    slug,
    name: slug,
    entity_ref: `component:default/${slug}`,
    owner_ref: 'group:default/owners',
    created_by: 'user:default/ann',
    wishes: '{}',
  };
}

describe.each(databases.ids)('on %s', id => {
  it('every migration goes up, down and up again around the rows that exist', async () => {
    const knex = await databases.empty(id);
    const files = (await readdir(directory))
      .filter(name => name.endsWith('.js'))
      .sort();
    expect(files.every(name => /^\d{14}_[a-z_]+\.js$/.test(name))).toBe(true);

    for (const file of files) {
      const before = await contents(knex);
      await knex.migrate.up({ directory });
      const added = Object.keys(await contents(knex)).filter(
        table => !(table in before),
      );
      expect(await contents(knex, before)).toEqual(before);
      await fill(knex, file, added);

      await knex.migrate.down({ directory });
      expect([file, await contents(knex)]).toEqual([file, before]);

      await knex.migrate.up({ directory });
      expect(await contents(knex, before)).toEqual(before);
      await fill(knex, file, added);
    }

    const full = await contents(knex);
    expect(Object.keys(full).sort()).toEqual(
      allTables.map(table => table.name).sort(),
    );
    expect(Object.values(full).every(rows => rows.length > 0)).toBe(true);

    await knex.migrate.rollback({ directory }, true);
    expect(await contents(knex)).toEqual({});
  });

  it('names follow one rule', async () => {
    const knex = await databases.migrated(id);
    const wrong: string[] = [];
    for (const table of await tableNames(knex)) {
      const columns = Object.entries(await knex(table).columnInfo());
      const names = columns.map(([name]) => name);
      for (const [name, { type }] of columns) {
        const isTime = /(^|_)(at|since|until)$|^timestamp$/.test(name);
        const hasZone = isSqlite(knex)
          ? type === 'datetime'
          : type === 'timestamp with time zone';
        if (!/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/.test(name)) {
          wrong.push(`${table}.${name} is not in snake case`);
        }
        if (isTime !== hasZone) {
          wrong.push(
            `${table}.${name} is named like a time, or is one: ${type}`,
          );
        }
        // How fresh a cluster is known is no status of the cluster.
        if (
          /^(\w+_)?state$|sync_status$/.test(name) &&
          table !== 'cluster_sessions'
        ) {
          wrong.push(`${table}.${name} should be called status`);
        }
      }
      const stamps = table === 'unified_events' ? [] : ['updated_at'];
      for (const stamp of ['created_at', ...stamps]) {
        if (!names.includes(stamp)) {
          wrong.push(`${table} has no ${stamp}`);
        }
      }
      const timesOfStatus = ['status_since', 'completed_at', 'finished_at'];
      if (
        names.includes('status') &&
        !names.some(name => timesOfStatus.includes(name))
      ) {
        wrong.push(`${table} has a status and no time of it`);
      }
      for (const index of await indexNames(knex, table)) {
        if (!index.startsWith(table) || !/_(index|unique|pkey)$/.test(index)) {
          wrong.push(`${table} has an index named ${index}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });
});

/** Adds the sample rows of a new table, or uses a new column. */
async function fill(knex: Knex, file: string, added: string[]) {
  if (/link_environments/.test(file)) {
    await knex('environments')
      .where({ id: ENVIRONMENT })
      .update({ gitops_resource_id: KUSTOMIZATION });
    return;
  }
  for (const table of added) {
    await knex(table).insert(ROWS[table]);
  }
}

/** All rows of all tables; only of the columns that `shape` has, if given. */
async function contents(
  knex: Knex,
  shape?: Record<string, Record<string, unknown>[]>,
) {
  const result: Record<string, Record<string, unknown>[]> = {};
  for (const table of shape ? Object.keys(shape) : await tableNames(knex)) {
    const columns = shape?.[table]?.[0] && Object.keys(shape[table][0]);
    result[table] = await knex(table)
      .select(columns ?? '*')
      .orderBy(1);
  }
  return result;
}

async function tableNames(knex: Knex): Promise<string[]> {
  const rows: { name: string }[] = isSqlite(knex)
    ? await knex('sqlite_master').where({ type: 'table' }).select('name')
    : await knex('pg_tables')
        .where({ schemaname: 'public' })
        .select({ name: 'tablename' });
  return rows
    .map(({ name }) => name)
    .filter(name => !/^(knex|sqlite)_/.test(name))
    .sort();
}

async function indexNames(knex: Knex, table: string): Promise<string[]> {
  const rows: { name: string }[] = isSqlite(knex)
    ? await knex('sqlite_master')
        .where({ type: 'index', tbl_name: table })
        .whereNotNull('sql')
        .select('name')
    : await knex('pg_indexes')
        .where({ tablename: table })
        .select({ name: 'indexname' });
  return rows.map(({ name }) => name);
}
