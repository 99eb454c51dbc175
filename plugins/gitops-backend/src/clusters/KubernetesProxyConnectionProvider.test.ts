import { mockServices } from '@backstage/backend-test-utils';
import { toError } from '@backstage/errors';
import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { ClusterClient } from './ClusterClient';
import { ClusterRegistry } from './ClusterRegistry';
import { KubernetesProxyConnectionProvider } from './KubernetesProxyConnectionProvider';
import { wordingOf } from '../words/wordedError';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

describe('KubernetesProxyConnectionProvider', () => {
  let clusters: { name: string; authProvider: string }[];
  let proxy: Answer;
  let provider: KubernetesProxyConnectionProvider;
  const requests: IncomingMessage[] = [];
  const backend = createServer((request, response) => {
    if (request.url === '/api/kubernetes/clusters') {
      json(response, 200, { items: clusters });
    } else {
      requests.push(request);
      proxy(request, response);
    }
  });

  beforeAll(async () => {
    backend.listen(0, '127.0.0.1');
    await once(backend, 'listening');
  });
  afterAll(async () => {
    backend.closeAllConnections();
    backend.close();
    await once(backend, 'close');
  });
  beforeEach(() => {
    requests.length = 0;
    clusters = [{ name: 'one', authProvider: 'serviceAccount' }];
    const { port } = backend.address() as AddressInfo;
    provider = new KubernetesProxyConnectionProvider({
      auth: mockServices.auth(),
      discovery: {
        getBaseUrl: async id => `http://127.0.0.1:${port}/api/${id}`,
        getExternalBaseUrl: async () => '',
      },
    });
  });
  afterEach(() => provider.close());

  function json(response: ServerResponse, status: number, body: unknown) {
    response.writeHead(status, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(body));
  }
  async function get(path: string, signal = new AbortController().signal) {
    const { connections } = await provider.list();
    return connections[0].fetch(path, { method: 'GET', signal });
  }

  it('goes through the proxy with a token of its own for each request', async () => {
    proxy = (_, response) => json(response, 200, { ok: true });
    await get('/api/v1/namespaces?limit=1');

    expect(requests[0].url).toBe(
      '/api/kubernetes/proxy/api/v1/namespaces?limit=1',
    );
    expect(requests[0].headers).toMatchObject({
      'backstage-kubernetes-cluster': 'one',
      authorization: expect.stringMatching(/^Bearer .*kubernetes/),
    });
    expect(requests[0].headers['accept-encoding']).toContain('gzip');
  });

  it('asks for watches uncompressed and hands events over as they come', async () => {
    let finish = () => {};
    proxy = (_, response) => {
      response.write('{"type":"ADDED"}\n');
      finish = () => response.end();
    };
    const { body } = await get('/api/v1/namespaces?watch=true');
    const { value } = await body!.getReader().read();

    expect(Buffer.from(value!).toString()).toBe('{"type":"ADDED"}\n');
    expect(requests[0].headers['accept-encoding']).toBe('identity');
    finish();
  });

  it('learns from the answer whether watches are closed upstream', async () => {
    const { connections } = await provider.list();
    expect(connections[0].closesUpstreamWatches).toBe(false);
    proxy = (_, response) => {
      response.setHeader('Backstage-Gitops-Watch', 'closes');
      json(response, 200, {});
    };
    await get('/version');
    expect(connections[0].closesUpstreamWatches).toBe(true);
    proxy = (_, response) => json(response, 200, {});
    await get('/version');
    expect(connections[0].closesUpstreamWatches).toBe(false);
  });

  it('returns what the API server answers, also when it refuses', async () => {
    proxy = (_, response) => json(response, 403, { kind: 'Status', code: 403 });
    const refused = await get('/api/v1/namespaces');
    expect(refused.status).toBe(403);
    await expect(refused.json()).resolves.toEqual({
      kind: 'Status',
      code: 403,
    });

    proxy = (_, response) => {
      response.writeHead(404).end('404 page not found');
    };
    expect((await get('/apis/nothing/v1')).status).toBe(404);
  });

  it.each([
    [
      500,
      {
        name: 'Error',
        message: "Cluster 'one' request error; caused by ECONNREFUSED",
      },
      /^Cluster 'one' cannot be reached: ECONNREFUSED; check that its API server runs/,
      { id: 'clusterUnreachable', said: 'ECONNREFUSED' },
    ],
    [
      404,
      { name: 'NotFoundError', message: "Cluster 'one' not found" },
      /does not know it .*add it to 'kubernetes\.clusterLocatorMethods'/,
      { id: 'clusterUnknown', said: "Cluster 'one' not found" },
    ],
    [
      401,
      { name: 'AuthenticationError', message: 'bad token' },
      /refused the portal's own token \(bad token\)/,
      { id: 'clusterTokenRefused', said: 'bad token' },
    ],
  ])(
    'tells a %d of the hop from one of the API server',
    async (code, error, message, { id, said }) => {
      proxy = (_, response) => json(response, code, { error, response: {} });
      await expect(get('/api/v1/namespaces')).rejects.toMatchObject({
        name: 'ServiceUnavailableError',
        message: expect.stringMatching(message),
      });
      // For other languages, and whoever asks by way of the client.
      const { connections } = await provider.list();
      const { signal } = new AbortController();
      const failure = await new ClusterClient(connections[0])
        .fetch('/api/v1/namespaces', { method: 'GET', signal })
        .then(() => new Error('it answered'), toError);
      expect(failure.message).toMatch(message);
      expect(wordingOf(failure)).toEqual({
        id,
        values: { cluster: 'one', said },
      });
    },
  );

  it('gives the caller’s reason when the caller gives up', async () => {
    const abort = new AbortController();
    proxy = () => abort.abort(new Error('enough'));
    await expect(get('/version', abort.signal)).rejects.toThrow('enough');
  });

  it('refuses providers that need a user, and probes those it does not know', async () => {
    clusters = [
      { name: 'user', authProvider: 'oidc' },
      { name: 'cloud', authProvider: 'google' },
      { name: 'good', authProvider: 'vault' },
      { name: 'bad', authProvider: 'magic' },
    ];
    proxy = (request, response) =>
      request.headers['backstage-kubernetes-cluster'] === 'good'
        ? json(response, 200, { gitVersion: 'v1.36.0' })
        : json(response, 401, { kind: 'Status', code: 401 });
    const { connections, refused } = await provider.list();

    expect(connections.map(({ cluster }) => cluster)).toEqual(['good']);
    expect(refused).toEqual([
      {
        cluster: 'user',
        reason:
          "Cluster 'user' cannot be used: its auth provider 'oidc' needs the token of a signed-in user; configure it with authProvider serviceAccount",
      },
      {
        cluster: 'cloud',
        reason:
          "Cluster 'cloud' cannot be used: its auth provider 'google' needs the token of a signed-in user; configure it with authProvider googleServiceAccount or serviceAccount",
      },
      {
        cluster: 'bad',
        reason:
          "Cluster 'bad' cannot be used: a request without a user failed with its auth provider 'magic' (the API server answered 401); configure a provider that works on the server's side, for example serviceAccount",
      },
    ]);
  });

  describe('ClusterRegistry', () => {
    it('finds clusters by name, also ones that came later, and keeps their clients', async () => {
      const registry = new ClusterRegistry({
        provider,
        logger: mockServices.logger.mock(),
      });
      await expect(registry.names()).resolves.toEqual(['one']);
      await expect(registry.defaultCluster()).resolves.toBe('one');
      const one = await registry.get('one');

      clusters = [
        ...clusters,
        { name: 'two', authProvider: 'aws' },
        { name: 'three', authProvider: 'oidc' },
      ];
      expect((await registry.get('two')).cluster).toBe('two');
      await expect(registry.get('one')).resolves.toBe(one);
      await expect(registry.get('four')).rejects.toMatchObject({
        name: 'InputError',
        message: "Cluster 'four' is unknown; choose one of: one, two",
      });
      await expect(registry.get('three')).rejects.toThrow(
        /'oidc' needs the token/,
      );
      expect(await registry.refused()).toHaveLength(1);
    });
  });
});
