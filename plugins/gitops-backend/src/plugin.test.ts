import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  coreServices,
  createBackendModule,
  createServiceFactory,
} from '@backstage/backend-plugin-api';
import {
  mockCredentials,
  mockServices,
  startTestBackend,
  type TestDatabaseId,
} from '@backstage/backend-test-utils';
import { ServiceUnavailableError } from '@backstage/errors';
import { AuthorizeResult } from '@backstage/plugin-permission-common';
import { signalsServiceRef } from '@backstage/plugin-signals-node';
import type {
  CreateProjectRequest,
  GitOpsSignal,
  InitializationMessage,
  ProjectDocument,
} from '@backstage-gitops/plugin-gitops-common';
import { gitopsClustersExtensionPoint } from '@backstage-gitops/plugin-gitops-node';
import request from 'supertest';
import { createTestDatabases } from './database/__testUtils__/createTestDatabases';
import { createStores } from './database/createStores';
import gitopsPlugin, {
  createGitopsProjectConditionalDecision,
  gitopsProjectConditions,
} from './index';

const databases = createTestDatabases();

const OWNER = mockCredentials.user.header('user:default/owner');
const VIEWER = mockCredentials.user.header('user:default/viewer');
const MEMBER = mockCredentials.user.header('user:default/member');
const STRANGER = mockCredentials.user.header('user:default/stranger');
const SECRETS = ['host-token-secret', 'flux-token-secret'];

/** Refuses every token, as a Git host does with wrong ones. */
let gitHost: Server;
let host: string;

beforeAll(async () => {
  gitHost = createServer((_, res) => {
    res.setHeader('Content-Type', 'application/json');
    res.statusCode = 401;
    res.end(JSON.stringify({ message: 'token is not valid' }));
  });
  await new Promise<void>(resolve => gitHost.listen(0, '127.0.0.1', resolve));
  host = `127.0.0.1:${(gitHost.address() as AddressInfo).port}`;
});

afterAll(async () => {
  gitHost.closeAllConnections();
  await new Promise(resolve => gitHost.close(resolve));
});

/** The owner may do everything, members what their group owns, viewers look. */
const permissions = createServiceFactory({
  service: coreServices.permissions,
  deps: {},
  factory: () => {
    const userOf = (credentials: unknown) =>
      (credentials as { principal: { userEntityRef?: string } }).principal
        .userEntityRef;
    return {
      async authorize(requests, { credentials }) {
        const denied = userOf(credentials) === 'user:default/stranger';
        return requests.map(() => ({
          result: denied ? AuthorizeResult.DENY : AuthorizeResult.ALLOW,
        }));
      },
      async authorizeConditional(requests, { credentials }) {
        const user = userOf(credentials);
        return requests.map(({ permission }) => {
          if (user === 'user:default/member') {
            return createGitopsProjectConditionalDecision(
              permission as never,
              gitopsProjectConditions.isOwner({
                claims: ['group:default/members'],
              }),
            );
          }
          const reading = permission.attributes.action === 'read';
          const allowed =
            user !== 'user:default/stranger' &&
            (reading || user !== 'user:default/viewer');
          return {
            result: allowed ? AuthorizeResult.ALLOW : AuthorizeResult.DENY,
          };
        });
      },
    };
  },
});

const signals: GitOpsSignal[] = [];

