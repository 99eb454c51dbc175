import { randomUUID } from 'node:crypto';
import { rm, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import createKnex, { type Knex } from 'knex';
import { createTestDatabases } from './__testUtils__/createTestDatabases';
import { newProject, seedProject } from './__testUtils__/seedProject';
import { packContent } from './ContentStore';
import { createStores } from './createStores';
import type { GitAuthMaterial } from './GitAuthStore';
import { MIGRATIONS_DIRECTORY, tuneSqlite } from './prepareDatabase';
import type { Lease } from './ProjectStore';
import {
  allTables,
  gitPlatformConnections,
  type Project,
  projectGitAuthOauth,
  projectGitAuthToken,
  projects,
} from './tables';
import { databaseTime } from './time';
import { withTransaction } from './withTransaction';

const databases = createTestDatabases();

describe.each(databases.ids)('on %s', id => {
  let knex: Knex;
  let stores: ReturnType<typeof createStores>;

  beforeAll(async () => {
    knex = await databases.migrated(id);
    stores = createStores(knex);
  });

  it('the tables in TypeScript are those in SQL', async () => {
    for (const table of allTables) {
      const columns = await knex(table.name).columnInfo();
      expect([table.name, ...table.sqlColumns.sort()]).toEqual([
        table.name,
        ...Object.keys(columns).sort(),
      ]);
    }
  });

  describe('projects', () => {
    it('read back as they were written, times in one form', async () => {
      const wished = newProject('read-back', {
        description: 'umbrella ☂',
        initializationStartedAt: '2026-01-02T03:04:05+02:00',
        wishes: {
          ...newProject('x').wishes,
          credential: { kind: 'token', sealedToken: 'v1.a.b', username: 'u' },
        },
      });
      const stored = await knex.transaction(trx =>
        stores.projects.insert(trx, wished),
      );
      expect(await stores.projects.get(wished.id)).toEqual(stored);
      expect(stored).toEqual({
        ...wished,
        initializationStartedAt: '2026-01-02T01:04:05.000Z',
        createdAt: expect.stringMatching(/^\d{4}-.*T.*\.\d{3}Z$/),
        updatedAt: stored.createdAt,
      });
      expect(await stores.projects.getBySlug('read-back')).toEqual(stored);
      expect(
        await stores.projects.getByEntityRef('component:default/read-back'),
      ).toEqual(stored);
      expect(await stores.projects.getBySlugs(['none', 'read-back'])).toEqual([
        undefined,
        stored,
      ]);

      await knex.transaction(trx =>
        stores.projects.eraseSecrets(trx, stored.id),
      );
      const erased = await stores.projects.get(stored.id);
      expect(erased?.wishes.credential).toEqual({
        kind: 'token',
        username: 'u',
      });
    });

    it('keep slug and entity to one project', async () => {
      const insert = (project: ReturnType<typeof newProject>) =>
        knex.transaction(trx => stores.projects.insert(trx, project));
      await insert(newProject('unique'));
      for (const clash of [
        newProject('unique', { entityRef: 'component:default/other' }),
        newProject('other', { entityRef: 'component:default/unique' }),
      ]) {
        await expect(insert(clash)).rejects.toMatchObject({
          name: 'ConflictError',
        });
      }
    });

    it('count versions one by one and roll back with their change', async () => {
      const { project } = await seedProject(knex, 'versions');
      const bump = () =>
        withTransaction(knex, trx =>
          stores.projects.bumpVersion(trx, project.id),
        );
      const versions = await Promise.all([bump(), bump(), bump()]);
      expect(versions.sort()).toEqual([2, 3, 4]);
      await expect(
        withTransaction(knex, async trx => {
          await stores.projects.bumpVersion(trx, project.id);
          throw new Error('no');
        }),
      ).rejects.toThrow('no');
      expect((await stores.projects.get(project.id))?.version).toBe(4);
    });
  });

  describe('the lease of a project', () => {
    async function initializing(slug: string) {
      const project = newProject(slug);
      await knex.transaction(trx => stores.projects.insert(trx, project));
      return project.id;
    }
    const acquire = (projectId: string, holder: string, ttlMs = 60_000) =>
      stores.projects.acquireLease(projectId, { holder, ttlMs });
    const fenced = (projectId: string, lease: Lease) =>
      withTransaction(knex, trx =>
        stores.projects.fenced(trx, projectId, lease),
      );

    it('goes to one of many, and to the next when it ran out', async () => {
      const projectId = await initializing('leased');
      const answers = await Promise.all(
        ['a', 'b', 'c', 'd'].map(holder => acquire(projectId, holder)),
      );
      const [lease] = answers.filter(answer => answer !== undefined);
      expect(answers.filter(answer => answer).length).toBe(1);
      expect(await acquire(projectId, 'e')).toBeUndefined();
      await fenced(projectId, lease);

      expect(
        await stores.projects.renewLease(projectId, lease, { ttlMs: -1 }),
      ).toBe(true);
      const next = (await acquire(projectId, 'e'))!;
      expect(next.fence).toBeGreaterThan(lease.fence);
      await expect(fenced(projectId, lease)).rejects.toMatchObject({
        name: 'ConflictError',
      });
      expect(
        await stores.projects.renewLease(projectId, lease, { ttlMs: 1 }),
      ).toBe(false);
      // The loser gives nothing free that is not theirs.
      await stores.projects.releaseLease(projectId, lease);
      expect(await acquire(projectId, 'f')).toBeUndefined();
      await stores.projects.releaseLease(projectId, next);
      expect(await acquire(projectId, 'f')).toBeDefined();
    });

    it('tells interrupted from resting and stuck set-ups', async () => {
      const died = await initializing('died');
      const running = await initializing('runs');
      const resting = await initializing('rests');
      await acquire(died, 'gone', -1000);
      await acquire(running, 'here');
      const lease = (await acquire(resting, 'done'))!;
      await stores.projects.releaseLease(resting, lease);
      const slugs = (list: { slug: string }[]) =>
        list
          .map(project => project.slug)
          .filter(slug => ['died', 'runs', 'rests'].includes(slug));
      expect(slugs(await stores.projects.findInterrupted())).toEqual(['died']);
      expect(
        slugs(await stores.projects.findStuck({ olderThanMs: 60_000 })),
      ).toEqual([]);
      expect(
        slugs(await stores.projects.findStuck({ olderThanMs: -1 })).sort(),
      ).toEqual(['died', 'rests']);
    });

    it('goes by the clock of the database', async () => {
      const [{ early, late }] = await knex.select({
        early: databaseTime(knex, -90_000),
        late: databaseTime(knex),
      });
      const read = projects.columns.createdAt.read;
      expect(Date.parse(read(late)) - Date.parse(read(early))).toBeCloseTo(
        90_000,
        -2,
      );
    });
  });

  describe('steps', () => {
    it('tell what was meant, what came of it and how long it took', async () => {
      const project = newProject('steps');
      const key = { projectId: project.id, attempt: 1 } as const;
      await knex.transaction(async trx => {
        await stores.projects.insert(trx, project);
        await stores.steps.addAttempt(trx, project.id, 1);
        await stores.steps.addAttempt(trx, project.id, 1);
      });
      expect(await stores.steps.list(project.id)).toHaveLength(7);
      const first = { ...key, step: 'resolve_credentials' } as const;
      const second = { ...key, step: 'create_repository' } as const;
      await withTransaction(knex, async trx => {
        await stores.steps.start(trx, first, { host: 'h' });
        await stores.steps.setProgress(trx, first, 50);
        await stores.steps.complete(trx, first, { user: 'u' });
        await stores.steps.start(trx, second);
        await stores.steps.fail(trx, second, 'no right');
      });
      const [one, two, three] = await stores.steps.list(project.id);
      expect(one).toMatchObject({
        status: 'completed',
        progress: 100,
        details: { intent: { host: 'h' }, outcome: { user: 'u' } },
        duration: expect.any(Number),
      });
      expect(two).toMatchObject({ status: 'failed', error: 'no right' });
      expect(three).toMatchObject({ status: 'pending', progress: 0 });

      await knex.transaction(trx =>
        stores.steps.addAttempt(trx, project.id, 2),
      );
      const newest = await stores.steps.list(project.id);
      expect(newest.map(step => step.attempt)).toEqual(Array(7).fill(2));
      expect(await stores.steps.list(project.id, { attempt: 1 })).toMatchObject(
        [one, two, {}, {}, {}, {}, {}],
      );
      await expect(
        knex.transaction(trx =>
          stores.steps.start(trx, { ...first, attempt: 9 }),
        ),
      ).rejects.toMatchObject({ name: 'NotFoundError' });
    });
  });

  describe('resources and environments', () => {
    it('are found again instead of made twice', async () => {
      const seeded = await seedProject(knex, 'twice');
      const { project, repository, source, environments } = seeded;
      const [{ environment, kustomization }] = environments;
      const again = await knex.transaction(async trx => {
        await stores.resources.setIdentity(trx, source.id, {
          uid: 'u-1',
          generation: 3,
        });
        return {
          repository: await stores.repositories.put(trx, {
            ...without(repository, 'id', 'createdAt', 'updatedAt'),
            defaultBranch: 'trunk',
          }),
          source: await stores.resources.put(trx, {
            projectId: project.id,
            repositoryId: repository.id,
            type: 'git-repository',
            cluster: source.cluster,
            namespace: source.namespace,
            name: source.name,
            config: { branch: 'trunk' },
          }),
          environment: await stores.environments.put(trx, {
            ...without(
              environment,
              'id',
              'status',
              'statusSince',
              'gitopsResourceId',
              'createdAt',
              'updatedAt',
            ),
            displayName: 'Renamed',
          }),
        };
      });
      expect(again.repository).toMatchObject({
        id: repository.id,
        defaultBranch: 'trunk',
      });
      expect(again.source).toMatchObject({
        id: source.id,
        uid: 'u-1',
        generation: 3,
        config: { branch: 'trunk' },
      });
      expect(again.environment).toMatchObject({
        id: environment.id,
        displayName: 'Renamed',
        gitopsResourceId: kustomization.id,
      });
      expect(await stores.resources.listByProject(project.id)).toHaveLength(4);
    });

    it('of another project are not taken', async () => {
      const mine = await seedProject(knex, 'a-b', { environments: ['c'] });
      const other = await seedProject(knex, 'a', { environments: ['x'] });
      // a + b-c would live in the namespace of a-b + c.
      await expect(
        knex.transaction(trx =>
          stores.environments.put(trx, {
            projectId: other.project.id,
            name: 'b-c',
            displayName: 'b-c',
            type: 'custom',
            cluster: 'sandbox',
            namespace: 'project-a-b-c',
            position: 1,
          }),
        ),
      ).rejects.toMatchObject({ name: 'ConflictError' });
      await expect(
        knex.transaction(trx =>
          stores.resources.put(trx, {
            projectId: other.project.id,
            repositoryId: other.repository.id,
            type: 'git-repository',
            cluster: mine.source.cluster,
            namespace: mine.source.namespace,
            name: mine.source.name,
          }),
        ),
      ).rejects.toThrow(/belongs to another project/);
    });

    it('obey what the database is asked to keep', async () => {
      const { project, environments, repository } = await seedProject(
        knex,
        'rules',
      );
      const [{ environment }] = environments;
      const resource = {
        id: randomUUID(),
        project_id: project.id,
        cluster: 'sandbox',
        namespace: 'n',
        name: 'n',
      };
      for (const wrong of [
        { type: 'kustomization' },
        { type: 'git-repository', environment_id: environment.id },
        // The environment has a Kustomization.
        { type: 'kustomization', environment_id: environment.id },
      ]) {
        await expect(
          knex('gitops_resources').insert({ ...resource, ...wrong }),
        ).rejects.toThrow(/constraint/i);
      }
      await expect(
        knex('repositories').insert({
          ...(await knex('repositories').where({ id: repository.id }).first()),
          id: randomUUID(),
          name: 'second',
        }),
      ).rejects.toThrow(/unique/i);
      await expect(
        knex('project_initialization_steps')
          .where({ project_id: project.id })
          .update({ progress: 101 }),
      ).rejects.toThrow(/constraint/i);

      // Everything goes with its project, and the history stays.
      await knex.transaction(trx =>
        stores.events.append(trx, {
          eventType: 'project',
          action: 'said-goodbye',
          projectId: project.id,
          resourceType: 'project',
          resourceId: project.id,
        }),
      );
      await knex('projects').where({ id: project.id }).delete();
      expect(await stores.environments.listByProject(project.id)).toEqual([]);
      expect(await stores.resources.listByProject(project.id)).toEqual([]);
      const { items } = await stores.events.listByProject(project.id, {
        limit: 5,
      });
      expect(items).toHaveLength(1);
    });
  });

  describe('git auth', () => {
    it('has exactly the child that its kind says', async () => {
      const { project } = await seedProject(knex, 'auth');
      const connection = await connect(project.createdBy);
      const materials: GitAuthMaterial[] = [
        { authType: 'token', tokenType: 'pat', token: 'v1.x', username: 'bot' },
        { authType: 'oauth', oauthAccountId: connection },
        {
          authType: 'app',
          appType: 'github_app',
          appId: '1',
          installationId: '2',
          privateKey: 'v1.y',
        },
        {
          authType: 'ssh',
          publicKey: 'ssh-ed25519 A',
          privateKey: 'v1.z',
          fingerprint: 'SHA256:f',
          knownHosts: 'h ssh-ed25519 B',
        },
      ];
      for (const material of materials) {
        const stored = await replace(project, material);
        expect(stored.material).toEqual(material);
        expect(await stores.gitAuths.getByProject(project.id)).toEqual(stored);
        expect(await countChildren()).toEqual({
          oauth: 0,
          token: 0,
          app: 0,
          ssh: 0,
          [material.authType]: 1,
        });
      }
      const auth = (await stores.gitAuths.getByProject(project.id))!;
      await knex.transaction(trx =>
        stores.gitAuths.setValidation(trx, auth.id, { status: 'valid' }),
      );
      expect(await stores.gitAuths.getByProject(project.id)).toMatchObject({
        validationStatus: 'valid',
        lastValidatedAt: expect.any(String),
      });
      // A child of another kind does not fit, under its own name or a false one.
      for (const authType of ['token', 'ssh'] as const) {
        await expect(
          knex(projectGitAuthToken.name).insert(
            projectGitAuthToken.insertion({
              authId: auth.id,
              authType,
              tokenType: 'pat',
              token: 'v1.x',
            }),
          ),
        ).rejects.toThrow(/constraint/i);
      }
    });

    it('keeps a connection that it uses', async () => {
      const { project } = await seedProject(knex, 'uses');
      const connection = await connect('user:default/uses');
      await replace(project, { authType: 'oauth', oauthAccountId: connection });
      const remove = () =>
        knex.transaction(trx => stores.connections.delete(trx, connection));
      await expect(remove()).rejects.toMatchObject({ name: 'ConflictError' });
      await expect(
        knex(gitPlatformConnections.name).where({ id: connection }).delete(),
      ).rejects.toThrow(/constraint/i);
      await knex(projectGitAuthOauth.name).delete();
      expect(await remove()).toBe(true);
      expect(await remove()).toBe(false);
    });

    function replace(project: Project, material: GitAuthMaterial) {
      return knex.transaction(trx =>
        stores.gitAuths.replace(trx, {
          id: stores.gitAuths.newId(),
          projectId: project.id,
          createdBy: project.createdBy,
          material,
        }),
      );
    }

    async function countChildren() {
      const counts: Record<string, number> = {};
      for (const kind of ['oauth', 'token', 'app', 'ssh']) {
        const [{ n }] = await knex(`project_git_auth_${kind}`).count({
          n: '*',
        });
        counts[kind] = Number(n);
      }
      return counts;
    }

    async function connect(userId: string) {
      const connection = await knex.transaction(trx =>
        stores.connections.put(trx, {
          id: randomUUID(),
          userId,
          provider: 'gitea',
          serverUrl: 'https://git.example.com',
          serverType: 'self-hosted',
          providerAccountId: '7',
          accessToken: 'v1.t',
          status: 'active',
          statusSince: '2026-01-01T00:00:00.000Z',
          purpose: 'integration',
          connectedAt: '2026-01-01T00:00:00.000Z',
          method: 'token',
          revision: 0,
          refreshFailures: 0,
          metadata: { nul: 'a\u0000b' },
        }),
      );
      expect(connection.metadata).toEqual({ nul: 'a\ufffdb' });
      expect(await stores.connections.find(connection)).toEqual(connection);
      return connection.id;
    }
  });

  describe('contents', () => {
    it('come back as they were, until they expire', async () => {
      const { project } = await seedProject(knex, 'contents');
      const files = [
        { path: 'b.sh', content: 'Yg==', executable: true },
        { path: 'a.txt', content: 'YQ==' },
      ];
      const packed = await packContent(files);
      expect((await packContent([...files].reverse())).sha256).toBe(
        packed.sha256,
      );
      const put = (expiresAt: string) =>
        knex.transaction(trx =>
          stores.contents.put(trx, project.id, packed, { expiresAt }),
        );
      await put('2100-01-01T00:00:00Z');
      await stores.contents.deleteExpired();
      expect(await stores.contents.getFiles(project.id)).toEqual([
        files[1],
        files[0],
      ]);
      expect(await stores.contents.getSha256(project.id)).toBe(packed.sha256);
      await put('2000-01-01T00:00:00Z');
      expect(await stores.contents.deleteExpired()).toBe(1);
      expect(await stores.contents.getFiles(project.id)).toBeUndefined();
    });
  });

  describe('events', () => {
    it('are paged newest first, without gap or repetition', async () => {
      const { project } = await seedProject(knex, 'history');
      const times = [1, 2, 2, 2, 3].map(
        second => `2026-01-01T00:00:0${second}.000Z`,
      );
      await knex.transaction(trx =>
        stores.events.append(
          trx,
          ...times.map((timestamp, index) => ({
            timestamp,
            eventType: 'project' as const,
            action: `event-${index}`,
            projectId: project.id,
            resourceType: 'project',
            resourceId: project.id,
            metadata: { index },
          })),
        ),
      );
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await stores.events.listByProject(project.id, {
          limit: 2,
          cursor,
        });
        seen.push(...page.items.map(event => event.action));
        cursor = page.nextCursor;
      } while (cursor);
      expect(seen[0]).toBe('event-4');
      expect(seen[4]).toBe('event-0');
      expect(new Set(seen).size).toBe(5);
    });
  });

  it('the log of what was done at Git hosts is kept by project', async () => {
    const { project } = await seedProject(knex, 'log');
    const entry = {
      projectId: project.id,
      provider: 'gitea' as const,
      host: 'git.example.com',
      syncType: 'repository' as const,
      action: 'create' as const,
      status: 'succeeded' as const,
      startedAt: '2026-01-01T00:00:00.000Z',
      finishedAt: '2026-01-01T00:00:01.000Z',
    };
    await knex.transaction(trx => stores.syncLogs.append(trx, entry));
    const { syncLogs } = stores;
    const { items } = await syncLogs.listByProject(project.id, { limit: 5 });
    expect(items).toEqual([expect.objectContaining(entry)]);
  });
});

