import { mockServices } from '@backstage/backend-test-utils';
import type { MetricsService } from '@backstage/backend-plugin-api/alpha';
import { KUBERNETES_ID_LABEL } from '@backstage-gitops/plugin-gitops-common';
import type { Knex } from 'knex';
import { ClusterRegistry } from '../clusters/ClusterRegistry';
import { createStores } from '../database/createStores';
import { createTestDatabases } from '../database/__testUtils__/createTestDatabases';
import { seedProject } from '../database/__testUtils__/seedProject';
import {
  clusterSessions,
  deployments,
  discoveredResources,
  gitopsResources,
  unifiedEvents,
} from '../database/tables';
import { DirectClusterConnection } from '../initialization/__testUtils__/DirectClusterConnection';
import { metricDefinitions } from '../metrics/metricDefinitions';
import { randomUUID } from 'node:crypto';
import {
  applied,
  condition,
  failed,
  FIRST,
  kustomization,
  running,
  SECOND,
  source,
  THIRD,
  TIME,
} from './__testUtils__/fluxObjects';
import { ManualClock } from './__testUtils__/ManualClock';
import { TestApiServer } from './__testUtils__/TestApiServer';
import { until } from '../__testUtils__/until';
import { StatusEngine } from './StatusEngine';

jest.setTimeout(60_000);

const databases = createTestDatabases();

/** Metrics that keep what the test asks for. */
function metricsOf(rows: Map<string, number>) {
  const metrics: Partial<MetricsService> = {
    createCounter: name => ({
      add: (count, labels) => {
        if (name === metricDefinitions.rows.name) {
          const key = String(labels?.row);
          rows.set(key, (rows.get(key) ?? 0) + count);
        }
      },
    }),
    createHistogram: () => ({ record: () => {} }),
    createObservableGauge: () => ({
      addCallback: () => {},
      removeCallback: () => {},
    }),
  };
  return metrics as MetricsService;
}