async function startPortal(id: TestDatabaseId) {
  const logger = mockServices.rootLogger.mock();
  const logged: string[] = [];
  for (const level of ['error', 'warn', 'info', 'debug'] as const) {
    logger[level].mockImplementation((message, meta) => {
      logged.push(`${level} ${message} ${JSON.stringify(meta ?? {})}`);
    });
  }
  logger.child.mockReturnValue(logger);
  const knex = await databases.empty(id);
  const { server } = await startTestBackend({
    features: [
      gitopsPlugin,
      mockServices.database.factory({ knex }),
      createBackendModule({
        pluginId: 'gitops',
        moduleId: 'clusters',
        register(env) {
          env.registerInit({
            deps: { clusters: gitopsClustersExtensionPoint },
            async init({ clusters }) {
              const connection = {
                cluster: 'here',
                closesUpstreamWatches: true,
                fetch: async () => {
                  throw new ServiceUnavailableError('nobody is there');
                },
              };
              clusters.setProvider({
                list: async () => ({
                  connections: [connection],
                  refused: [{ cluster: 'google', reason: 'needs a user' }],
                }),
              });
            },
          });
        },
      }),
      permissions,
      createServiceFactory({
        service: coreServices.rootLogger,
        deps: {},
        factory: () => logger,
      }),
      createServiceFactory({
        service: signalsServiceRef,
        deps: {},
        factory: () => ({
          publish: async payload => {
            expect(payload.recipients).toEqual({ type: 'broadcast' });
            signals.push(payload.message as unknown as GitOpsSignal);
          },
        }),
      }),
      mockServices.rootConfig.factory({
        data: {
          gitops: {
            encryption: {
              keys: [
                { id: 'a', secret: Buffer.alloc(32, 'ab').toString('base64') },
              ],
            },
          },
          integrations: {
            gitea: [{ host, baseUrl: `http://${host}` }],
          },
        },
      }),
    ],
  });
  return { http: request(server), logged, knex };
}

