import type { Knex } from 'knex';
import { createTestDatabases } from '../database/__testUtils__/createTestDatabases';
import { gitopsResources } from '../database/tables';
import { until } from '../__testUtils__/until';
import { SandboxPortal } from './__testUtils__/SandboxPortal';
import { InventoryReader } from './inventory/InventoryReader';

jest.setTimeout(120_000);

const ADA = 'user:default/ada';
const BOB = 'user:default/bob';
const MARKER = 'backstage-gitops.dev/suspended-at';
const databases = createTestDatabases();

const KUSTOMIZATION = (resources: string[]) =>
  `resources: [${resources.join(', ')}]\n`;
const configMap = (name: string, value: string) =>
  `apiVersion: v1
kind: ConfigMap
metadata: { name: ${name} }
data: { key: ${value} }
`;
const deployment = (name: string, image: string) => `apiVersion: apps/v1
kind: Deployment
metadata: { name: ${name} }
spec:
  replicas: 2
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec:
      containers: [{ name: app, image: '${image}' }]
`;
const OVERLAY = 'deploy/overlays/staging';

describe.each(databases.ids)('environments on %s', databaseId => {
  let knex: Knex;
  let portal: SandboxPortal;

  beforeAll(async () => {
    knex = await databases.migrated(databaseId);
    portal = await SandboxPortal.start(knex);
  });

  afterAll(() => portal.stop());

  async function simpleProject(slug: string) {
    const seeded = await portal.project(slug, {
      [`${OVERLAY}/settings.yaml`]: configMap('settings', 'one'),
      [`${OVERLAY}/kustomization.yaml`]: KUSTOMIZATION(['settings.yaml']),
    });
    await until(async () => {
      const { status } = await portal.flux('Kustomization', slug);
      return Boolean(status?.lastAppliedRevision);
    });
    // As the status engine would.
    await knex('gitops_resources')
      .where({ project_id: seeded.project.id })
      .update(
        gitopsResources.update({
          lastAppliedRevision: `main@sha1:${'0'.repeat(40)}`,
        }),
      );
    return seeded;
  }

  function inventories(
    options: { deadlineMs?: number; sharedMs?: number } = {},
  ) {
    const { clusters, stores } = portal;
    return new InventoryReader({ ...stores, clusters, ...options });
  }

  async function row(resourceId: string) {
    return gitopsResources.fromRow(
      await knex('gitops_resources').where({ id: resourceId }).first(),
    );
  }

  async function actionsOf(projectId: string) {
    const { items } = await portal.stores.events.listByProject(projectId, {
      limit: 50,
    });
    return items.map(({ action, userId }) => [action, userId]);
  }

  describe('reconcile', () => {
    it('fetches first, so that the newest commit is what is applied', async () => {
      const { project, environment } = await simpleProject('fetch-first');
      const commit = await portal.commit(
        'fetch-first',
        `${OVERLAY}/settings.yaml`,
        configMap('settings', 'two'),
      );
      const { requestedAt } = await portal
        .actions()
        .reconcile(project, environment, ADA);
      const source = await portal.flux('GitRepository', 'fetch-first');
      expect(source.status.artifact.revision).toBe(`main@sha1:${commit}`);
      expect(source.status.lastHandledReconcileAt).toBe(requestedAt);
      await until(async () => {
        const { status } = await portal.flux('Kustomization', 'fetch-first');
        return status.lastHandledReconcileAt === requestedAt;
      });
      const { status } = await portal.flux('Kustomization', 'fetch-first');
      expect(status.lastAppliedRevision).toBe(`main@sha1:${commit}`);
      const { items } = await portal.stores.deployments.listByProject(
        project.id,
        { limit: 5 },
      );
      expect(items).toMatchObject([
        { commitHash: commit, deploymentMethod: 'manual', deployedBy: ADA },
      ]);
    });

    it('leaves the source alone where that is asked for', async () => {
      const { project, environment } = await simpleProject('only-apply');
      const { requestedAt } = await portal
        .actions()
        .reconcile(project, environment, ADA, { withSource: false });
      const source = await portal.flux('GitRepository', 'only-apply');
      expect(source.metadata.annotations).toBeUndefined();
      const { metadata } = await portal.flux('Kustomization', 'only-apply');
      expect(metadata.annotations).toMatchObject({
        'reconcile.fluxcd.io/requestedAt': requestedAt,
      });
    });

    it('says when the source cannot be fetched, and applies nothing', async () => {
      const { project, environment } = await simpleProject('unfetched');
      await portal.client.mergePatch(
        {
          apiVersion: 'v1',
          kind: 'Secret',
          namespace: 'project-unfetched',
          name: 'unfetched-git-auth',
        },
        { stringData: { password: 'wrong-secret' } },
      );
      const refused = await portal
        .actions()
        .reconcile(project, environment, ADA)
        .catch((error: Error) => error.message);
      expect(refused).toMatch(
        /^GitRepository project-unfetched\/unfetched-repo cannot be fetched: .*authentication/,
      );
      expect(refused).not.toContain('wrong-secret');
      const { metadata } = await portal.flux('Kustomization', 'unfetched');
      expect(metadata.annotations).toBeUndefined();
      expect(await actionsOf(project.id)).toEqual([
        ['reconcile-failed', ADA],
        ['reconcile-requested', ADA],
      ]);
    });
  });

  describe('suspend', () => {
    it('stops and starts again, and says who, why and until when', async () => {
      const { project, environment, kustomization } = await simpleProject(
        'stop-start',
      );
      const end = new Date(Date.now() + 3_600_000).toISOString();
      await portal.actions().suspend(project, environment, ADA, {
        reason: 'sale',
        until: end,
      });
      const stopped = await portal.flux('Kustomization', 'stop-start');
      const stored = await row(kustomization.id);
      expect(stopped.spec.suspend).toBe(true);
      expect(stopped.metadata.annotations![MARKER]).toBe(stored.suspendedAt);
      expect(stored).toMatchObject({
        suspendedBy: ADA,
        suspendReason: 'sale',
        suspendedUntil: end,
      });
      await expect(
        portal.actions().reconcile(project, environment, ADA),
      ).rejects.toThrow("resume environment 'staging' first");

      await portal.actions().resume(project, environment, BOB);
      const running = await portal.flux('Kustomization', 'stop-start');
      expect(running.spec.suspend).toBeUndefined();
      expect(running.metadata.annotations).toBeUndefined();
      expect(await row(kustomization.id)).not.toHaveProperty('suspendedBy');
      expect(await actionsOf(project.id)).toEqual([
        ['environment-resumed', BOB],
        ['environment-suspended', ADA],
      ]);
      expect(portal.notified).toContain(project.id);
    });

    it('refuses an end that has passed', async () => {
      const { project, environment } = await simpleProject('too-late');
      await expect(
        portal.actions().suspend(project, environment, ADA, {
          until: '2020-01-01T00:00:00Z',
        }),
      ).rejects.toMatchObject({
        name: 'InputError',
        message: expect.stringContaining('has passed'),
      });
      const { spec } = await portal.flux('Kustomization', 'too-late');
      expect(spec.suspend).toBeUndefined();
    });

    it('refuses what Git would take back, and names the owner', async () => {
      const { project, environment } = await simpleProject('from-git');
      const { apiVersion, kind, metadata } = await portal.flux(
        'Kustomization',
        'from-git',
      );
      await portal.patchAs(
        'kustomize-controller',
        'from-git',
        {
          apiVersion,
          kind,
          metadata: { name: metadata.name, namespace: metadata.namespace },
          spec: { suspend: false },
        },
        { apply: true },
      );
      for (const action of ['suspend', 'resume'] as const) {
        await expect(
          portal.actions()[action](project, environment, ADA),
        ).rejects.toMatchObject({
          name: 'ConflictError',
          message: expect.stringMatching(
            /'spec.suspend' of Kustomization project-from-git\/from-git-staging is kept by 'kustomize-controller'.*change it in Git/,
          ),
        });
      }
      const inventory = await inventories().read(project, environment);
      expect(inventory.ownedByGit).toEqual(['spec.suspend']);
    });

    it('takes over what a person has suspended by hand', async () => {
      const { project, environment } = await simpleProject('by-hand');
      await portal.patchAs('flux', 'by-hand', { spec: { suspend: true } });
      await portal.actions().resume(project, environment, ADA);
      const { spec } = await portal.flux('Kustomization', 'by-hand');
      expect(spec.suspend).toBeUndefined();
    });
  });

  describe('the end of a suspension', () => {
    async function suspended(slug: string) {
      const seeded = await simpleProject(slug);
      await portal.actions().suspend(seeded.project, seeded.environment, ADA, {
        until: new Date(Date.now() + 3_600_000).toISOString(),
      });
      return seeded;
    }
    async function letPass(resourceId: string) {
      await knex('gitops_resources')
        .where({ id: resourceId })
        .update({ suspended_until: new Date(Date.now() - 1).toISOString() });
    }
    const isSuspended = async (slug: string) =>
      (await portal.flux('Kustomization', slug)).spec.suspend === true;

    it('comes once, also where two replicas see to it', async () => {
      const { project, kustomization } = await suspended('ends');
      expect(await portal.expiry().run()).toBe(0);
      expect(await isSuspended('ends')).toBe(true);
      await letPass(kustomization.id);
      const resumed = await Promise.all([
        portal.expiry().run(),
        portal.expiry().run(),
      ]);
      expect(Math.max(...resumed)).toBe(1);
      expect(await isSuspended('ends')).toBe(false);
      expect(await row(kustomization.id)).not.toHaveProperty('suspendedUntil');
      expect((await actionsOf(project.id))[0]).toEqual([
        'environment-resumed',
        undefined,
      ]);
      expect(await portal.expiry().run()).toBe(0);
    });

    it('does not end what somebody suspended anew in the cluster', async () => {
      const { kustomization } = await suspended('anew');
      await portal.patchAs('flux', 'anew', { spec: { suspend: false } });
      await portal.patchAs('flux', 'anew', { spec: { suspend: true } });
      await letPass(kustomization.id);
      expect(await portal.expiry().run()).toBe(0);
      expect(await isSuspended('anew')).toBe(true);
      expect(await row(kustomization.id)).not.toHaveProperty('suspendedBy');
    });

    it('does not end what somebody suspended anew in the portal', async () => {
      const { project, environment, kustomization } = await suspended('again');
      const due = await row(kustomization.id);
      await portal
        .actions()
        .suspend(project, environment, BOB, { reason: 'longer' });
      // A replica that read the row just before.
      expect(
        await portal.actions().resumeExpired(project, environment, due),
      ).toBe(false);
      expect(await isSuspended('again')).toBe(true);
      expect(await row(kustomization.id)).toMatchObject({
        suspendedBy: BOB,
        suspendReason: 'longer',
      });
    });

    it('is tried again when the cluster is out of reach', async () => {
      const { kustomization } = await suspended('unreached');
      await letPass(kustomization.id);
      const { faults } = portal.sandbox.clusters[0];
      const mend = faults.add({ effect: { type: 'drop' } });
      try {
        expect(await portal.expiry().run()).toBe(0);
        expect(portal.logger.lines.at(-1)).toMatch(
          /^warn The suspension of Kustomization project-unreached\/unreached-staging/,
        );
      } finally {
        mend();
      }
      expect(await portal.expiry().run()).toBe(1);
    });

    it('forgets who did it once the cluster has it at work again', async () => {
      const { kustomization } = await suspended('forgotten');
      await knex('gitops_resources')
        .where({ id: kustomization.id })
        .update(
          gitopsResources.update({
            suspended: false,
            lastStatusUpdateAt: new Date(Date.now() + 61_000).toISOString(),
          }),
        );
      await portal.expiry().run();
      expect(await row(kustomization.id)).not.toHaveProperty('suspendedBy');
    });
  });

  describe('inventory', () => {
    const SECRET = Buffer.from('top-secret').toString('base64');

    it('tells what an environment brought, how it is, and what was said of it', async () => {
      const { project, environment } = await portal.project('stock', {
        [`${OVERLAY}/web.yaml`]: deployment('web', 'registry.example/web:1'),
        [`${OVERLAY}/job.yaml`]: deployment(
          'worker',
          'registry.example/worker:does-not-exist',
        ),
        [`${OVERLAY}/secret.yaml`]: `apiVersion: v1
kind: Secret
metadata: { name: token }
data: { token: ${SECRET} }
`,
        [`${OVERLAY}/settings.yaml`]: configMap('settings', 'one'),
        [`${OVERLAY}/kustomization.yaml`]: KUSTOMIZATION([
          'web.yaml',
          'job.yaml',
          'secret.yaml',
          'settings.yaml',
        ]),
      });
      const reader = inventories({ sharedMs: 0 });
      const read = () => reader.read(project, environment);
      await until(async () => {
        const { objects } = await read();
        return (
          objects.some(
            ({ kind, health }) => kind === 'Pod' && health === 'failed',
          ) &&
          objects.some(
            ({ name, health }) => name === 'web' && health === 'current',
          )
        );
      });
      const inventory = await read();
      const namespace = 'project-stock-staging';
      const web = `apps/Deployment/${namespace}/web`;
      const worker = `apps/Deployment/${namespace}/worker`;
      expect(inventory).toMatchObject({
        cluster: 'sandbox',
        truncated: false,
        problems: [],
        ownedByGit: [],
      });
      expect(inventory.conditions).toContainEqual(
        expect.objectContaining({ type: 'Ready', status: 'True' }),
      );
      const healthOf = (id: string) =>
        inventory.objects.find(object => object.id === id);
      expect(healthOf(web)).toMatchObject({
        apiVersion: 'apps/v1',
        health: 'current',
        createdAt: expect.any(String),
      });
      expect(healthOf(worker)).toMatchObject({
        health: 'in-progress',
        message: expect.stringMatching(/pods are|minimum availability/),
      });
      expect(healthOf(`/Secret/${namespace}/token`)!.health).toBe('current');
      expect(healthOf(`/ConfigMap/${namespace}/settings`)!.health).toBe(
        'current',
      );
      const pods = inventory.objects.filter(({ kind }) => kind === 'Pod');
      expect(pods.map(({ parentId }) => parentId)).toEqual([
        worker,
        worker,
        web,
        web,
      ]);
      expect(pods[0]).toMatchObject({
        health: 'failed',
        message: expect.stringMatching(/^(ImagePullBackOff|ErrImagePull) of/),
      });
      expect(new Set(inventory.objects.map(object => object.id)).size).toBe(
        inventory.objects.length,
      );
      expect(inventory.events.map(({ object }) => object.kind)).toContain(
        'Kustomization',
      );
      const times = inventory.events.map(({ lastSeenAt }) => lastSeenAt!);
      expect(times).toEqual([...times].sort().reverse());
      expect(JSON.stringify(inventory)).not.toContain(SECRET);
      expect(JSON.stringify(inventory)).not.toContain('top-secret');

      // What was taken away behind Flux's back.
      await portal.client.delete({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        namespace,
        name: 'settings',
      });
      const after = await read();
      expect(
        after.objects.find(({ name }) => name === 'settings'),
      ).toMatchObject({
        health: 'missing',
        message: expect.stringContaining('makes it again'),
      });
    });

    it('reads a cluster once for all who look at the same time', async () => {
      const { project, environment } = await simpleProject('shared');
      const paths: string[] = [];
      const { fetch: ask } = portal.client.connection;
      const spy = jest
        .spyOn(portal.client.connection, 'fetch')
        .mockImplementation((path, init) => {
          paths.push(path);
          return ask.call(portal.client.connection, path, init);
        });
      try {
        const reader = inventories();
        const answers = await Promise.all(
          Array.from({ length: 20 }, () => reader.read(project, environment)),
        );
        expect(new Set(answers).size).toBe(1);
        expect(await reader.read(project, environment)).toBe(answers[0]);
        const lists = paths.filter(path => path.includes('?'));
        // The Kustomization, one kind, its events and those of the namespace.
        expect(lists).toHaveLength(4);
        const configMaps = lists.find(path => path.includes('/configmaps'))!;
        expect(
          new URLSearchParams(configMaps.split('?')[1]).get('labelSelector'),
        ).toBe(
          'kustomize.toolkit.fluxcd.io/name=shared-staging,kustomize.toolkit.fluxcd.io/namespace=project-shared',
        );
      } finally {
        spy.mockRestore();
      }
    });

    it('tells what it could not read, and the rest', async () => {
      const { project, environment } = await simpleProject('partly');
      const { faults } = portal.sandbox.clusters[0];
      const mend = faults.add({
        match: { path: /\/configmaps/ },
        effect: { type: 'status', code: 403 },
      });
      try {
        const reader = inventories();
        const inventory = await reader.read(project, environment);
        expect(inventory.objects).toMatchObject([
          { kind: 'ConfigMap', health: 'unknown', message: expect.any(String) },
        ]);
        expect(inventory.problems).toEqual([
          expect.stringMatching(/^v1\/ConfigMap cannot be read: /),
        ]);
      } finally {
        mend();
      }
    });

    it('gives up in time when the cluster does not answer', async () => {
      const { project, environment } = await simpleProject('hanging');
      const { faults } = portal.sandbox.clusters[0];
      const mend = faults.add({
        match: { path: /kustomizations/ },
        effect: { type: 'hang' },
      });
      const reader = inventories({ deadlineMs: 300 });
      try {
        await expect(reader.read(project, environment)).rejects.toMatchObject({
          name: 'ServiceUnavailableError',
          message: expect.stringContaining("'sandbox' did not answer within"),
        });
      } finally {
        mend();
      }
      // A failure is nobody's answer for longer than it lasts.
      const { objects } = await reader.read(project, environment);
      expect(objects).toHaveLength(1);
    });
  });
});
