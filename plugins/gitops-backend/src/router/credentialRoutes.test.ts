import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  mockCredentials,
  mockErrorHandler,
} from '@backstage/backend-test-utils';
import { GiteaProvider } from '@backstage-gitops/plugin-gitops-node';
import { startSandbox, type Sandbox } from '@backstage-gitops/sandbox';
import express from 'express';
import PromiseRouter from 'express-promise-router';
import request from 'supertest';
import { CredentialReplica } from '../credentials/__testUtils__/CredentialReplica';
import {
  databaseIds,
  newSharedDatabase,
} from '../credentials/__testUtils__/openDatabases';
import { withProjectTokens } from '../credentials/__testUtils__/withProjectTokens';
import { seedProject } from '../database/__testUtils__/seedProject';
import { DirectClusterConnection } from '../initialization/__testUtils__/DirectClusterConnection';
import { headerOf, TestRoutes } from './__testUtils__/TestRoutes';
import { addCredentialRoutes } from './credentialRoutes';
import type { RouterOptions } from './RouterOptions';

jest.setTimeout(120_000);

const CANARY = 'canary-token-0123456789';
const GIVEN = { credential: { kind: 'token', token: CANARY } };
const PATH = '/projects/shop/credentials';

/** Answers by caller. */
const ROUTES = [
  { method: 'get', path: PATH, owner: 200, viewer: 200, stranger: 404 },
  // The host does not know this token.
  {
    method: 'post',
    path: PATH,
    body: GIVEN,
    owner: 400,
    viewer: 403,
    stranger: 404,
  },
  // The portal did not make the one that the set-up left.
  {
    method: 'post',
    path: `${PATH}/rotate`,
    owner: 400,
    viewer: 403,
    stranger: 404,
  },
  {
    method: 'post',
    path: `${PATH}/validate`,
    owner: 200,
    viewer: 403,
    stranger: 404,
  },
] as const;

describe.each(databaseIds)('credential routes on %s', id => {
  let directory: string;
  let sandbox: Sandbox;
  let portal: CredentialReplica;
  let routes: TestRoutes;
  let http: ReturnType<typeof request>;
  let token: string;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'gitops-credential-routes-'));
    sandbox = await startSandbox({ dataDir: directory });
    token = sandbox.git.admin.token;
    const open = await newSharedDatabase(id, directory);
    portal = await CredentialReplica.start({
      knex: await open(),
      provider: withProjectTokens(
        new GiteaProvider({
          host: sandbox.git.host,
          baseUrl: sandbox.git.url,
          integrationCredential: { token },
        }),
        sandbox.git.admin,
      ),
      connections: [new DirectClusterConnection('local', sandbox.clusters[0])],
    });
    await portal.setUp('shop', { credential: { kind: 'token', token } });
    await seedProject(portal.knex, 'bare');
    routes = new TestRoutes(portal.knex);
    const router = PromiseRouter();
    addCredentialRoutes(router, {
      ...routes.options,
      projectCredentials: portal.projectCredentials,
      rotator: portal.rotator,
      validator: portal.validator,
      // The rest of what the routes of a portal need is not asked for here.
    } as unknown as RouterOptions);
    http = request(express().use(router).use(mockErrorHandler()));
  });
  afterAll(async () => {
    await portal.stop();
    await sandbox.stop();
    await rm(directory, { recursive: true, force: true });
  });

  const send = (
    method: 'get' | 'post',
    path: string,
    authorization: string,
    body: object = {},
  ) => {
    const sent = http[method](path).set('Authorization', authorization);
    return method === 'post' ? sent.send(body) : sent;
  };

  describe.each(ROUTES)('$method $path', route => {
    const { method, path } = route;
    const body = 'body' in route ? route.body : {};

    it('is closed to the nameless', async () => {
      for (const authorization of [
        mockCredentials.none.header(),
        mockCredentials.user.invalidHeader(),
      ]) {
        expect((await send(method, path, authorization, body)).status).toBe(
          401,
        );
      }
    });

    it.each(['owner', 'viewer', 'stranger'] as const)(
      'answers the %s by their rights',
      async caller => {
        const answer = await send(method, path, headerOf(caller), body);
        expect({
          status: answer.status,
          message: answer.body.error?.message,
        }).toMatchObject({ status: route[caller] });
        expect(answer.text).not.toContain(token);
        expect(answer.text).not.toContain(CANARY);
      },
    );

    it('tells of an absent project what it tells of a hidden one', async () => {
      const absent = await send(
        method,
        path.replace('shop', 'none'),
        headerOf('owner'),
        body,
      );
      const hidden = await send(method, path, headerOf('stranger'), body);
      expect([absent.status, hidden.status]).toEqual([404, 404]);
      expect(absent.body.error.message.replace('none', 'shop')).toBe(
        hidden.body.error.message,
      );
    });

    if (method === 'post') {
      it('needs somebody whose doing it is', async () => {
        const service = mockCredentials.service.header();
        expect((await send(method, path, service, body)).status).toBe(403);
      });
    }
  });

  it('shows what there is and where, replaces it, and never its secret', async () => {
    const owner = headerOf('owner');
    const given = await send('get', PATH, owner);
    expect(given.body).toMatchObject({
      authType: 'token',
      host: sandbox.git.host,
      managed: false,
      validationStatus: 'valid',
      validationMessage: expect.stringMatching(/far more than reading needs/),
      validationWording: { id: 'tokenExcess' },
      createdBy: 'user:default/maria',
      locations: [
        { namespace: 'project-shop', state: 'current', feeds: ['shop-repo'] },
        { environment: 'development', state: 'current', feeds: [] },
        { environment: 'production', state: 'current', feeds: [] },
        { environment: 'staging', state: 'current', feeds: [] },
      ],
    });
    const replaced = await send('post', PATH, owner, {
      credential: { kind: 'least' },
      hostToken: token,
    });
    expect(replaced.body).toMatchObject({
      managed: true,
      rotation: { phase: 'completed', startedBy: 'user:default/owner' },
    });
    expect(replaced.body).not.toHaveProperty('validationMessage');
    expect(replaced.body).not.toHaveProperty('validationWording');
    const rotated = await send('post', `${PATH}/rotate`, owner);
    expect(rotated.body.id).not.toBe(replaced.body.id);
    const { items } = await portal.stores.events.listByProject(
      (await portal.stores.projects.getBySlug('shop'))!.id,
      { limit: 20 },
    );
    const rows = JSON.stringify([
      items,
      await portal.knex('project_git_auth_rotations'),
      await portal.knex('git_sync_logs'),
      portal.logger.lines,
      routes.audited.map(({ eventId, meta }) => [eventId, meta]),
    ]);
    for (const text of [replaced.text, rotated.text, rows]) {
      expect(text).not.toContain(token);
    }
    expect(routes.audited).toContainEqual(
      expect.objectContaining({
        eventId: 'credential-mutate',
        meta: { slug: 'shop', action: 'rotate' },
      }),
    );
  });

  it('says what is missing before there is a credential, and what is wrong with a body', async () => {
    const owner = headerOf('owner');
    const bare = await send('get', '/projects/bare/credentials', owner);
    expect(bare.status).toBe(404);
    expect(bare.body.error.message).toMatch(/has no credential yet/);
    const wrong = await send('post', PATH, owner, {
      credential: { kind: 'token', token: 7 },
    });
    expect(wrong.status).toBe(400);
    expect(wrong.body.error.message).toMatch(/credential.token/);
  });
});
