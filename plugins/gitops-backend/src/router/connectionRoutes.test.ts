import {
  coreServices,
  createServiceFactory,
} from '@backstage/backend-plugin-api';
import {
  mockCredentials,
  mockServices,
  startTestBackend,
} from '@backstage/backend-test-utils';
import { catalogServiceMock } from '@backstage/plugin-catalog-node/testUtils';
import { AuthorizeResult } from '@backstage/plugin-permission-common';
import { gitopsConnectionManagePermission } from '@backstage-gitops/plugin-gitops-common';
import request from 'supertest';
import { OAuthHost } from '../credentials/connections/__testUtils__/OAuthHost';
import { createTestDatabases } from '../database/__testUtils__/createTestDatabases';
import gitopsPlugin from '../index';

const databases = createTestDatabases();

const ANN = mockCredentials.user.header('user:default/ann');
const BOB = mockCredentials.user.header('user:default/bob');
const STRANGER = mockCredentials.user.header('user:default/stranger');
const ABSENT = '7f0c3b9e-96cf-4d5b-a2ad-7f8f7bb4a1f6';

/** Everything is allowed; connections are not, to the stranger. */
const permissions = createServiceFactory({
  service: coreServices.permissions,
  deps: {},
  factory: () => {
    const decide = (
      permission: { name: string },
      credentials: unknown,
    ): { result: AuthorizeResult.ALLOW | AuthorizeResult.DENY } => {
      const { principal } = credentials as {
        principal: { userEntityRef?: string };
      };
      const denied =
        permission.name === gitopsConnectionManagePermission.name &&
        principal.userEntityRef === 'user:default/stranger';
      return { result: denied ? AuthorizeResult.DENY : AuthorizeResult.ALLOW };
    };
    return {
      authorize: async (requests, { credentials }) =>
        requests.map(({ permission }) => decide(permission, credentials)),
      authorizeConditional: async (requests, { credentials }) =>
        requests.map(({ permission }) => decide(permission, credentials)),
    };
  },
});

let host: OAuthHost;
let http: ReturnType<typeof request>;
const logged: string[] = [];

beforeAll(async () => {
  host = await OAuthHost.start();
  const logger = mockServices.rootLogger.mock();
  for (const level of ['error', 'warn', 'info', 'debug'] as const) {
    logger[level].mockImplementation((message, meta) => {
      logged.push(`${message} ${JSON.stringify(meta ?? {})}`);
    });
  }
  logger.child.mockReturnValue(logger);
  const { server } = await startTestBackend({
    features: [
      gitopsPlugin,
      mockServices.database.factory({
        knex: await databases.empty(databases.ids[0]),
      }),
      catalogServiceMock.factory(),
      permissions,
      createServiceFactory({
        service: coreServices.rootLogger,
        deps: {},
        factory: () => logger,
      }),
      mockServices.rootConfig.factory({
        data: {
          app: { baseUrl: 'https://portal.example.com' },
          gitops: {
            encryption: {
              keys: [
                { id: 'a', secret: Buffer.alloc(32, 'ab').toString('base64') },
              ],
            },
            gitHosts: [
              {
                host: host.host,
                oauth: {
                  clientId: host.clientId,
                  clientSecret: host.clientSecret,
                },
              },
            ],
          },
          integrations: {
            gitea: [
              { host: host.host, baseUrl: host.url },
              { host: 'other.example.com' },
            ],
          },
        },
      }),
    ],
  });
  http = request(server);
});

afterAll(() => host.stop());

type Method = 'get' | 'post' | 'delete';

function call(method: Method, path: string, auth: string, body?: object) {
  const asked = http[method](`/api/gitops${path}`).set('Authorization', auth);
  return body ? asked.send(body) : asked;
}

const ROUTES: [Method, string, object?][] = [
  ['get', '/connections'],
  ['get', '/connections/hosts'],
  ['post', '/connections', { host: 'x', token: 'x' }],
  ['post', '/connections/authorize', { host: 'x' }],
  ['post', '/connections/callback', { state: 'x', code: 'x' }],
  ['post', `/connections/${ABSENT}/test`],
  ['delete', `/connections/${ABSENT}`],
  ['delete', `/connections/${ABSENT}?force=true`],
];

