import type { Knex } from 'knex';
import { randomUUID } from 'node:crypto';
import { createTestDatabases } from './__testUtils__/createTestDatabases';
import { seedProject } from './__testUtils__/seedProject';
import {
  DatabaseClusterSessionStore,
  LeaseLostError,
} from './ClusterSessionStore';
import { DatabaseDiscoveredResourceStore } from './DiscoveredResourceStore';
import { DatabaseDeploymentStore } from './DeploymentStore';
import { DatabaseResourceStateStore } from './ResourceStateStore';
import { clusterSessions } from './tables';
import { isSqlite } from './dialect';
import { databaseTime } from './time';

jest.setTimeout(60_000);

const databases = createTestDatabases();

describe.each(databases.ids)('stores of the status engine on %s', id => {
  let knex: Knex;

  beforeEach(async () => {
    knex = await databases.migrated(id);
  });
  afterEach(() => knex.destroy());

  describe('DatabaseClusterSessionStore', () => {
    async function expire() {
      await knex(clusterSessions.name).update({
        lease_until: databaseTime(knex, -1),
      });
    }

    it('gives a cluster to one of many who ask', async () => {
      const store = DatabaseClusterSessionStore.create({ knex });
      const leases = await Promise.all(
        ['a', 'b', 'c', 'd', 'e'].map(holder =>
          store.acquire('one', holder, 10_000),
        ),
      );
      expect(leases.filter(Boolean)).toHaveLength(1);
      await expect(store.acquire('two', 'a', 10_000)).resolves.toMatchObject({
        fence: 1,
      });
    });

    it('takes every right from a holder that was replaced', async () => {
      const store = DatabaseClusterSessionStore.create({ knex });
      const old = (await store.acquire('one', 'a', 10_000))!;
      await expect(store.renew(old, 10_000)).resolves.toBe(true);
      await expire();
      const next = (await store.acquire('one', 'b', 10_000))!;

      expect(next.fence).toBe(old.fence + 1);
      await expect(store.renew(old, 10_000)).resolves.toBe(false);
      await expect(
        store.report(old, {
          state: 'live',
          stateSince: new Date().toISOString(),
        }),
      ).resolves.toBe(false);
      await store.release(old);
      await expect(
        knex.transaction(trx => store.hold(trx, old)),
      ).rejects.toThrow(LeaseLostError);
      await knex.transaction(trx => store.hold(trx, next));
      expect(await store.list()).toMatchObject([{ holder: 'b' }]);
    });

    it('is not held up by a holder that stands still within a transaction', async () => {
      if (isSqlite(knex)) {
        return; // It has one writer at a time, in one process.
      }
      const store = DatabaseClusterSessionStore.create({ knex });
      const old = (await store.acquire('one', 'a', 10_000))!;
      const trx = await knex.transaction();
      await store.hold(trx, old);
      const startedAt = Date.now();
      // As if its time had run out in the meantime; this waits for the lock.
      await expire();
      await expect(store.acquire('one', 'b', 10_000)).resolves.toMatchObject({
        holder: 'b',
      });
      expect(Date.now() - startedAt).toBeLessThan(10_000);
      await trx.commit();
      await expect(trx.executionPromise).rejects.toThrow();
    });

    it('gives a released cluster away at once', async () => {
      const store = DatabaseClusterSessionStore.create({ knex });
      const lease = (await store.acquire('one', 'a', 10_000))!;
      const trouble = {
        error: 'version too old',
        wording: { id: 'clusterVersionOld' },
      };
      await store.report(lease, {
        state: 'delayed',
        stateSince: new Date().toISOString(),
        ...trouble,
      });
      expect(await store.list()).toMatchObject([trouble]);
      await store.release(lease);
      const [released] = await store.list();
      expect(released.error).toBeUndefined();
      expect(released.wording).toBeUndefined();
      await expect(store.acquire('one', 'b', 10_000)).resolves.toMatchObject({
        holder: 'b',
        fence: 2,
      });
    });

    it('tells how fresh the knowledge is, and that nobody watches any more', async () => {
      const store = DatabaseClusterSessionStore.create({ knex });
      const lease = (await store.acquire('one', 'a', 10_000))!;
      const stateSince = '2026-01-01T00:00:00.000Z';
      await store.report(lease, {
        state: 'live',
        stateSince,
        heardMsAgo: 60_000,
      });
      const [session] = await store.list();
      expect(session).toMatchObject({ state: 'live', stateSince });
      const age = Date.now() - Date.parse(session.lastSyncedAt!);
      expect(age).toBeGreaterThanOrEqual(59_000);
      expect(age).toBeLessThan(90_000);

      await expire();
      expect((await store.list())[0]).toMatchObject({
        state: 'delayed',
        error: 'No replica of the portal watches the cluster at present',
        wording: { id: 'clusterUnwatched' },
        lastSyncedAt: session.lastSyncedAt,
      });
    });
  });

  describe('DatabaseDeploymentStore', () => {
    it('pages through a project’s history, newest first', async () => {
      const store = DatabaseDeploymentStore.create({ knex });
      const { project, environments } = await seedProject(knex, 'shop');
      const other = await seedProject(knex, 'other');
      const minute = (value: number) =>
        new Date(Date.UTC(2026, 0, 1, 0, value)).toISOString();
      for (let index = 0; index < 5; index++) {
        for (const seeded of [environments[index % 2], other.environments[0]]) {
          await store.insert(knex, {
            environmentId: seeded.environment.id,
            gitopsResourceId: seeded.kustomization.id,
            commitHash: `commit-${index}`,
            deploymentMethod: 'gitops',
            status: 'succeeded',
            startedAt: minute(index),
            finishedAt: minute(index),
          });
        }
      }
      const first = await store.listByProject(project.id, { limit: 3 });
      const second = await store.listByProject(project.id, {
        limit: 3,
        cursor: first.nextCursor,
      });
      expect(
        [...first.items, ...second.items].map(item => [
          item.commitHash,
          item.environment,
        ]),
      ).toEqual([
        ['commit-4', 'development'],
        ['commit-3', 'staging'],
        ['commit-2', 'development'],
        ['commit-1', 'staging'],
        ['commit-0', 'development'],
      ]);
      expect(second.nextCursor).toBeUndefined();
      const staging = await store.listByProject(project.id, {
        limit: 10,
        environment: 'staging',
      });
      expect(staging.items).toHaveLength(2);
      const ids = environments.map(({ environment }) => environment.id);
      const heads = await store.heads(knex, ids);
      expect(
        ids.map(environmentId => heads.get(environmentId)?.latest?.commitHash),
      ).toEqual(['commit-4', 'commit-3', undefined]);
      await store.insert(knex, {
        environmentId: ids[1],
        commitHash: 'commit-5',
        deploymentMethod: 'gitops',
        status: 'running',
        startedAt: minute(9),
      });
      expect((await store.heads(knex, ids)).get(ids[1])).toMatchObject({
        running: { commitHash: 'commit-5' },
        latest: { commitHash: 'commit-3' },
      });
    });

    it('holds one deployment under way per environment', async () => {
      const store = DatabaseDeploymentStore.create({ knex });
      const { environments } = await seedProject(knex, 'shop');
      const { environment, kustomization } = environments[0];
      const running = {
        environmentId: environment.id,
        gitopsResourceId: kustomization.id,
        commitHash: 'c',
        deploymentMethod: 'gitops' as const,
        status: 'running' as const,
        startedAt: new Date().toISOString(),
      };
      const { id: first } = await store.insert(knex, running);
      await expect(store.insert(knex, running)).rejects.toThrow();
      await store.update(knex, first, { status: 'succeeded' });
      await store.insert(knex, running);
      expect((await store.running(knex, environment.id))?.id).not.toBe(first);
    });
  });

  describe('DatabaseResourceStateStore', () => {
    it('finds rows by key, writes them, and tells which hold no object yet', async () => {
      const store = DatabaseResourceStateStore.create({ knex });
      const { project, source, environments } = await seedProject(knex, 'shop');
      const { kustomization } = environments[0];
      const uid = randomUUID();
      await knex.transaction(async trx => {
        const rows = await store.lock(trx, 'sandbox', [
          source,
          kustomization,
          { ...kustomization, name: 'absent' },
        ]);
        expect(rows.map(({ id: rowId }) => rowId).sort()).toEqual(
          [source.id, kustomization.id].sort(),
        );
        await store.update(trx, [
          {
            resource: rows.find(({ id: rowId }) => rowId === source.id)!,
            changes: {
              status: 'ready',
              statusMessage: `it's "quoted" \u0000 grün`,
              statusSince: '2026-01-01T00:00:00.000Z',
              suspended: true,
              generation: 3,
              uid,
              observed: {
                apiVersion: 'v1',
                kind: 'GitRepository',
                metadata: { name: 'shop-repo' },
              },
            },
          },
          {
            resource: rows.find(({ id: rowId }) => rowId !== source.id)!,
            changes: { status: 'failed' },
          },
        ]);
        const written = await store.lock(trx, 'sandbox', [
          source,
          kustomization,
        ]);
        expect(written.find(({ id: rowId }) => rowId === source.id)).toEqual(
          expect.objectContaining({
            status: 'ready',
            statusMessage: `it's "quoted" \ufffd grün`,
            statusSince: '2026-01-01T00:00:00.000Z',
            suspended: true,
            generation: 3,
            version: source.version + 1,
          }),
        );
        expect(
          written.find(({ id: rowId }) => rowId === kustomization.id),
        ).toMatchObject({ status: 'failed', suspended: false });
        await store.bumpProjects(trx, [project.id]);
        await expect(store.lock(trx, 'elsewhere', [source])).resolves.toEqual(
          [],
        );
      });

      // Two resources have changed, and the project itself.
      expect([...(await store.projectVersions([project.id]))]).toEqual([
        [project.id, project.version + 3],
      ]);
      const all = await store.heads('sandbox');
      expect(all).toHaveLength(4);
      expect(all.find(head => head.type === 'git-repository')).toMatchObject({
        uid,
        status: 'ready',
        observed: true,
      });
      const unobserved = await store.heads('sandbox', { unobservedOnly: true });
      expect(unobserved.map(({ type }) => type)).toEqual([
        'kustomization',
        'kustomization',
        'kustomization',
      ]);
    });
  });

  describe('DatabaseDiscoveredResourceStore', () => {
    const named = (name: string, cluster = 'one') => ({
      cluster,
      namespace: 'apps',
      kind: 'HelmRelease',
      name,
    });

    it('follows what entities name, and keeps what carries the label', async () => {
      const store = DatabaseDiscoveredResourceStore.create({ knex });
      await expect(
        store.setAnnotated([named('a'), named('b'), named('a', 'two')]),
      ).resolves.toBe(true);
      await expect(
        store.setAnnotated([named('a'), named('b'), named('a', 'two')]),
      ).resolves.toBe(false);
      await knex.transaction(trx =>
        store.insert(trx, 'one', [
          { ...named('labelled'), status: 'ready', kubernetesId: 'shop' },
        ]),
      );
      await store.setAnnotated([named('b'), named('labelled')]);
      expect((await store.keys('one')).map(({ name }) => name).sort()).toEqual([
        'b',
        'labelled',
      ]);
      await store.setAnnotated([]);
      expect((await store.keys('one')).map(({ name }) => name)).toEqual([
        'labelled',
      ]);
      const shown = await store.listFor({
        references: [named('labelled'), named('b')],
        kubernetesId: 'shop',
      });
      expect(shown).toMatchObject([{ name: 'labelled', annotated: false }]);
      await expect(store.listFor({ references: [] })).resolves.toEqual([]);
    });
  });
});
