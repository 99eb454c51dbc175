import { mockServices } from '@backstage/backend-test-utils';
import type {
  MetricsService,
  MetricsServiceObservableCallback,
} from '@backstage/backend-plugin-api/alpha';
import { createTestDatabases } from '../database/__testUtils__/createTestDatabases';
import { seedProject } from '../database/__testUtils__/seedProject';
import { createStores } from '../database/createStores';
import { gitopsResources } from '../database/tables';
import { expiryBucket, PortalMetrics } from './PortalMetrics';

const databases = createTestDatabases();

/** Keeps callbacks, so that a test can collect as an exporter does. */
class CollectingMetrics {
  private readonly gauges = new Map<string, MetricsServiceObservableCallback>();

  readonly service = {
    createObservableGauge: (name: string) => ({
      addCallback: (callback: MetricsServiceObservableCallback) =>
        this.gauges.set(name, callback),
      removeCallback: () => {},
    }),
  } as Partial<MetricsService> as MetricsService;

  async collect(name: string) {
    const points: [number, unknown][] = [];
    await this.gauges.get(name)?.({
      observe: (value, labels) => points.push([value, labels]),
    });
    return points;
  }
}

it.each(databases.ids)('counts what the database holds on %s', async id => {
  const knex = await databases.migrated(id);
  const { environments } = await seedProject(knex, 'shop');
  await seedProject(knex, 'cart', { environments: ['production'] });
  await knex(gitopsResources.name)
    .where({ id: environments[0].kustomization.id })
    .update({ status: 'failed' });
  const stores = createStores(knex);
  await stores.clusterSessions.acquire('sandbox', 'a', 10_000);
  const metrics = new CollectingMetrics();
  new PortalMetrics({
    knex,
    ...stores,
    logger: mockServices.logger.mock(),
  }).observe(metrics.service);

  expect(await metrics.collect('gitops.clusters')).toEqual([
    [1, { cluster: 'sandbox', state: 'connecting' }],
  ]);
  expect((await metrics.collect('gitops.environments')).sort()).toEqual([
    [1, { state: 'failed', environment_class: 'custom' }],
    [3, { state: 'pending', environment_class: 'custom' }],
  ]);
  expect(await metrics.collect('gitops.projects')).toEqual([
    [2, { status: 'active' }],
  ]);
  expect(await metrics.collect('gitops.credentials')).toEqual([]);
  await knex.destroy();
});

it.each([
  [undefined, 'never'],
  ['2025-12-31T23:59:59Z', 'expired'],
  ['2026-01-08T00:00:00Z', '7d'],
  ['2026-01-30T00:00:00Z', '30d'],
  ['2026-03-01T00:00:00Z', 'later'],
])('puts an expiry of %s into %s', (expiresAt, bucket) => {
  expect(expiryBucket(expiresAt, Date.parse('2026-01-01T00:00:00Z'))).toBe(
    bucket,
  );
});
