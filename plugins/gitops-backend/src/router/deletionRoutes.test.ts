import {
  mockCredentials,
  mockErrorHandler,
} from '@backstage/backend-test-utils';
import express from 'express';
import PromiseRouter from 'express-promise-router';
import request from 'supertest';
import { createTestDatabases } from '../database/__testUtils__/createTestDatabases';
import { seedProject } from '../database/__testUtils__/seedProject';
import { ProjectNotifier } from '../projects/ProjectNotifier';
import { ProjectDeletion } from '../projects/deletion/ProjectDeletion';
import { type Caller, headerOf, TestRoutes } from './__testUtils__/TestRoutes';
import { addDeletionRoutes } from './deletionRoutes';
import type { RouterOptions } from './RouterOptions';
import { addSyncLogRoutes } from './syncLogRoutes';

jest.setTimeout(60_000);

const databases = createTestDatabases();

describe.each(databases.ids)('on %s', id => {
  async function setUp() {
    const knex = await databases.migrated(id);
    const routes = new TestRoutes(knex);
    const { project } = await seedProject(knex, 'shop');
    const { options } = routes;
    const router = PromiseRouter();
    const all = {
      ...options,
      deletion: ProjectDeletion.create({
        ...options,
        knex,
        notifier: ProjectNotifier.create(options),
        hostCredentials: {
          listManaged: async () => [],
          endAll: async () => {},
        },
      }),
    } as unknown as RouterOptions;
    addDeletionRoutes(router, all);
    addSyncLogRoutes(router, all);
    const http = request(express().use(router).use(mockErrorHandler()));
    const as = (caller?: Caller) => ({
      Authorization: caller ? headerOf(caller) : mockCredentials.none.header(),
    });
    return { knex, routes, project, http, as };
  }

  it('lets those delete who may, hides the project from those who may not see it', async () => {
    const { routes, project, http, as } = await setUp();
    for (const path of ['/projects/shop', '/projects/shop?dryRun=true']) {
      const status = async (headers: Record<string, string>) =>
        (await http.delete(path).set(headers)).status;
      expect([
        await status(as()),
        await status({ Authorization: mockCredentials.service.header() }),
        await status(as('stranger')),
        await status(as('viewer')),
      ]).toEqual([401, 403, 404, 403]);
      // Who may learns what stands in the way: its cluster is out of reach.
      const { body, status: answered } = await http
        .delete(path)
        .set(as('owner'));
      expect(answered).toBe(503);
      expect(body.error.message).toMatch(/'sandbox'|nobody is there/);
    }
    expect(await routes.stores.projects.get(project.id)).toMatchObject({
      status: 'active',
    });
    expect(routes.audited).toEqual([
      expect.objectContaining({
        eventId: 'project-delete',
        meta: { slug: 'shop' },
      }),
    ]);
    expect(
      (await http.delete('/projects/shop?dryRun=maybe').set(as('owner')))
        .status,
    ).toBe(400);
    expect(
      (await http.delete('/projects/nothing').set(as('owner'))).status,
    ).toBe(404);
  });

  it('shows what was done at the Git host, page by page, to those who may see the project', async () => {
    const { knex, routes, project, http, as } = await setUp();
    for (const second of [1, 2, 3]) {
      await routes.stores.syncLogs.append(knex, {
        projectId: project.id,
        provider: 'gitea',
        host: 'git.example.com',
        syncType: 'repository',
        action: 'refresh',
        status: second === 2 ? 'failed' : 'succeeded',
        error: second === 2 ? 'the host was away' : undefined,
        startedAt: `2026-01-01T00:00:0${second}.000Z`,
        finishedAt: `2026-01-01T00:00:0${second}.500Z`,
      });
    }
    const path = '/projects/shop/sync-logs';
    const first = await http.get(`${path}?limit=2`).set(as('viewer'));
    expect(first.body.items).toEqual([
      expect.objectContaining({ startedAt: '2026-01-01T00:00:03.000Z' }),
      expect.objectContaining({ status: 'failed', error: 'the host was away' }),
    ]);
    const rest = await http
      .get(`${path}?limit=2&cursor=${first.body.nextCursor}`)
      .set(as('viewer'));
    expect(rest.body.items).toEqual([
      {
        id: expect.any(String),
        syncType: 'repository',
        action: 'refresh',
        status: 'succeeded',
        startedAt: '2026-01-01T00:00:01.000Z',
        finishedAt: '2026-01-01T00:00:01.500Z',
      },
    ]);
    expect(rest.body.nextCursor).toBeUndefined();
    expect((await http.get(path).set(as('stranger'))).status).toBe(404);
    expect((await http.get(path).set(as())).status).toBe(401);
    expect(
      (await http.get(`${path}?cursor=wrong`).set(as('viewer'))).status,
    ).toBe(400);
  });
});
