import { mockCredentials } from '@backstage/backend-test-utils';
import { phrase, sayInEnglish } from '@backstage-gitops/plugin-gitops-common';
import type { Knex } from 'knex';
import { createTestDatabases } from '../database/__testUtils__/createTestDatabases';
import { seedProject } from '../database/__testUtils__/seedProject';
import { clusterSessions, gitopsResources, projects } from '../database/tables';
import { headerOf, TestRoutes, type Caller } from './__testUtils__/TestRoutes';

jest.setTimeout(60_000);

const databases = createTestDatabases();
const COMMIT = '0123456789012345678901234567890123456789';
const secondsAgo = (seconds: number) =>
  new Date(Date.now() - seconds * 1_000).toISOString();

/** Answers by caller; `deed` marks those that need a user. */
const ROUTES: {
  method: 'get' | 'post';
  path: string;
  owner: number;
  viewer: number;
  stranger: number;
  deed?: boolean;
}[] = [
  {
    method: 'post',
    path: '/projects',
    owner: 400,
    viewer: 400,
    stranger: 403,
    deed: true,
  },
  { method: 'get', path: '/projects', owner: 200, viewer: 200, stranger: 200 },
  {
    method: 'get',
    path: '/projects/shop',
    owner: 200,
    viewer: 200,
    stranger: 404,
  },
  {
    method: 'get',
    path: '/entities/component/default/shop',
    owner: 200,
    viewer: 200,
    stranger: 404,
  },
  ...['events', 'deployments', 'diagnosis'].map(name => ({
    method: 'get' as const,
    path: `/projects/shop/${name}`,
    owner: 200,
    viewer: 200,
    stranger: 404,
  })),
  {
    method: 'get',
    path: '/projects/shop/environments/staging/inventory',
    // The cluster is out of reach: only who may look learns it.
    owner: 503,
    viewer: 503,
    stranger: 404,
  },
  ...['reconcile', 'suspend', 'resume'].map(name => ({
    method: 'post' as const,
    path: `/projects/shop/environments/staging/${name}`,
    owner: 503,
    viewer: 403,
    stranger: 404,
    deed: true,
  })),
  { method: 'get', path: '/clusters', owner: 200, viewer: 200, stranger: 403 },
];