describe.each(databases.ids)('on %s', databaseId => {
  let portal: Awaited<ReturnType<typeof startPortal>>;

  beforeAll(async () => {
    portal = await startPortal(databaseId);
  });

  function wish(
    slug: string,
    changes: Partial<CreateProjectRequest> = {},
  ): CreateProjectRequest {
    const overlays = ['development', 'staging', 'production'].map(name => ({
      path: `deploy/overlays/${name}/kustomization.yaml`,
      content: Buffer.from('resources: [../../base]\n').toString('base64'),
    }));
    return {
      slug,
      ownerRef: 'group:default/owners',
      repository: { host, owner: 'acme', name: slug },
      files: overlays,
      hostToken: 'host-token-secret',
      credential: { kind: 'token', token: 'flux-token-secret' },
      ...changes,
    };
  }

  function post(path: string, auth: string, body?: object) {
    return portal.http
      .post(`/api/gitops${path}`)
      .set('Authorization', auth)
      .send(body);
  }

  function get(path: string, auth: string) {
    return portal.http.get(`/api/gitops${path}`).set('Authorization', auth);
  }

  async function create(
    slug: string,
    changes: Partial<CreateProjectRequest> = {},
  ): Promise<ProjectDocument> {
    const { body } = await post('/projects', OWNER, wish(slug, changes)).expect(
      201,
    );
    return body;
  }

  async function initialize(slug: string, path = 'initialize') {
    const { text } = await post(`/projects/${slug}/${path}`, OWNER, {})
      .expect(200)
      .expect('Content-Type', /application\/x-ndjson/)
      .expect('Cache-Control', /no-transform/)
      .buffer(true)
      .parse((response, done) => {
        const chunks: Buffer[] = [];
        response.on('data', chunk => chunks.push(chunk));
        response.on('end', () => done(null, Buffer.concat(chunks).toString()));
      })
      .then(response => ({ text: String(response.body) }));
    return text
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as InitializationMessage);
  }

  describe('doors', () => {
    it.each([
      ['get', '/projects'],
      ['get', '/projects/shop'],
      ['post', '/projects'],
      ['post', '/projects/shop/initialize'],
      ['post', '/projects/shop/retry'],
      ['post', '/projects/shop/environments'],
      ['post', '/projects/shop/environments/staging/reconcile'],
      ['post', '/projects/shop/environments/staging/suspend'],
      ['post', '/projects/shop/environments/staging/resume'],
      ['get', '/projects/shop/events'],
      ['get', '/projects/shop/deployments'],
      ['get', '/projects/shop/diagnosis'],
      ['get', '/entities/component/default/shop'],
      ['get', '/connections'],
      ['post', '/connections'],
      ['delete', '/connections/1'],
      ['get', '/clusters'],
    ] as const)('are closed to the nameless: %s %s', async (method, path) => {
      const { status } = await portal.http[method](`/api/gitops${path}`).set(
        'Authorization',
        mockCredentials.none.header(),
      );
      expect(status).toBe(401);
    });

    it.each([
      ['post', '/projects'],
      ['post', '/projects/shop/initialize'],
      ['post', '/projects/shop/retry'],
      ['post', '/projects/shop/environments'],
      ['post', '/projects/shop/environments/staging/reconcile'],
      ['get', '/connections'],
    ] as const)('that need a user say so: %s %s', async (method, path) => {
      const { body } = await portal.http[method](`/api/gitops${path}`)
        .set('Authorization', mockCredentials.service.header())
        .expect(403);
      expect(body.error.message).toContain('needs a user');
    });

    it('let a service act on behalf of a user', async () => {
      const token = mockCredentials.service.header({
        onBehalfOf: mockCredentials.user('user:default/owner'),
        targetPluginId: 'gitops',
      });
      const { status } = await post('/projects', token, wish('behalf'));
      expect(status).toBe(201);
    });

    it('tell nothing apart that is hidden or absent', async () => {
      await create('hidden');
      for (const rest of ['', '/events', '/deployments', '/diagnosis']) {
        const hidden = await get(`/projects/hidden${rest}`, STRANGER).expect(
          404,
        );
        const absent = await get(`/projects/absent${rest}`, STRANGER).expect(
          404,
        );
        expect(hidden.body.error.message.replace('hidden', 'absent')).toBe(
          absent.body.error.message,
        );
      }
      await get('/entities/component/default/hidden', STRANGER).expect(404);
      for (const path of [
        'initialize',
        'retry',
        'environments',
        'environments/staging/resume',
      ]) {
        const body = { name: 'qa' };
        await post(`/projects/hidden/${path}`, STRANGER, body).expect(404);
        await post(`/projects/absent/${path}`, OWNER, body).expect(404);
      }
    });

    it('tell one who may look that they may not touch', async () => {
      await create('looked-at');
      const { body } = await get('/projects/looked-at', VIEWER).expect(200);
      expect(body.allowed).toEqual({ update: false, delete: false });
      for (const path of [
        'initialize',
        'retry',
        'environments',
        'environments/development/reconcile',
      ]) {
        const refused = await post(`/projects/looked-at/${path}`, VIEWER, {
          name: 'qa',
        });
        expect(refused.status).toBe(403);
        expect(refused.body.error.message).toContain('group:default/owners');
      }
      await post('/projects', STRANGER, wish('x')).expect(403);
      await get('/connections', STRANGER).expect(403);
      await get('/clusters', STRANGER).expect(403);
    });
  });

  describe('creating a project', () => {
    it('records it with its steps, once', async () => {
      const project = await create('once');
      expect(project).toMatchObject({
        slug: 'once',
        status: 'initializing',
        entityRef: 'component:default/once',
        ownerRef: 'group:default/owners',
        initialization: { attempt: 1, progress: 0, running: false },
        environments: [],
        sources: [],
        clusters: [],
        allowed: { update: true, delete: true },
      });
      expect(project.initialization.steps).toHaveLength(7);

      const again = await post('/projects', OWNER, wish('once')).expect(200);
      expect(again.body.id).toBe(project.id);
      const { body: events } = await get('/projects/once/events', OWNER);
      expect(events.items).toEqual([
        expect.objectContaining({
          action: 'project-created',
          userId: 'user:default/owner',
        }),
      ]);
      expect(
        (await get('/entities/Component/default/once', OWNER).expect(200)).body,
      ).toMatchObject({ id: project.id });
    });

    it('takes newer files while they are not pushed', async () => {
      const { files } = wish('mended');
      await create('mended');
      const readme = { path: 'README.md', content: 'bWVuZGVk' };
      await post(
        '/projects',
        OWNER,
        wish('mended', { files: [...files, readme] }),
      ).expect(200);
      const stored = createStores(portal.knex).contents;
      const { id } = (await get('/projects/mended', OWNER)).body;
      expect(await stored.getFiles(id)).toContainEqual(readme);

      // Somebody is at it: what was given to the run stays.
      const projects = createStores(portal.knex).projects;
      await projects.acquireLease(id, { holder: 'run', ttlMs: 60_000 });
      await post('/projects', OWNER, wish('mended')).expect(200);
      expect(await stored.getFiles(id)).toContainEqual(readme);
      const { body } = await get('/projects/mended', OWNER);
      expect(body.initialization.running).toBe(true);
    });

    it('refuses a name that is taken, and other wishes for the same name', async () => {
      await create('taken');
      const other = { ownerRef: 'group:default/others' };
      const refused = await post('/projects', OWNER, wish('taken', other));
      expect(refused.status).toBe(409);
      // Somebody who may not see it learns no more than that.
      const unseen = await post('/projects', MEMBER, wish('taken')).expect(409);
      expect(unseen.body.error.message).toBe(refused.body.error.message);

      const { body } = await post(
        '/projects',
        OWNER,
        wish('taken', { repository: { host, owner: 'acme', name: 'another' } }),
      ).expect(409);
      expect(body.error.message).toContain('another repository');
      const entity = { entityRef: 'component:default/taken' };
      await post('/projects', OWNER, wish('untaken', entity)).expect(409);
    });

    it.each<[string, object, RegExp]>([
      ['a missing field', { repository: undefined }, /repository: Required/],
      ['a wrong name', { slug: 'Not_A_Name' }, /'Not_A_Name' must consist/],
      ['a name too long', { slug: 'a'.repeat(60) }, /Kubernetes allows 63/],
      [
        'an unknown host',
        { repository: { host: 'nowhere', owner: 'a', name: 'b' } },
        /Git host 'nowhere' is not known/,
      ],
      [
        'an unknown cluster',
        { environments: [{ name: 'staging', cluster: 'moon' }] },
        /Cluster 'moon' is unknown/,
      ],
      [
        'a path that leads out',
        { files: [{ path: '../evil', content: '' }] },
        /evil/,
      ],
      [
        'an environment without overlay',
        { environments: [{ name: 'qa' }] },
        /deploy\/overlays\/qa/,
      ],
      [
        "somebody else's connection",
        {
          credential: {
            kind: 'connection',
            connectionId: '7f0c3b9e-96cf-4d5b-a2ad-7f8f7bb4a1f6',
          },
        },
        /you have no connection/,
      ],
      [
        'a secret in the wrong place',
        { hostToken: { x: SECRETS[0] } },
        /hostToken/,
      ],
    ])('refuses %s before anything is made', async (_, changes, message) => {
      const body = { ...wish('wrong'), ...changes };
      const refused = await post('/projects', OWNER, body).expect(400);
      expect(refused.body.error.name).toBe('InputError');
      expect(refused.body.error.message).toMatch(message);
      expect(JSON.stringify(refused.body)).not.toContain(SECRETS[0]);
      await get('/projects/wrong', OWNER).expect(404);
    });
  });

  describe('a list of projects', () => {
    it('shows what the caller may see, filtered and in pages', async () => {
      const members = { ownerRef: 'group:default/members' };
      for (const slug of ['list-a', 'list-b', 'list-c']) {
        await create(slug, members);
      }
      await create('list-d');
      const slugs = (body: { items: { slug: string }[] }) =>
        body.items.map(item => item.slug);

      const all = await get('/projects?text=LIST-&limit=100', OWNER).expect(
        200,
      );
      expect(slugs(all.body)).toEqual(['list-a', 'list-b', 'list-c', 'list-d']);
      const own = await get('/projects?text=list-&limit=2', MEMBER).expect(200);
      expect(slugs(own.body)).toEqual(['list-a', 'list-b']);
      const next = await get(
        `/projects?text=list-&limit=2&cursor=${own.body.nextCursor}`,
        MEMBER,
      ).expect(200);
      expect(slugs(next.body)).toEqual(['list-c']);
      expect(next.body.nextCursor).toBeUndefined();
      const none = await get('/projects', STRANGER).expect(200);
      expect(none.body).toEqual({ items: [], total: 0, states: {} });

      const byOwner = await get(
        '/projects?text=list&owner=group:default/owners',
        OWNER,
      );
      expect(slugs(byOwner.body)).toEqual(['list-d']);
      const wild = await get('/projects?text=list%25', OWNER);
      expect(slugs(wild.body)).toEqual([]);
      const active = await get('/projects?status=active&text=list', OWNER);
      expect(slugs(active.body)).toEqual([]);
      await get('/projects?cursor=xyz', OWNER).expect(400);
      await get('/projects?limit=1000', OWNER).expect(400);
      await get('/projects?text=%00', OWNER).expect(400);
      await get('/projects?state=splendid', OWNER).expect(400);

      // The member's condition decides on one project, too.
      await get('/projects/list-a', MEMBER).expect(200);
      await get('/projects/list-d', MEMBER).expect(404);
    });
  });

  describe('a set-up', () => {
    it('streams its steps, ends with the error, and can be retried', async () => {
      const project = await create('fails');
      await post('/projects/fails/retry', OWNER, {}).expect(409);
      signals.length = 0;

      const messages = await initialize('fails');
      expect(messages.at(-1)).toMatchObject({
        type: 'error',
        error: { name: 'AuthenticationError' },
      });
      expect(messages).toContainEqual(
        expect.objectContaining({
          type: 'step',
          step: expect.objectContaining({
            step: 'resolve_credentials',
            status: 'failed',
          }),
        }),
      );
      const { body } = await get('/projects/fails', OWNER).expect(200);
      expect(body).toMatchObject({
        status: 'failed',
        initialization: { progress: 0, running: false },
      });
      expect(body.version).toBeGreaterThan(project.version);
      // Coalesced, so it may be on its way.
      while (
        !signals.some(({ versions }) => versions[body.id] === body.version)
      ) {
        await new Promise(resolve => setTimeout(resolve, 5));
      }
      expect(
        new Set(signals.flatMap(({ versions }) => Object.keys(versions))),
      ).toEqual(new Set([project.id]));

      const retried = await initialize('fails', 'retry');
      expect(retried.at(-1)).toMatchObject({ type: 'error' });
      const after = await get('/projects/fails', OWNER);
      expect(after.body.initialization.attempt).toBe(2);

      const everything = JSON.stringify([
        messages,
        retried,
        after.body,
        (await get('/projects/fails/events', OWNER)).body,
      ]);
      for (const secret of SECRETS) {
        expect(everything).not.toContain(secret);
      }
    });

    it('has no environments, history or diagnosis before it ran', async () => {
      await create('young');
      await post(
        '/projects/young/environments/staging/reconcile',
        OWNER,
      ).expect(404);
      await post('/projects/young/initialize', OWNER, {
        through: 'the_end',
      }).expect(400);
      for (const [environment, status, message] of [
        [{ name: 'qa' }, 409, /'young' is still being set up/],
        [{ name: 'qa', cluster: 'moon' }, 400, /choose one of: here/],
        [{ name: 'Q A' }, 400, /must consist of lower case/],
        [{ cluster: 'here' }, 400, /name: Required/],
      ] as const) {
        const refused = await post(
          '/projects/young/environments',
          OWNER,
          environment,
        ).expect(status);
        expect(refused.body.error.message).toMatch(message);
      }
      const deployments = await get('/projects/young/deployments', OWNER);
      expect(deployments.body).toEqual({ items: [] });
      const diagnosis = await get('/projects/young/diagnosis', OWNER);
      expect(diagnosis.body).toMatchObject({ slug: 'young', items: [] });
    });
  });

  describe('clusters', () => {
    it('are told with how fresh the knowledge of them is, refused ones too', async () => {
      const { body } = await get('/clusters', VIEWER).expect(200);
      expect(body.items).toEqual([
        expect.objectContaining({ name: 'here', error: expect.any(String) }),
        { name: 'google', state: 'unreachable', error: 'needs a user' },
      ]);
    });
  });

  it('nothing of it has written a secret to the log', () => {
    const log = portal.logged.join('\n');
    expect(log).toContain('project');
    for (const secret of SECRETS) {
      expect(log).not.toContain(secret);
    }
  });
});