describe.each(databases.ids)('StatusEngine on %s', databaseId => {
  let knex: Knex;
  let server: TestApiServer;
  let url: string;
  let clock: ManualClock;
  let project: Awaited<ReturnType<typeof seedProject>>;
  let notified: [string, number][];
  let deployed: string[];
  let engines: StatusEngine[];
  /** Rows written by the engine, by what they are about. */
  let writtenRows: Map<string, number>;
  /** Clusters beside the one that most tests are about. */
  let others: { name: string; url: string }[];

  beforeEach(async () => {
    knex = await databases.migrated(databaseId);
    project = await seedProject(knex, 'shop', { environments: ['staging'] });
    server = new TestApiServer();
    url = await server.start();
    clock = new ManualClock(TIME);
    notified = [];
    deployed = [];
    engines = [];
    writtenRows = new Map();
    others = [];
    for (const name of ['project-shop', 'project-shop-staging']) {
      server.put({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    }
  });

  afterEach(async () => {
    await Promise.all(engines.map(engine => engine.stop()));
    await server.stop();
    await knex.destroy();
  });

  function services() {
    return {
      ...createStores(knex),
      knex,
      clusters: new ClusterRegistry({
        provider: {
          list: async () => ({
            connections: [{ name: 'sandbox', url }, ...others].map(
              cluster =>
                new DirectClusterConnection(cluster.name, {
                  url: cluster.url,
                  token: 't',
                }),
            ),
            refused: [],
          }),
        },
        logger: mockServices.logger.mock(),
      }),
      notifier: {
        notify: (id: string, version: number) => {
          notified.push([id, version]);
        },
      },
      onDeployed: (ids: readonly string[]) => deployed.push(...ids),
      logger: mockServices.logger.mock(),
    };
  }

  function start(): StatusEngine {
    const engine = StatusEngine.create({
      ...services(),
      clock,
      metrics: metricsOf(writtenRows),
    });
    engines.push(engine);
    engine.start();
    return engine;
  }

  /** Starts with everything at the first commit. */
  async function startReady() {
    server.put(source(FIRST));
    server.put(kustomization(applied(FIRST)));
    const engine = start();
    await until(async () => (await row()).status === 'ready');
    await until(async () => (await session()).state === 'live');
    return engine;
  }

  async function row(type = 'kustomization') {
    return gitopsResources.fromRow(
      await knex(gitopsResources.name).where({ type }).first(),
    );
  }
  async function session() {
    return clusterSessions.fromRow(
      await knex(clusterSessions.name).where({ cluster: 'sandbox' }).first(),
    );
  }
  async function history() {
    const rows = await knex(deployments.name).orderBy([
      'created_at',
      'started_at',
    ]);
    return rows.map(item => {
      const { commitHash, status, deploymentMethod, deployedBy } =
        deployments.fromRow(item);
      return [commitHash[0], deploymentMethod, status, deployedBy].filter(
        Boolean,
      );
    });
  }
  async function actions() {
    const rows = await knex(unifiedEvents.name).orderBy([
      'created_at',
      'timestamp',
    ]);
    return rows.map(item => item.action);
  }
  it('writes what the cluster shows, once, and tells the pages', async () => {
    await startReady();

    expect(await row()).toMatchObject({
      status: 'ready',
      statusSince: '2026-01-01T00:00:00.000Z',
      readySince: '2026-01-01T00:00:00.000Z',
      suspended: false,
      generation: 1,
      lastAppliedRevision: `main@sha1:${FIRST}`,
    });
    expect(await row('git-repository')).toMatchObject({
      status: 'ready',
      lastAppliedRevision: `main@sha1:${FIRST}`,
    });
    expect(await history()).toEqual([['1', 'gitops', 'succeeded']]);
    expect(await actions()).toEqual(['deployment-succeeded']);
    expect(new Set(notified.map(([id]) => id))).toEqual(
      new Set([project.project.id]),
    );
    expect(deployed).toEqual([project.project.id]);
  });

  it('writes nothing for events that change nothing', async () => {
    await startReady();
    const before = await row();
    const told = notified.length;
    server.put(kustomization(applied(FIRST, '2026-01-01T00:10:00Z')));
    server.put(kustomization(applied(FIRST, '2026-01-01T00:20:00Z')));
    server.put(source(SECOND));
    await until(async () => (await row()).status === 'reconciling');

    const after = await row();
    expect(after.version).toBe(before.version + 1);
    expect(after.attributes?.behind).toBe(`main@sha1:${SECOND}`);
    expect(notified.length - told).toBeLessThanOrEqual(2);
  });

  it('writes one row for a change and none for an event without one', async () => {
    await startReady();
    await until(async () => (await row('git-repository')).status === 'ready');
    const versionOf = async () =>
      (
        await createStores(knex).resources.listByProject(project.project.id)
      ).reduce((sum, { version }) => sum + version, 0);
    const before = await versionOf();
    writtenRows.clear();
    for (let round = 1; round <= 5; round++) {
      server.put(kustomization(applied(FIRST, `2026-01-01T00:0${round}:00Z`)));
    }
    server.put(
      kustomization({
        ...applied(FIRST),
        conditions: [condition('Ready', 'True', 'Succeeded', 'said anew')],
      }),
    );
    await until(async () => (await row()).statusMessage === 'said anew');
    await until(() => writtenRows.size > 0);
    expect([...writtenRows]).toEqual([['resource', 1]]);
    // What pages compare has risen all the same.
    expect(await versionOf()).toBe(before + 1);
    await until(
      () => notified.at(-1)?.[1] === project.project.version + before + 1,
    );
  });

  it('finds the same after a restart, without a row or a deployment more', async () => {
    const engine = await startReady();
    const before = await row();
    await engine.stop();
    expect((await session()).holder).toBeUndefined();
    start();
    await until(
      async () => (await session()).state === 'live',
      () => clock.advance(50),
    );

    expect((await row()).version).toBe(before.version);
    expect(await history()).toHaveLength(1);
    expect(await actions()).toHaveLength(1);
  });

  it('follows a change from commit to commit', async () => {
    await startReady();
    server.put(source(SECOND));
    await until(async () => (await row()).status === 'reconciling');
    expect(await history()).toEqual([
      ['1', 'gitops', 'succeeded'],
      ['2', 'gitops', 'running'],
    ]);
    server.put(source(THIRD));
    await until(async () => (await history()).length === 3);
    server.put(kustomization(applied(THIRD, '2026-01-01T00:01:00Z')));
    await until(async () => (await row()).status === 'ready');

    expect(await history()).toEqual([
      ['1', 'gitops', 'succeeded'],
      ['2', 'gitops', 'superseded'],
      ['3', 'gitops', 'succeeded'],
    ]);
  });

  it('records a failing revision once, however often it is tried', async () => {
    await startReady();
    server.put(source(SECOND));
    await until(async () => (await history()).length === 2);
    const fail = async () => {
      server.put(kustomization(failed(SECOND, FIRST)));
      await until(async () => (await row()).status === 'failed');
      server.put(kustomization(running(SECOND, FIRST)));
      await until(
        async () => (await row()).status === 'reconciling',
        () => clock.advance(100),
      );
    };
    await fail();
    await fail();
    await fail();
    expect(await history()).toEqual([
      ['1', 'gitops', 'succeeded'],
      ['2', 'gitops', 'failed'],
    ]);
    expect(await actions()).toEqual([
      'deployment-succeeded',
      'deployment-failed',
    ]);

    server.put(kustomization(applied(SECOND)));
    await until(async () => (await row()).status === 'ready');
    expect((await history()).at(-1)).toEqual(['2', 'gitops', 'succeeded']);
  });

  it('keeps a settled state through a scheduled run of less than 3 s', async () => {
    await startReady();
    const before = await row();
    server.put(kustomization(running(FIRST, FIRST)));
    server.put(source(FIRST, [condition('Ready', 'True', 'Succeeded', 'new')]));
    await until(
      async () => (await row('git-repository')).statusMessage === 'new',
    );
    clock.advance(2_000);
    expect((await row()).version).toBe(before.version);

    clock.advance(1_000);
    await until(
      async () => (await row()).status === 'reconciling',
      () => clock.advance(100),
    );
    server.put(kustomization(applied(FIRST)));
    await until(async () => (await row()).status === 'ready');
    expect(await history()).toHaveLength(1);
  });

  it('looks again when time alone changes a state', async () => {
    server.put(source(FIRST));
    server.put({
      ...kustomization({}),
      metadata: {
        ...kustomization({}).metadata,
        creationTimestamp: TIME,
      },
      status: undefined,
    } as never);
    start();
    await until(async () => (await row()).status === 'reconciling');
    await until(
      async () => (await row()).status === 'unknown',
      () => clock.advance(1_000),
    );
    expect(clock.now() - Date.parse(TIME)).toBeGreaterThan(60_000);
  });

  it('tells a deleted object from one that was never there', async () => {
    start();
    await until(async () => (await session()).state === 'live');
    expect((await row()).status).toBe('pending');
    server.put(source(FIRST));
    server.put(kustomization(applied(FIRST)));
    await until(async () => (await row()).status === 'ready');
    server.delete('Kustomization', {
      name: 'shop-staging',
      namespace: 'project-shop',
    });
    await until(async () => (await row()).status === 'missing');
    expect(await actions()).toContain('resource-missing');
  });

  it('notices a deletion that happened while nobody watched', async () => {
    const engine = await startReady();
    await engine.stop();
    server.delete('Kustomization', {
      name: 'shop-staging',
      namespace: 'project-shop',
    });
    start();
    await until(
      async () => (await row()).status === 'missing',
      () => clock.advance(50),
    );
    expect((await row()).lastAppliedRevision).toBe(`main@sha1:${FIRST}`);
  });

  it('does not go back to an older version of an object', async () => {
    await startReady();
    const old = kustomization(failed(FIRST, FIRST));
    server.write('kustomizations', {
      type: 'MODIFIED',
      object: {
        ...old,
        metadata: { ...old.metadata, uid: 'uid-4', resourceVersion: '1' },
      },
    });
    server.put(source(FIRST, [condition('Ready', 'True', 'Succeeded', 'new')]));
    await until(
      async () => (await row('git-repository')).statusMessage === 'new',
    );
    expect((await row()).status).toBe('ready');
  });

  it('ends a request that never reached the cluster', async () => {
    await startReady();
    const { environment, kustomization: resource } = project.environments[0];
    await knex(deployments.name).insert(
      deployments.insertion({
        id: randomUUID(),
        environmentId: environment.id,
        gitopsResourceId: resource.id,
        commitHash: FIRST,
        deploymentMethod: 'manual',
        status: 'running',
        startedAt: TIME,
      }),
    );
    clock.advance(61_000);
    server.put(kustomization(failed(SECOND, FIRST)));
    await until(async () => (await row()).status === 'failed');
    expect((await history()).slice(1)).toEqual([
      ['1', 'manual', 'failed'],
      ['2', 'gitops', 'failed'],
    ]);
  });

  it('finds the object of a row that was written after it', async () => {
    await startReady();
    const other = await seedProject(knex, 'late', {
      environments: ['staging'],
    });
    expect(other.environments).toHaveLength(1);
    await knex(gitopsResources.name)
      .where({ name: 'late-staging' })
      .update({ name: 'by-hand', namespace: 'elsewhere' });
    server.put({
      ...kustomization(applied(FIRST)),
      metadata: { name: 'by-hand', namespace: 'elsewhere' },
    } as never);
    await until(
      async () =>
        (
          await knex(gitopsResources.name).where({ name: 'by-hand' }).first()
        ).status !== 'pending',
      () => clock.advance(50),
    );
    expect((await row()).status).toBe('ready');
  });

  it('tells how fresh the knowledge is', async () => {
    await startReady();
    const before = (await session()).lastSyncedAt!;
    clock.advance(5_000);
    server.bookmark();
    await until(
      async () => (await session()).lastSyncedAt! > before,
      () => clock.advance(50),
    );

    server.missingGroups.add('kustomize.toolkit.fluxcd.io');
    await server.stop();
    await until(
      async () => (await session()).state === 'unreachable',
      () => clock.advance(50),
    );
    expect((await session()).error).toMatch(
      /Cluster 'sandbox' cannot be reached/,
    );
    // The words are those of the connection.
    expect((await session()).wording).toBeUndefined();
    expect((await row()).status).toBe('ready');
  });

  it('keeps what is wrong with a cluster in a form for every language', async () => {
    server.missingGroups.add('kustomize.toolkit.fluxcd.io');
    start();
    await until(async () => (await session()).state === 'delayed');
    expect(await session()).toMatchObject({
      error:
        "Cluster 'sandbox' does not serve Kustomization of kustomize.toolkit.fluxcd.io; install Flux in the cluster",
      wording: {
        id: 'clusterNotServed',
        values: { cluster: 'sandbox', kind: 'Kustomization', missing: 'Flux' },
      },
    });

    server.missingGroups.clear();
    await until(
      async () => (await session()).state === 'live',
      () => clock.advance(1_000),
    );
    expect((await session()).wording).toBeUndefined();
  });

  it('lets one replica watch and another follow when that one dies', async () => {
    await startReady();
    const { fence } = await session();
    start();
    await until(() => server.watches.size === 3);
    clock.advance(4_000);
    expect((await session()).fence).toBe(fence);

    // The holder is gone: nobody renews.
    await knex(clusterSessions.name).update({
      holder: 'dead',
      fence: fence + 1,
      lease_until: new Date(Date.now() - 1).toISOString(),
    });
    server.put(kustomization(failed(FIRST, FIRST)));
    await until(
      async () => (await row()).status === 'failed',
      () => clock.advance(50),
    );
    expect((await session()).fence).toBe(fence + 2);
    await until(
      () => server.watches.size === 3,
      () => clock.advance(50),
    );
  });

  describe('objects of others', () => {
    const release = (labels?: Record<string, string>) => ({
      apiVersion: 'helm.toolkit.fluxcd.io/v2',
      kind: 'HelmRelease',
      metadata: { name: 'podinfo', namespace: 'apps', labels },
      spec: { interval: '5m' },
      status: {
        observedGeneration: 1,
        conditions: [
          condition('Ready', 'True', 'UpgradeSucceeded', 'Helm upgrade done'),
        ],
      },
    });
    const found = async () =>
      (await knex(discoveredResources.name)).map(item =>
        discoveredResources.fromRow(item),
      );

    it('are followed by their label for as long as they carry it', async () => {
      server.installed.add('HelmRelease');
      server.put(release({ [KUBERNETES_ID_LABEL]: 'shop' }));
      await startReady();
      await until(async () => (await found()).length === 1);
      expect((await found())[0]).toMatchObject({
        cluster: 'sandbox',
        kind: 'HelmRelease',
        name: 'podinfo',
        kubernetesId: 'shop',
        annotated: false,
        status: 'ready',
        statusReason: 'UpgradeSucceeded',
      });
      // Those of our own projects are not found a second time.
      expect(await found()).toHaveLength(1);

      server.put(release());
      await until(async () => (await found()).length === 0);
      server.put(release({ [KUBERNETES_ID_LABEL]: 'shop' }));
      await until(async () => (await found()).length === 1);
      server.delete('HelmRelease', { name: 'podinfo', namespace: 'apps' });
      await until(async () => (await found()).length === 0);
    });

    it('are followed by the name that an entity gives, also where their kind comes later', async () => {
      await createStores(knex).discoveredResources.setAnnotated([
        {
          cluster: 'sandbox',
          namespace: 'apps',
          kind: 'HelmRelease',
          name: 'podinfo',
        },
      ]);
      await startReady();
      expect((await session()).state).toBe('live');
      expect(await found()).toMatchObject([{ status: 'pending', version: 0 }]);

      server.installed.add('HelmRelease');
      server.put(release());
      await until(
        async () => (await found())[0].status === 'ready',
        () => clock.advance(500),
      );
      server.delete('HelmRelease', { name: 'podinfo', namespace: 'apps' });
      await until(async () => (await found())[0].status === 'missing');
      expect((await found())[0].annotated).toBe(true);
    });
  });

  it('reads the events of what goes, and says what a deletion left behind', async () => {
    server.installed.add('Event');
    await startReady();
    server.put({
      apiVersion: 'v1',
      kind: 'Event',
      type: 'Warning',
      reason: 'PruneFailed',
      message: 'pruning for deleted resource failed: deployments is forbidden',
      lastTimestamp: '2026-01-01T00:00:05Z',
      metadata: { name: 'shop.1', namespace: 'project-shop' },
      involvedObject: { kind: 'Kustomization', name: 'shop-staging' },
    } as never);
    const going = kustomization(applied(FIRST));
    server.put({
      ...going,
      metadata: {
        ...going.metadata,
        deletionTimestamp: TIME,
        finalizers: ['finalizers.fluxcd.io'],
      },
    } as never);
    await until(
      async () => (await row()).diagnosis?.id === 'T2',
      () => clock.advance(50),
    );
    expect((await row()).status).toBe('terminating');

    server.put({
      apiVersion: 'v1',
      kind: 'Event',
      type: 'Warning',
      reason: 'ReconciliationSucceeded',
      message: 'unable to prune objects: service account not found',
      lastTimestamp: '2026-01-01T00:00:06Z',
      metadata: { name: 'shop.2', namespace: 'project-shop' },
      involvedObject: { kind: 'Kustomization', name: 'shop-staging' },
    } as never);
    server.delete('Kustomization', {
      name: 'shop-staging',
      namespace: 'project-shop',
    });
    await until(
      async () =>
        (await row()).status === 'missing' &&
        (await row()).diagnosis?.id === 'T4',
      () => clock.advance(50),
    );
    const reads = () =>
      server.requests.filter(line => line.includes('involvedObject')).length;
    expect(reads()).toBeLessThan(50);

    // The event is gone in an hour; what it told is still true.
    server.delete('Event', { name: 'shop.2', namespace: 'project-shop' });
    const before = reads();
    await until(
      () => reads() > before + 1,
      () => clock.advance(1_000),
    );
    expect((await row()).diagnosis?.id).toBe('T4');
  });

  it('says of a Kustomization that its source is suspended', async () => {
    await startReady();
    const stopped = source(FIRST);
    server.put({ ...stopped, spec: { ...stopped.spec, suspend: true } });
    await until(async () => (await row()).attributes?.frozen === true);
    expect(await row()).toMatchObject({
      status: 'ready',
      attributes: {
        waitingOn: {
          kind: 'GitRepository',
          name: 'shop-repo',
          status: 'suspended',
        },
      },
    });
  });

  it('notes the times that a commit passes on its way', async () => {
    await startReady();
    const fetched = source(SECOND);
    server.put({
      ...fetched,
      status: {
        ...fetched.status,
        artifact: {
          revision: `main@sha1:${SECOND}`,
          lastUpdateTime: '2026-01-01T00:01:00Z',
        },
      },
    });
    await until(async () => (await history()).length === 2);
    server.put(
      kustomization({
        ...running(SECOND, FIRST, '2026-01-01T00:01:10Z'),
        conditions: [
          condition('Ready', 'Unknown', 'Progressing', 'working'),
          condition(
            'Reconciling',
            'True',
            'Progressing',
            `Running health checks for revision main@sha1:${SECOND} with a timeout of 1m0s`,
            '2026-01-01T00:01:10Z',
          ),
        ],
      }),
    );
    await until(
      async () =>
        (
          await knex(deployments.name).where({ status: 'running' }).first()
        ).applied_at,
      () => clock.advance(100),
    );
    server.put(kustomization(applied(SECOND, '2026-01-01T00:01:40Z')));
    await until(async () => (await row()).status === 'ready');
    const [, second] = await knex(deployments.name).orderBy('started_at');
    expect(deployments.fromRow(second)).toMatchObject({
      commitHash: SECOND,
      status: 'succeeded',
      fetchedAt: '2026-01-01T00:01:00.000Z',
      appliedAt: '2026-01-01T00:01:10.000Z',
      healthyAt: '2026-01-01T00:01:40.000Z',
    });
  });

  it('takes an object that was made again under the same name for a new one', async () => {
    await startReady();
    const before = await row();
    server.delete('Kustomization', {
      name: 'shop-staging',
      namespace: 'project-shop',
    });
    server.put(kustomization(failed(SECOND)));
    await until(async () => (await row()).status === 'failed');
    const after = await row();
    expect(after.uid).not.toBe(before.uid);
    expect(after.lastAppliedRevision).toBeUndefined();
  });

  it('does not let a slow cluster hold up another', async () => {
    const slow = new TestApiServer();
    others.push({ name: 'slow', url: await slow.start() });
    try {
      const answers: (() => void)[] = [];
      slow.intercept(/kustomizations\?limit/, (_, response) => {
        answers.push(() => {
          response.writeHead(200, { 'Content-Type': 'application/json' });
          response.end(
            JSON.stringify({ metadata: { resourceVersion: '1' }, items: [] }),
          );
        });
      });
      await startReady();
      server.put(kustomization(failed(SECOND, FIRST)));
      await until(async () => (await row()).status === 'failed');
      await until(() => answers.length === 1);
      const state = async () =>
        (await knex(clusterSessions.name).where({ cluster: 'slow' }).first())
          .state;
      expect(await state()).toBe('connecting');
      answers.forEach(answer => answer());
      await until(async () => (await state()) === 'live');
    } finally {
      await slow.stop();
    }
  });

  describe('a reconcile that a user asked for', () => {
    const ada = 'user:default/ada';
    const requestedAt = '2026-01-01T00:00:01.000Z';
    const annotations = { 'reconcile.fluxcd.io/requestedAt': requestedAt };

    async function request() {
      const { environment, kustomization: resource } = project.environments[0];
      await knex(deployments.name).insert(
        deployments.insertion({
          id: randomUUID(),
          environmentId: environment.id,
          gitopsResourceId: resource.id,
          commitHash: FIRST,
          deploymentMethod: 'manual',
          status: 'running',
          deployedBy: ada,
          startedAt: requestedAt,
        }),
      );
    }

    it('ends when the controller has handled it, with the commit it brought', async () => {
      await startReady();
      await request();
      server.put(kustomization(applied(FIRST), { annotations }));
      await until(async () => (await row()).status === 'reconciling');
      expect((await history()).at(-1)).toEqual(['1', 'manual', 'running', ada]);
      server.put(source(SECOND));
      await until(async () => (await history()).at(-1)?.[0] === '2');
      server.put(
        kustomization(
          applied(SECOND, TIME, { lastHandledReconcileAt: requestedAt }),
          { annotations },
        ),
      );
      await until(async () => (await row()).status === 'ready');
      expect(await history()).toEqual([
        ['1', 'gitops', 'succeeded'],
        ['2', 'manual', 'succeeded', ada],
      ]);
    });

    it('is told of when it was handled, also where nothing else has changed', async () => {
      await startReady();
      const told = notified.length;
      server.put(
        kustomization(
          applied(FIRST, TIME, { lastHandledReconcileAt: requestedAt }),
          { annotations },
        ),
      );
      await until(
        async () =>
          (await row()).observed?.status?.lastHandledReconcileAt ===
          requestedAt,
      );
      await until(() => notified.length > told);
      expect((await row()).status).toBe('ready');
    });
  });
});
