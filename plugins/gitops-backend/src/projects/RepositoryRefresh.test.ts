import { ConfigReader } from '@backstage/config';
import { GitHostRegistry } from '@backstage-gitops/plugin-gitops-node';
import { startSandbox, type Sandbox } from '@backstage-gitops/sandbox';
import type { Knex } from 'knex';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTestDatabases } from '../database/__testUtils__/createTestDatabases';
import { seedProject } from '../database/__testUtils__/seedProject';
import { createStores } from '../database/createStores';
import { HistoryRetention } from '../events/HistoryRetention';
import { CapturedLogger } from '../initialization/__testUtils__/CapturedLogger';
import { ProjectNotifier } from './ProjectNotifier';
import { readRefreshSettings, RepositoryRefresh } from './RepositoryRefresh';

jest.setTimeout(120_000);

const databases = createTestDatabases();

let directory: string;
let sandbox: Sandbox;
/** Answers every request with what a test says. */
let broken: Server;
let answer = { status: 503, body: 'out of order' };
let asked: number[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gitops-refresh-'));
  sandbox = await startSandbox({ dataDir: directory });
  broken = createServer((_, response) => {
    asked.push(Date.now());
    response.writeHead(answer.status).end(answer.body);
  });
  await new Promise<void>(done => broken.listen(0, '127.0.0.1', done));
});

afterAll(async () => {
  broken.closeAllConnections();
  await new Promise(done => broken.close(done));
  await sandbox.stop();
  await rm(directory, { recursive: true, force: true });
});

