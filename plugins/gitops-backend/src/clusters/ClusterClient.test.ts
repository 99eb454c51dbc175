import { DirectClusterConnection } from '../initialization/__testUtils__/DirectClusterConnection';
import { TestApiServer } from '../status/__testUtils__/TestApiServer';
import { ClusterClient } from './ClusterClient';

const NAMESPACE = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'shop' },
};
const REFERENCE = {
  apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
  kind: 'Kustomization',
  namespace: 'flux',
  name: 'shop',
};

describe('ClusterClient', () => {
  let server: TestApiServer;
  let client: ClusterClient;

  beforeEach(async () => {
    server = new TestApiServer();
    const url = await server.start();
    client = new ClusterClient(
      new DirectClusterConnection('one', { url, token: 't' }),
      { deadlineMs: 2_000 },
    );
  });

  afterEach(() => server.stop());

  function answer(match: RegExp, status: number, body: unknown, headers = {}) {
    server.intercept(match, (_, response) => {
      response.writeHead(status, {
        'Content-Type': 'application/json',
        ...headers,
      });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  }
  const status = (code: number, message: string, more = {}) => ({
    kind: 'Status',
    code,
    message,
    ...more,
  });

  it('applies on the server’s side, as one manager and strictly', async () => {
    let sent: { url?: string; type?: string; body?: unknown } = {};
    server.intercept(/^PATCH/, (request, response) => {
      request.once('data', data => {
        sent = {
          url: request.url,
          type: request.headers['content-type'],
          body: JSON.parse(String(data)),
        };
        response.end(
          JSON.stringify({
            ...NAMESPACE,
            metadata: { name: 'shop', uid: 'u', resourceVersion: '1' },
          }),
        );
      });
    });
    const { metadata } = await client.apply(NAMESPACE, { force: true });

    expect(metadata.uid).toBe('u');
    expect(sent).toEqual({
      url: '/api/v1/namespaces/shop?fieldManager=backstage-gitops&fieldValidation=Strict&force=true',
      type: 'application/apply-patch+yaml',
      body: NAMESPACE,
    });
  });

  it('looks for one object by a list, which is no error when it is absent', async () => {
    server.put({
      apiVersion: REFERENCE.apiVersion,
      kind: 'Kustomization',
      metadata: { name: 'shop', namespace: 'flux' },
    });
    await expect(client.get(REFERENCE)).resolves.toMatchObject({
      apiVersion: REFERENCE.apiVersion,
      kind: 'Kustomization',
      metadata: { name: 'shop', namespace: 'flux' },
    });
    await expect(
      client.get({ ...REFERENCE, name: 'other' }),
    ).resolves.toBeUndefined();
    expect(server.requests.slice(-1)).toEqual([
      'GET /apis/kustomize.toolkit.fluxcd.io/v1/namespaces/flux/kustomizations?limit=500&fieldSelector=metadata.name%3Dother',
    ]);
  });

  it('reads all pages of a list', async () => {
    server.pageSize = 2;
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      server.put({ ...NAMESPACE, metadata: { name } });
    }
    const found = await client.list({ apiVersion: 'v1', kind: 'Namespace' });
    expect(found.map(({ metadata }) => metadata.name)).toEqual([
      'a',
      'b',
      'c',
      'd',
      'e',
    ]);
  });

  it('tells a deletion from an absence, and obeys preconditions', async () => {
    answer(/^DELETE/, 200, status(200, 'ok'));
    await expect(client.delete(REFERENCE)).resolves.toBe('deleted');
    answer(
      /^DELETE/,
      404,
      status(404, 'not found', { details: { name: 'shop' } }),
    );
    await expect(client.delete(REFERENCE)).resolves.toBe('absent');
    answer(/^DELETE/, 409, status(409, 'uid differs', { reason: 'Conflict' }));
    await expect(
      client.delete(REFERENCE, { preconditions: { uid: 'other' } }),
    ).rejects.toMatchObject({ name: 'ConflictError' });
  });

  it.each([
    [
      403,
      'NotAllowedError',
      'namespaces "shop" is forbidden: User "system:serviceaccount:a:b" cannot patch resource "namespaces" in API group "" in the namespace "shop"',
      "Cannot apply Namespace shop in cluster 'one': namespaces \"shop\" is forbidden: User \"system:serviceaccount:a:b\" cannot patch resource \"namespaces\" in API group \"\" in the namespace \"shop\"; grant 'system:serviceaccount:a:b' the verb 'patch' on 'namespaces' of API group '' in namespace 'shop'",
    ],
    [
      401,
      'ServiceUnavailableError',
      'Unauthorized',
      "Cannot apply Namespace shop in cluster 'one': Unauthorized; the API server refuses the portal's credential: renew it in the kubernetes configuration of the cluster",
    ],
    [
      422,
      'InputError',
      'spec is wrong',
      "Cannot apply Namespace shop in cluster 'one': spec is wrong",
    ],
    [
      409,
      'ConflictError',
      'conflict with "kubectl"',
      `Cannot apply Namespace shop in cluster 'one': conflict with "kubectl"`,
    ],
    [
      500,
      'ServiceUnavailableError',
      'etcd is away',
      "Cannot apply Namespace shop in cluster 'one': etcd is away; try again when the cluster has recovered",
    ],
  ])('turns a %d into a %s', async (code, name, said, message) => {
    answer(/^PATCH/, code, status(code, said));
    await expect(client.apply(NAMESPACE)).rejects.toMatchObject({
      name,
      message,
    });
  });

  it('tries again while the API server is busy, as it asks', async () => {
    answer(/^PATCH/, 429, status(429, 'slow down'), { 'Retry-After': '0' });
    answer(/^PATCH/, 503, status(503, 'starting'), { 'Retry-After': '0' });
    answer(/^PATCH/, 200, NAMESPACE);
    await expect(client.apply(NAMESPACE)).resolves.toMatchObject(NAMESPACE);
    expect(server.count(/^PATCH/)).toBe(3);
  });

  it('says after its deadline what did not answer', async () => {
    server.intercept(/^PATCH/, () => {});
    await expect(client.apply(NAMESPACE)).rejects.toThrow(
      "Cluster 'one' did not answer within 2 s (apply Namespace shop); check its API server and the network between",
    );
  });

  it('gives the caller’s own reason when the caller gives up', async () => {
    const abort = new AbortController();
    server.intercept(/^PATCH/, () => abort.abort(new Error('enough')));
    await expect(
      client.apply(NAMESPACE, { signal: abort.signal }),
    ).rejects.toThrow('enough');
  });

  it('says which kind is not served, and finds it once it is', async () => {
    answer(/^GET .*kustomize/, 404, '404 page not found');
    await expect(client.get(REFERENCE)).rejects.toThrow(
      "Cluster 'one' does not serve Kustomization of kustomize.toolkit.fluxcd.io/v1; install Flux in the cluster",
    );
    await expect(client.get(REFERENCE)).resolves.toBeUndefined();
  });

  it.each(['', '.', '..', 'a/b', 'a%2f', 'x,metadata.name=y'])(
    'refuses %j as a name before anything is asked',
    async name => {
      await expect(client.get({ ...REFERENCE, name })).rejects.toMatchObject({
        name: 'InputError',
      });
      await expect(
        client.delete({ ...REFERENCE, namespace: name }),
      ).rejects.toMatchObject({ name: 'InputError' });
      expect(server.count(/kustomizations/)).toBe(0);
    },
  );

  it('names the cluster when nobody is there', async () => {
    await server.stop();
    await expect(client.apply(NAMESPACE)).rejects.toMatchObject({
      name: 'ServiceUnavailableError',
      message: expect.stringContaining("Cluster 'one' cannot be reached"),
    });
  });
});