describe.each(ROUTES)('%s %s', (method, path, body) => {
  it('is closed to the nameless', async () => {
    const none = mockCredentials.none.header();
    expect((await call(method, path, none, body)).status).toBe(401);
    const nonsense = await call(method, path, 'Bearer nonsense', body);
    expect(nonsense.status).toBe(401);
  });

  it('is closed to a service without a user, and to whom the policy denies it', async () => {
    const service = mockCredentials.service.header();
    const { body: answer } = await call(method, path, service, body).expect(
      403,
    );
    expect(answer.error.message).toContain('needs a user');
    expect((await call(method, path, STRANGER, body)).status).toBe(403);
  });
});

it('hides the connections of others, and cannot tell them from absent ones', async () => {
  const token = host.personalToken({ id: 7, login: 'ann' });
  const { body: made } = await call('post', '/connections', ANN, {
    host: host.host,
    token,
  }).expect(201);
  for (const [method, rest] of [
    ['post', '/test'],
    ['delete', ''],
    ['delete', '?force=true'],
  ] as const) {
    const hidden = await call(
      method,
      `/connections/${made.id}${rest}`,
      BOB,
    ).expect(404);
    const absent = await call(
      method,
      `/connections/${ABSENT}${rest}`,
      BOB,
    ).expect(404);
    expect(hidden.body.error.message.replace(made.id, ABSENT)).toBe(
      absent.body.error.message,
    );
    await call(method, `/connections/none${rest}`, ANN).expect(404);
  }
  expect((await call('get', '/connections', BOB).expect(200)).body).toEqual({
    items: [],
  });

  const { body: tested } = await call(
    'post',
    `/connections/${made.id}/test`,
    ANN,
  ).expect(200);
  expect(tested).toMatchObject({ id: made.id, status: 'active' });
  expect(tested).not.toHaveProperty('wording');
  const { scopes } = host;
  host.scopes = ['all'];
  const { body: warned } = await call(
    'post',
    `/connections/${made.id}/test`,
    ANN,
  ).expect(200);
  host.scopes = scopes;
  expect(warned).toMatchObject({
    message: expect.stringMatching(/far more than the portal needs \(all\)/),
    wording: { id: 'connectionExcess', values: { excess: 'all' } },
  });
  await call('delete', `/connections/${made.id}?force=maybe`, ANN).expect(400);
  await call('delete', `/connections/${made.id}`, ANN).expect(204);
  await call('delete', `/connections/${made.id}`, ANN).expect(404);
});

it('leads through the consent of a host, and back for the same user only', async () => {
  const { body: hosts } = await call('get', '/connections/hosts', ANN).expect(
    200,
  );
  expect(hosts.items).toEqual([
    {
      host: host.host,
      provider: 'gitea',
      serverUrl: host.url,
      serverType: 'self-hosted',
      oauth: true,
      tokenPageUrl: `${host.url}/user/settings/applications`,
      tokenScopes: ['write:repository', 'write:user', 'write:organization'],
    },
    expect.objectContaining({ host: 'other.example.com', oauth: false }),
  ]);
  const { body: refused } = await call('post', '/connections/authorize', ANN, {
    host: 'other.example.com',
  }).expect(400);
  expect(refused.error.message).toContain('gitops.gitHosts[].oauth');
  await call('post', '/connections/authorize', ANN, {
    host: 'nowhere.example.com',
  }).expect(400);

  const { body: begun } = await call('post', '/connections/authorize', ANN, {
    host: host.host,
  }).expect(200);
  const answer = host.consent(begun.authorizationUrl, {
    id: 8,
    login: 'annie',
  });
  await call('post', '/connections/callback', BOB, answer).expect(400);
  const { body: made } = await call(
    'post',
    '/connections/callback',
    ANN,
    answer,
  ).expect(201);
  expect(made).toMatchObject({ username: 'annie', method: 'oauth' });
  await call('post', '/connections/callback', ANN, answer).expect(400);
  await call('post', '/connections/callback', ANN, {}).expect(400);
});

it('has let no secret into the log', () => {
  const text = logged.join('\n');
  expect(text).toContain('connection-mutate');
  expect(text).not.toMatch(/-secret-/);
  expect(text).not.toContain(host.clientSecret);
});
