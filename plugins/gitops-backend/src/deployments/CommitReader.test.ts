import { randomUUID } from 'node:crypto';
import { mockServices } from '@backstage/backend-test-utils';
import {
  GitHostRegistry,
  type GitHostProvider,
} from '@backstage-gitops/plugin-gitops-node';
import { createTestDatabases } from '../database/__testUtils__/createTestDatabases';
import { seedProject } from '../database/__testUtils__/seedProject';
import { createStores } from '../database/createStores';
import { until } from '../__testUtils__/until';
import { CommitReader } from './CommitReader';

jest.setTimeout(60_000);

const COMMIT = 'c'.repeat(40);
const databases = createTestDatabases();

const described = (id: string) => ({
  id,
  message: 'Sell more',
  authorName: 'Ada',
  committedAt: '2026-01-01T00:00:00Z',
  url: 'https://git.example.com/acme/shop/commit/c',
});

/** As much of a Git host as commits need: each answer is the test's. */
function hostThat(getCommit: GitHostProvider['getCommit']) {
  const provider: Partial<GitHostProvider> = {
    host: 'git.example.com',
    portalCredential: async () => ({ token: 'portal' }),
    getCommit,
  };
  return GitHostRegistry.of([provider as GitHostProvider]);
}

describe.each(databases.ids)('CommitReader on %s', id => {
  async function setUp(getCommit: GitHostProvider['getCommit']) {
    const knex = await databases.migrated(id);
    const seeded = await seedProject(knex, 'shop');
    const stores = createStores(knex);
    const notified: string[] = [];
    const reader = new CommitReader({
      ...stores,
      knex,
      gitHosts: hostThat(getCommit),
      credentials: {
        open: async () => {
          throw new Error('is not asked for');
        },
      },
      notifier: { notify: projectId => notified.push(projectId) },
      logger: mockServices.logger.mock(),
    });
    const deploy = (index: number, commitHash = COMMIT, agoMs = 0) =>
      stores.deployments.insert(knex, {
        environmentId: seeded.environments[index].environment.id,
        commitHash,
        deploymentMethod: 'gitops',
        status: 'succeeded',
        startedAt: new Date(Date.now() - agoMs).toISOString(),
      });
    const list = async () =>
      (await stores.deployments.listByProject(seeded.project.id, { limit: 9 }))
        .items;
    return { knex, reader, deploy, list, notified, project: seeded.project };
  }

  it('describes a commit once, wherever it was deployed', async () => {
    let calls = 0;
    const { knex, reader, deploy, list, notified, project } = await setUp(
      async (location, commit, { credential }) => {
        calls += 1;
        expect(location).toMatchObject({ owner: 'acme', name: 'shop' });
        expect(credential).toEqual({ token: 'portal' });
        return {
          ...described(commit),
          message: 'Sell more\n\nAs told.',
          committedAt: '2026-01-01T01:00:00+01:00',
        };
      },
    );
    await deploy(0);
    await expect(reader.readMissing()).resolves.toBe(1);
    await deploy(1);
    await expect(reader.readMissing()).resolves.toBe(1);
    await expect(reader.readMissing()).resolves.toBe(0);

    expect(calls).toBe(1);
    expect(await list()).toEqual(
      [1, 0].map(() =>
        expect.objectContaining({
          commitTitle: 'Sell more',
          commitAuthor: 'Ada',
          committedAt: '2026-01-01T00:00:00.000Z',
        }),
      ),
    );
    expect(notified).toEqual([project.id, project.id]);
    await knex.destroy();
  });

  it('reads what a project has just got at once, and leaves what fails to its turn', async () => {
    const asked: string[] = [];
    const { knex, reader, deploy, list, notified, project } = await setUp(
      async (_location, commit) => {
        asked.push(commit);
        if (commit !== COMMIT) {
          throw new Error('down');
        }
        return described(commit);
      },
    );
    const failing = 'f'.repeat(40);
    await deploy(0, failing);
    reader.readSoon([project.id]);
    await until(() => asked.length === 1);
    await deploy(1);
    reader.readSoon([randomUUID()]);
    reader.readSoon([project.id]);
    await until(() => notified.length === 1);
    expect(asked).toEqual([failing, COMMIT]);
    expect(await list()).toMatchObject([
      { commitTitle: 'Sell more' },
      { commitHash: failing },
    ]);
    await reader.readMissing();
    expect(asked).toEqual([failing, COMMIT, failing]);

    reader.stop();
    await deploy(0, 'e'.repeat(40));
    reader.readSoon([project.id]);
    await reader.readMissing();
    expect(asked.slice(3)).toEqual(['e'.repeat(40), failing]);
    await knex.destroy();
  });

  it('gives up on a host that fails, and leaves the deployment as it is', async () => {
    let calls = 0;
    const { knex, reader, deploy, list, notified } = await setUp(async () => {
      calls += 1;
      throw new Error('down');
    });
    await deploy(0);
    for (let round = 0; round < 8; round++) {
      await expect(reader.readMissing()).resolves.toBe(0);
    }
    expect(calls).toBe(5);
    expect((await list())[0]).toMatchObject({ status: 'succeeded' });
    expect(notified).toEqual([]);
    await knex.destroy();
  });

  it('gives each its turn, however many newer ones keep failing', async () => {
    const asked = new Map<string, number>();
    const { knex, reader, deploy } = await setUp(async (_location, commit) => {
      asked.set(commit, (asked.get(commit) ?? 0) + 1);
      if (commit !== COMMIT) {
        throw new Error('down');
      }
      return described(commit);
    });
    for (let index = 0; index < 60; index++) {
      await deploy(0, String(index).padStart(40, '0'), index);
    }
    await deploy(0, COMMIT, 60_000);
    await expect(reader.readMissing()).resolves.toBe(0);
    expect([...asked.values()]).toEqual(Array(50).fill(1));
    // The rest comes first, the oldest failures after it.
    await expect(reader.readMissing()).resolves.toBe(1);
    expect(asked.get(COMMIT)).toBe(1);
    for (let round = 0; round < 6; round++) {
      await reader.readMissing();
    }
    asked.delete(COMMIT);
    expect([...asked.values()]).toEqual(Array(60).fill(5));
    await knex.destroy();
  });
});