async function api<T>(method: string, path: string, body?: unknown) {
  const response = await fetch(`${sandbox.git.url}/api/v1${path}`, {
    method,
    headers: {
      authorization: `token ${sandbox.git.admin.token}`,
      'content-type': 'application/json',
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) {
    throw new Error(`${method} ${path}: ${response.status} ${text}`);
  }
  return (text ? JSON.parse(text) : undefined) as T;
}

const brokenHost = () => `127.0.0.1:${(broken.address() as AddressInfo).port}`;

function refreshOf(
  knex: Knex,
  settings: { everyMs?: number; perHostPerMinute?: number } = {},
) {
  const stores = createStores(knex);
  const signals: unknown[] = [];
  const logger = new CapturedLogger();
  const gitHosts = GitHostRegistry.fromConfig(
    new ConfigReader({
      integrations: {
        gitea: [
          {
            host: sandbox.git.host,
            baseUrl: sandbox.git.url,
            username: sandbox.git.admin.username,
            password: sandbox.git.admin.token,
          },
          {
            host: brokenHost(),
            baseUrl: `http://${brokenHost()}`,
            username: 'portal',
            password: 'token-of-the-broken-host',
          },
        ],
      },
    }),
  );
  const refresh = RepositoryRefresh.create({
    ...stores,
    knex,
    logger,
    gitHosts,
    notifier: ProjectNotifier.create({
      logger,
      signals: {
        publish: async ({ message }) => {
          signals.push(message);
        },
      },
    }),
    settings: { everyMs: 0, perHostPerMinute: 60_000, ...settings },
  });
  return { stores, logger, signals, refresh };
}

/** A project whose repository really is at the sandbox's Git host. */
async function hosted(knex: Knex, slug: string) {
  const stores = createStores(knex);
  const { id, html_url, clone_url } = await api<{
    id: number;
    html_url: string;
    clone_url: string;
  }>('POST', '/orgs/platform/repos', {
    name: slug,
    private: true,
    auto_init: true,
    default_branch: 'main',
  });
  const { project, repository } = await seedProject(knex, slug);
  await stores.repositories.update(knex, repository.id, {
    host: sandbox.git.host,
    owner: 'platform',
    name: slug,
    url: html_url,
    cloneUrl: clone_url,
    providerRepositoryId: String(id),
  });
  return { project, repository };
}

describe.each(databases.ids)('on %s', id => {
  let slugs = 0;
  const newSlug = () => `${id.toLowerCase().slice(0, 4)}-${(slugs += 1)}`;

  it('shows what became of a repository, follows none of it, and forgets it when it is right again', async () => {
    const knex = await databases.migrated(id);
    const slug = newSlug();
    const { project, repository } = await hosted(knex, slug);
    const { stores, refresh } = refreshOf(knex);
    const recorded = (await stores.repositories.getByProject(project.id))!;
    const path = `/repos/platform/${slug}`;
    await api('POST', `${path}/contents/NOTES.md`, {
      message: 'Take notes',
      content: Buffer.from('notes').toString('base64'),
      branch: 'main',
      new_branch: 'trunk',
    });

    /** Looks, and returns the conflict beside what else the row has. */
    const look = async () => {
      await refresh.run();
      const row = (await stores.repositories.getByProject(project.id))!;
      const { conflict, lastRefreshedAt, updatedAt, ...rest } = row;
      expect(lastRefreshedAt).toBeDefined();
      const { updatedAt: _, ...before } = recorded;
      expect(rest).toEqual(before);
      return conflict;
    };
    const version = async () =>
      (await stores.projects.get(project.id))!.version;

    expect(await look()).toBeUndefined();
    const quiet = await version();

    const steps: [
      string,
      () => Promise<unknown>,
      { kind: string; recorded?: string; actual?: string },
      () => Promise<unknown>,
    ][] = [
      [
        'visibility',
        () => api('PATCH', path, { private: false }),
        { kind: 'visibility-changed', recorded: 'private', actual: 'public' },
        () => api('PATCH', path, { private: true }),
      ],
      [
        'default branch',
        () => api('PATCH', path, { default_branch: 'trunk' }),
        { kind: 'default-branch-changed', recorded: 'main', actual: 'trunk' },
        () => api('PATCH', path, { default_branch: 'main' }),
      ],
      [
        'archived',
        () => api('PATCH', path, { archived: true }),
        { kind: 'archived', actual: 'archived' },
        () => api('PATCH', path, { archived: false }),
      ],
      [
        'renamed',
        () => api('PATCH', path, { name: `${slug}-new` }),
        { kind: 'renamed', recorded: slug, actual: `${slug}-new` },
        () => api('PATCH', `${path}-new`, { name: slug }),
      ],
    ];
    let changes = 0;
    for (const [, change, expected, undo] of steps) {
      await change();
      const conflict = await look();
      changes += 1;
      expect(conflict).toMatchObject(expected);
      expect(conflict!.message).toContain(`'platform/${slug}'`);
      expect(await version()).toBe(quiet + changes);
      // Seen again it is no news.
      expect(await look()).toEqual(conflict);
      expect(await version()).toBe(quiet + changes);
      await undo();
      expect(await look()).toBeUndefined();
      changes += 1;
      expect(await version()).toBe(quiet + changes);
    }
    const { items } = await stores.events.listByProject(project.id, {
      limit: 50,
    });
    expect(
      items.map(({ action, severity }) => `${action} ${severity}`),
    ).toEqual(
      steps.flatMap(() => [
        'repository-conflict-ended info',
        'repository-conflict warning',
      ]),
    );
    const logged = await stores.syncLogs.listByProject(project.id, {
      limit: 50,
    });
    expect(
      logged.items.map(({ action, status }) => `${action} ${status}`),
    ).toEqual([
      ...steps.flatMap(() => [
        'refresh succeeded',
        'refresh conflict',
        'refresh conflict',
      ]),
      'refresh succeeded',
    ]);

    // Where it was transferred to, and that it is gone, in the same way.
    await stores.repositories.update(knex, repository.id, { owner: 'shop' });
    await refresh.run();
    expect(await stores.repositories.getByProject(project.id)).toMatchObject({
      owner: 'shop',
      conflict: { kind: 'moved', actual: `platform/${slug}` },
    });
    await api('DELETE', path);
    await refresh.run();
    expect(await stores.repositories.getByProject(project.id)).toMatchObject({
      conflict: { kind: 'deleted' },
    });
  });

  it('asks a host that does not answer no further, keeps what it knew, and goes on with the others', async () => {
    const knex = await databases.migrated(id);
    const { stores, refresh, logger } = refreshOf(knex);
    const slug = newSlug();
    const { project } = await hosted(knex, slug);
    const elsewhere = [];
    for (let index = 0; index < 3; index++) {
      const seeded = await seedProject(knex, newSlug());
      elsewhere.push(seeded);
      await stores.repositories.update(knex, seeded.repository.id, {
        host: brokenHost(),
        conflict: {
          kind: 'archived',
          since: '2026-01-01T00:00:00.000Z',
          message: 'known before',
        },
      });
    }
    answer = { status: 401, body: 'token-of-the-broken-host is wrong' };
    await refresh.run();
    expect(
      (await stores.repositories.getByProject(project.id))!.lastRefreshedAt,
    ).toBeDefined();
    for (const { project: other } of elsewhere) {
      expect(await stores.repositories.getByProject(other.id)).toMatchObject({
        conflict: { message: 'known before' },
      });
      const { items } = await stores.syncLogs.listByProject(other.id, {
        limit: 5,
      });
      expect(items.map(({ status }) => status)).toEqual(['failed']);
      expect(JSON.stringify(items)).not.toContain('token-of-the-broken-host');
    }
    expect(logger.lines.join()).not.toContain('token-of-the-broken-host');

    broken.closeAllConnections();
    const unknown = await seedProject(knex, newSlug());
    await refresh.run();
    // A host that is not in integrations any more is told of, too.
    const { items } = await stores.syncLogs.listByProject(unknown.project.id, {
      limit: 5,
    });
    expect(items[0].error).toContain("'git.example.com'");
  });

  it('keeps to its rate, and to what is due', async () => {
    const knex = await databases.migrated(id);
    const { stores } = refreshOf(knex);
    for (let index = 0; index < 4; index++) {
      const { repository } = await seedProject(knex, newSlug());
      await stores.repositories.update(knex, repository.id, {
        host: brokenHost(),
      });
    }
    answer = { status: 401, body: '' };
    asked = [];
    const { refresh } = refreshOf(knex, {
      everyMs: 60_000,
      perHostPerMinute: 300,
    });
    const began = Date.now();
    expect(await refresh.run()).toBe(4);
    expect(asked).toHaveLength(4);
    for (const [index, time] of asked.entries()) {
      // From the beginning of the run: how long a question is on its way differs,
      // so that two may arrive closer to each other than they were asked. A timer
      // may be a little early.
      expect(time - began).toBeGreaterThanOrEqual(index * (200 - 5));
    }
    expect(await refresh.run()).toBe(0);
  });

  it('throws history away that is too old, and nothing else', async () => {
    const knex = await databases.migrated(id);
    const { stores, logger } = refreshOf(knex);
    const { project } = await seedProject(knex, newSlug());
    const at = (daysAgo: number) =>
      new Date(Date.now() - daysAgo * 24 * 60 * 60_000).toISOString();
    for (const age of [1, 20, 400]) {
      await stores.events.append(knex, {
        timestamp: at(age),
        eventType: 'project',
        action: `event-${age}`,
        projectId: project.id,
        resourceType: 'project',
        resourceId: project.id,
      });
      await stores.syncLogs.append(knex, {
        projectId: project.id,
        provider: 'gitea',
        host: 'git.example.com',
        syncType: 'repository',
        action: 'refresh',
        status: 'succeeded',
        startedAt: at(age),
        finishedAt: at(age),
      });
    }
    const day = 24 * 60 * 60_000;
    await new HistoryRetention({
      ...stores,
      logger,
      settings: { eventsMs: 365 * day, syncLogsMs: 10 * day },
    }).run();
    const events = await stores.events.listByProject(project.id, { limit: 5 });
    expect(events.items.map(({ action }) => action)).toEqual([
      'event-1',
      'event-20',
    ]);
    // Page by page.
    const page = await stores.syncLogs.listByProject(project.id, { limit: 1 });
    expect(page.items).toHaveLength(1);
    expect(page.nextCursor).toBeUndefined();
  });
});

it('refuses a rate that would never ask', () => {
  expect(() =>
    readRefreshSettings(
      new ConfigReader({
        gitops: { repositories: { refresh: { perHostPerMinute: 0 } } },
      }),
    ),
  ).toThrow(/perHostPerMinute is 0/);
});
