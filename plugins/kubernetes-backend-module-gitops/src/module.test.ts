import { mockServices, startTestBackend } from '@backstage/backend-test-utils';
import { catalogServiceMock } from '@backstage/plugin-catalog-node/testUtils';
import kubernetesPlugin from '@backstage/plugin-kubernetes-backend';
import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { Agent, fetch } from 'undici';
import kubernetesModuleGitops from '.';

// The Kubernetes backend compiles its client on the first request of a run.
jest.setTimeout(60_000);

/** An API server as far as a watch needs one; requests wait to be answered. */
class Upstream {
  private readonly requests: [IncomingMessage, ServerResponse][] = [];
  private readonly waiting: ((
    request: [IncomingMessage, ServerResponse],
  ) => void)[] = [];
  private readonly server: Server = createServer((req, res) => {
    const next = this.waiting.shift();
    if (next) {
      next([req, res]);
    } else {
      this.requests.push([req, res]);
    }
  });

  async start(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async next(): Promise<[IncomingMessage, ServerResponse]> {
    return (
      this.requests.shift() ??
      new Promise(resolve => {
        this.waiting.push(resolve);
      })
    );
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

describe('kubernetesModuleGitops', () => {
  const upstream = new Upstream();
  const agent = new Agent({ headersTimeout: 0, bodyTimeout: 0 });
  let stop: () => Promise<void>;
  let proxyUrl: string;

  beforeAll(async () => {
    const url = await upstream.start();
    const backend = await startTestBackend({
      features: [
        kubernetesPlugin,
        kubernetesModuleGitops,
        catalogServiceMock.factory(),
        mockServices.rootConfig.factory({
          data: {
            kubernetes: {
              serviceLocatorMethod: { type: 'multiTenant' },
              clusterLocatorMethods: [
                {
                  type: 'config',
                  clusters: [
                    {
                      name: 'one',
                      url,
                      authProvider: 'serviceAccount',
                      serviceAccountToken: 'token',
                    },
                  ],
                },
              ],
            },
          },
        }),
      ],
    });
    stop = () => backend.stop();
    proxyUrl = `http://127.0.0.1:${backend.server.port()}/api/kubernetes/proxy`;
  });

  afterAll(async () => {
    await agent.destroy();
    await stop?.();
    await upstream.stop();
  });

  function watch(signal?: AbortSignal) {
    return fetch(`${proxyUrl}/api/v1/namespaces?watch=true`, {
      dispatcher: agent,
      signal,
      headers: {
        'Accept-Encoding': 'identity',
        'Backstage-Kubernetes-Cluster': 'one',
      },
    });
  }

  it('sends the headers of a quiet watch at once and says that it is there', async () => {
    const answer = watch();
    const [request, response] = await upstream.next();
    expect(request.url).toBe('/api/v1/namespaces?watch=true');
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.flushHeaders();

    const { status, headers, body } = await answer;

    expect(status).toBe(200);
    expect(headers.get('backstage-gitops-watch')).toBe('closes');
    await body?.cancel();
  });

  it('passes events on as they come, and a clean end as a clean end', async () => {
    const answer = watch();
    const [, response] = await upstream.next();
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.write('{"type":"ADDED"}\n');
    const reader = (await answer).body!.getReader();

    const first = await reader.read();
    expect(Buffer.from(first.value!).toString()).toBe('{"type":"ADDED"}\n');

    response.end();
    await expect(reader.read()).resolves.toMatchObject({ done: true });
  });

  it('ends the upstream watch when the client goes away', async () => {
    const client = new AbortController();
    const answer = watch(client.signal);
    const [, response] = await upstream.next();
    const closed = once(response, 'close');
    response.writeHead(200);
    response.flushHeaders();
    await answer;

    client.abort();

    await closed;
    expect(response.writableFinished).toBe(false);
  });

  it('tears the client down when the upstream connection is torn', async () => {
    const answer = watch();
    const [, response] = await upstream.next();
    response.writeHead(200, { 'Content-Type': 'application/json' });
    response.write('{"type":"ADDED"}\n');
    const reader = (await answer).body!.getReader();
    await reader.read();

    response.destroy();

    await expect(reader.read()).rejects.toThrow('terminated');
  });

  it('leaves short requests and errors of the cluster as they are', async () => {
    const answer = watch();
    const [, response] = await upstream.next();
    response.writeHead(410, { 'Content-Type': 'application/json' });
    response.end('{"kind":"Status","code":410}');

    const { status, body } = await answer;

    expect(status).toBe(410);
    expect(body).not.toBeNull();
    await body?.cancel();
  });
});
