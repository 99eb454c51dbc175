import { mockCredentials, mockServices } from '@backstage/backend-test-utils';
import { catalogServiceMock } from '@backstage/plugin-catalog-node/testUtils';
import express from 'express';
import request from 'supertest';
import { createTestDatabases } from '../database/__testUtils__/createTestDatabases';
import { createStores } from '../database/createStores';
import { clusterSessions, discoveredResources } from '../database/tables';
import { now } from '../database/time';
import { addHealthRoute } from '../router/healthRoutes';
import { AnnotatedObjects } from './AnnotatedObjects';
import { DiscoveredReader } from './DiscoveredReader';

jest.setTimeout(60_000);

const databases = createTestDatabases();
const component = (name: string, annotations: Record<string, string>) => ({
  apiVersion: 'backstage.io/v1alpha1',
  kind: 'Component',
  metadata: { name, namespace: 'default', annotations },
  spec: {},
});

describe.each(databases.ids)('objects of others on %s', id => {
  it('are those that entities name or share a label with, and are told with the age of what is known', async () => {
    const knex = await databases.migrated(id);
    const { clusterSessions: sessions, ...stores } = createStores(knex);
    const catalog = catalogServiceMock({
      entities: [
        component('shop', {
          'backstage-gitops.dev/flux-objects':
            'HelmRelease/apps/shop@one\nKustomization/apps/extra@gone',
        }),
        component('labelled', { 'backstage.io/kubernetes-id': 'labelled' }),
        component('other', {}),
      ],
    });
    const services = {
      ...stores,
      clusterSessions: sessions,
      catalog,
      auth: mockServices.auth(),
      logger: mockServices.logger.mock(),
    };
    const annotated = new AnnotatedObjects(services);
    await annotated.refresh();
    await annotated.refresh();
    await knex(discoveredResources.name)
      .where({ kind: 'HelmRelease' })
      .update({ status: 'ready', revision: `main@sha1:${'a'.repeat(40)}` });
    await knex.transaction(trx =>
      stores.discoveredResources.insert(trx, 'one', [
        {
          kind: 'Bucket',
          namespace: 'apps',
          name: 'b',
          kubernetesId: 'labelled',
          status: 'failed',
          statusReason: 'BucketOperationFailed',
        },
      ]),
    );
    const lease = (await sessions.acquire('one', 'a', 10_000))!;
    await sessions.report(lease, {
      state: 'live',
      stateSince: now(),
      heardMsAgo: 0,
    });

    const reader = new DiscoveredReader(services);
    const credentials = mockCredentials.user();
    const shop = await reader.read('component:default/shop', credentials);
    expect(shop.clusters).toMatchObject([{ name: 'one', state: 'live' }]);
    expect(shop.discovered).toMatchObject([
      { kind: 'Kustomization', cluster: 'gone', status: 'unknown' },
      {
        kind: 'HelmRelease',
        namespace: 'apps',
        name: 'shop',
        cluster: 'one',
        status: 'ready',
        commit: 'a'.repeat(40),
      },
    ]);
    expect(
      (await reader.read('component:default/labelled', credentials)).discovered,
    ).toMatchObject([{ name: 'b', reason: 'BucketOperationFailed' }]);
    expect(
      (await reader.read('component:default/other', credentials)).discovered,
    ).toEqual([]);
    await expect(
      reader.read('component:default/absent', credentials),
    ).rejects.toThrow('There is no entity component:default/absent');

    await sessions.report(lease, {
      state: 'unreachable',
      stateSince: now(),
      error: 'no route to host',
    });
    const [, lost] = (await reader.read('component:default/shop', credentials))
      .discovered;
    expect(lost).toMatchObject({
      status: 'unknown',
      diagnosis: { id: 'unreadable' },
    });
    await knex.destroy();
  });

  it('health counts clusters and names none', async () => {
    const knex = await databases.migrated(id);
    const stores = createStores(knex);
    const router = express();
    addHealthRoute(router, stores);
    expect((await request(router).get('/health')).body).toEqual({
      status: 'ok',
      clusters: {},
    });
    const lease = (await stores.clusterSessions.acquire('one', 'a', 10_000))!;
    await stores.clusterSessions.acquire('two', 'a', 10_000);
    await stores.clusterSessions.report(lease, {
      state: 'live',
      stateSince: now(),
      heardMsAgo: 0,
    });
    const { status, body } = await request(router).get('/health');
    expect([status, body]).toEqual([
      200,
      { status: 'degraded', clusters: { live: 1, connecting: 1 } },
    ]);
    // A row that says live and is held by nobody is no knowledge.
    await knex(clusterSessions.name).update({ lease_until: now() });
    expect((await request(router).get('/health')).body.clusters).toEqual({
      delayed: 1,
      connecting: 1,
    });
    await knex.destroy();
    expect((await request(router).get('/health')).status).toBe(503);
  });
});