describe('two processes on one SQLite file', () => {
  it('lose no change: who comes second starts again', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'gitops-'));
    const open = async () => {
      const knex = createKnex({
        client: 'better-sqlite3',
        connection: { filename: join(directory, 'gitops.sqlite') },
        pool: { min: 1, max: 1 },
        useNullAsDefault: true,
      });
      await tuneSqlite(knex);
      return knex;
    };
    const [one, two] = [await open(), await open()];
    try {
      await one.migrate.latest({ directory: MIGRATIONS_DIRECTORY });
      const { project } = await seedProject(one, 'shared');
      // Reads first, so that the snapshot is old when it comes to writing.
      const increment = (knex: Knex) =>
        withTransaction(knex, async trx => {
          const { version } = await trx('projects')
            .where({ id: project.id })
            .first('version');
          await new Promise(resolve => setImmediate(resolve));
          await trx('projects')
            .where({ id: project.id })
            .update({ version: version + 1 });
        });
      await Promise.all(
        Array.from({ length: 10 }, () => [
          increment(one),
          increment(two),
        ]).flat(),
      );
      const { version } = await one('projects')
        .where({ id: project.id })
        .first('version');
      expect(version).toBe(21);
      const [{ journal_mode: mode }] = await one.raw('pragma journal_mode');
      expect(mode).toBe('wal');
    } finally {
      await one.destroy();
      await two.destroy();
      await rm(directory, { recursive: true });
    }
  });
});

function without<T extends object, K extends keyof T>(
  value: T,
  ...keys: K[]
): Omit<T, K> {
  const rest = { ...value };
  for (const key of keys) {
    delete rest[key];
  }
  return rest;
}