describe.each(databases.ids)('routes on %s', id => {
  let knex: Knex;
  let routes: TestRoutes;

  beforeAll(async () => {
    knex = await databases.migrated(id);
    routes = new TestRoutes(knex);
    await seedProject(knex, 'shop');
    await seedProject(knex, 'theirs', {
      project: { ownerRef: 'group:default/members' },
    });
  });

  beforeEach(() => session({}));

  async function session(changes: object) {
    await knex('cluster_sessions').delete();
    await knex('cluster_sessions').insert(
      clusterSessions.insertion({
        cluster: 'sandbox',
        fence: 1,
        state: 'live',
        stateSince: secondsAgo(600),
        lastSyncedAt: secondsAgo(1),
        ...changes,
      }),
    );
  }

  describe.each(ROUTES)('$method $path', route => {
    const { method, path } = route;

    it('is closed to the nameless', async () => {
      const none = mockCredentials.none.header();
      const invalid = mockCredentials.user.invalidHeader();
      for (const authorization of [none, invalid]) {
        const { status } = await routes.send(method, path, authorization);
        expect(status).toBe(401);
      }
    });

    it.each(['owner', 'viewer', 'stranger'] as const)(
      'answers the %s by their rights',
      async caller => {
        const { status, body } = await routes.send(
          method,
          path,
          headerOf(caller),
        );
        const said: string = body.error?.message ?? '';
        expect({
          status,
          helps: status !== 403 || /ask (its owner|the owners)/.test(said),
        }).toEqual({ status: route[caller], helps: true });
      },
    );

    if (route.deed) {
      it('needs somebody whose doing it is', async () => {
        const { status, body } = await routes.send(
          method,
          path,
          mockCredentials.service.header(),
        );
        expect(status).toBe(403);
        expect(body.error.message).toContain('needs a user');
      });
    }

    if (path.includes('shop')) {
      it('tells the hidden and the absent in the same words', async () => {
        const absent = path.replace('shop', 'none');
        const answers = await Promise.all([
          routes.send(method, path, headerOf('stranger')),
          routes.send(method, absent, headerOf('stranger')),
          routes.send(method, absent, headerOf('owner')),
        ]);
        const [hidden, ...others] = answers.map(({ status, body }) => [
          status,
          body.error.message.replaceAll('shop', 'none'),
        ]);
        for (const answer of others) {
          expect(answer).toEqual(hidden);
        }
      });
    }
  });

  it('hold to conditions of the policy', async () => {
    const statusOf = async (slug: string, caller: Caller = 'member') =>
      (await routes.get(`/projects/${slug}`, caller)).status;
    expect(await statusOf('theirs')).toBe(200);
    expect(await statusOf('shop')).toBe(404);
    const { body } = await routes.get('/projects', 'member').expect(200);
    expect(body).toMatchObject({ total: 1, items: [{ slug: 'theirs' }] });
    await routes
      .post('/projects/shop/environments/staging/suspend', 'member')
      .expect(404);
  });

  it('know no environment that is not there', async () => {
    for (const action of ['reconcile', 'suspend', 'resume']) {
      const { body } = await routes
        .post(`/projects/shop/environments/none/${action}`, 'owner')
        .expect(404);
      expect(body.error.message).toBe(
        "Project 'shop' has no environment 'none'",
      );
    }
    await routes
      .get('/projects/shop/environments/none/inventory', 'owner')
      .expect(404);
  });

  it('refuse what they do not understand, and audit what they do', async () => {
    const path = '/projects/shop/environments/staging';
    routes.audited.length = 0;
    for (const [action, body] of [
      ['suspend', { until: 'tomorrow' }],
      ['suspend', { reason: '' }],
      ['suspend', { until: '2020-01-01T00:00:00Z' }],
      ['reconcile', { withSource: 'yes' }],
    ] as const) {
      await routes.post(`${path}/${action}`, 'owner', body).expect(400);
    }
    await routes.post(`${path}/reconcile`, 'owner').expect(503);
    expect(routes.audited.at(-1)).toMatchObject({
      eventId: 'environment-mutate',
      meta: { slug: 'shop', environment: 'staging', action: 'reconcile' },
    });
    for (const query of ['limit=0', 'limit=201', 'state=well', 'cursor=xyz']) {
      await routes.get(`/projects?${query}`, 'owner').expect(400);
    }
    await routes
      .get('/projects?state=ready&state=failed&limit=200', 'owner')
      .expect(200);
  });

  it('tell of clusters only those who may see them', async () => {
    const { body } = await routes.get('/projects', 'viewer').expect(200);
    expect(body.clusters).toMatchObject([
      { name: 'sandbox', state: 'live' },
      { name: 'google', state: 'unreachable', error: 'needs a user' },
    ]);
    const theirs = await routes.get('/projects', 'stranger').expect(200);
    expect(theirs.body).toEqual({ items: [], total: 0, states: {} });
  });

  it('tell of a deployment what its commit is and how long it took', async () => {
    const { environments } = await seedProject(knex, 'lead', {
      environments: ['staging'],
    });
    const at = (minute: number) => `2026-01-02T03:0${minute}:00.000Z`;
    await routes.stores.deployments.insert(knex, {
      environmentId: environments[0].environment.id,
      commitHash: COMMIT,
      deploymentMethod: 'gitops',
      status: 'succeeded',
      startedAt: at(2),
      finishedAt: at(4),
      commitTitle: 'Sell more',
      committedAt: at(0),
      fetchedAt: at(1),
      appliedAt: at(3),
      healthyAt: at(4),
    });
    const { body } = await routes
      .get('/projects/lead/deployments', 'viewer')
      .expect(200);
    expect(body.items).toMatchObject([
      {
        commit: COMMIT,
        commitInfo: { id: COMMIT, title: 'Sell more', committedAt: at(0) },
        leadTime: {
          committedAt: at(0),
          fetchedAt: at(1),
          appliedAt: at(3),
          healthyAt: at(4),
          totalMs: 240_000,
        },
      },
    ]);
  });

  it('tells what its sentences say to those who read another language', async () => {
    await session({
      state: 'unreachable',
      error: sayInEnglish(phrase('clusterSilent')),
      wording: phrase('clusterSilent'),
    });
    const said = async (language: string) => {
      const { body, headers } = await routes
        .get('/entities/component/default/shop', 'owner')
        .set('Accept-Language', language)
        .expect(200);
      expect(headers.vary).toContain('Accept-Language');
      const [{ error, wording }] = body.clusters;
      expect(error).toBe(
        'The cluster has been silent for longer than it should be',
      );
      return wording;
    };
    expect(await said('de')).toEqual({ id: 'clusterSilent' });
    expect(await said('de-DE,de;q=0.9,en;q=0.8')).toEqual({
      id: 'clusterSilent',
    });
    expect(await said('en')).toBeUndefined();
    expect(await said('en-GB,de;q=0.5')).toBeUndefined();
    expect(await said('*')).toBeUndefined();
  });

  describe.each(['/entities/component/default/shop', '/projects'])(
    'the tag of %s',
    path => {
      async function tagOf(caller: Caller = 'owner') {
        const { headers } = await routes.get(path, caller).expect(200);
        expect(headers['cache-control']).toBe('private, no-cache');
        return headers.etag;
      }
      /** Steps of the clock do not fall between two of these. */
      async function settle() {
        const rest = 60_000 - (Date.now() % 60_000);
        if (rest < 3_000) {
          await new Promise(resolve => setTimeout(resolve, rest));
        }
      }

      it('spares an answer that the caller has', async () => {
        await settle();
        await session({ lastSyncedAt: secondsAgo(1) });
        const tag = await tagOf();
        // News of the same freshness are no news.
        await session({ lastSyncedAt: secondsAgo(0) });
        const { status, text, headers } = await routes
          .get(path, 'owner')
          .set('If-None-Match', tag);
        expect({ status, text, tag: headers.etag }).toEqual({
          status: 304,
          text: '',
          tag,
        });
      });

      it('is another one when anything is shown otherwise', async () => {
        await settle();
        await session({ lastSyncedAt: secondsAgo(1) });
        const tags = new Set([await tagOf()]);
        const differs = async (caller: Caller = 'owner') => {
          const tag = await tagOf(caller);
          expect(tags).not.toContain(tag);
          tags.add(tag);
        };
        if (path !== '/projects') {
          await differs('viewer');
        }
        // Older, without a word from anybody.
        await session({ lastSyncedAt: secondsAgo(31) });
        await differs();
        // So old that it is not told as live any more.
        await session({ lastSyncedAt: secondsAgo(200) });
        await differs();
        await session({
          state: 'unreachable',
          error: 'connect ECONNREFUSED',
          lastSyncedAt: secondsAgo(201),
        });
        await differs();
        await session({ lastSyncedAt: secondsAgo(1) });
        await knex('projects')
          .where({ slug: 'shop' })
          .update(projects.update({ version: 7_000 + tags.size }));
        await differs();
        await knex('gitops_resources')
          .where({ name: 'shop-staging' })
          .update(
            gitopsResources.update({
              status: 'ready',
              lastAppliedRevision: `main@sha1:${COMMIT}`,
            }),
          );
        await differs();
        await knex('gitops_resources')
          .where({ name: 'shop-staging' })
          .update(gitopsResources.update({ status: 'pending' }));
      });

      it('is no way around rights', async () => {
        const tag = await tagOf();
        const { status } = await routes
          .get(path, 'stranger')
          .set('If-None-Match', tag);
        expect(status).toBe(path === '/projects' ? 200 : 404);
      });
    },
  );
});
