import {
  createServer,
  IncomingMessage,
  Server,
  ServerResponse,
} from 'node:http';
import { AddressInfo } from 'node:net';
import { createBackendPlugin } from '@backstage/backend-plugin-api';
import {
  mockCredentials,
  mockServices,
  startTestBackend,
} from '@backstage/backend-test-utils';
import type { InitializationMessage } from '@backstage-gitops/plugin-gitops-common';
import { DefaultGitopsService } from './DefaultGitopsService';
import type { GitopsService } from './GitopsService';
import { gitopsServiceRef } from './gitopsServiceRef';

type Handler = (
  request: IncomingMessage & { body: string },
  response: ServerResponse,
) => void;

const result = {
  slug: 'shop',
  status: 'active',
  progress: 100,
  steps: [],
  environments: [],
};
const credentials = mockCredentials.user('user:default/jane');

let server: Server;
let baseUrl: string;
let handle: Handler;

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk);
    }
    handle(
      Object.assign(request, { body: Buffer.concat(chunks).toString() }),
      response,
    );
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  baseUrl = `http://127.0.0.1:${
    (server.address() as AddressInfo).port
  }/api/gitops`;
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise(resolve => server.close(resolve));
});

function createService(streamSilenceMs?: number): GitopsService {
  return DefaultGitopsService.create({
    auth: mockServices.auth(),
    discovery: {
      getBaseUrl: async () => baseUrl,
      getExternalBaseUrl: async () => baseUrl,
    },
    streamSilenceMs,
  });
}

function answer(response: ServerResponse, status: number, body: unknown) {
  response.writeHead(status, { 'Content-Type': 'application/json' });
  response.end(JSON.stringify(body));
}

function line(message: unknown): string {
  return `${JSON.stringify(message)}\n`;
}

describe('requests', () => {
  it('speak for the user, to the routes, with every segment encoded', async () => {
    const seen: string[] = [];
    handle = (request, response) => {
      seen.push(`${request.method} ${request.url} ${request.body}`);
      expect(request.headers.authorization).toBe(
        mockCredentials.service.header({
          onBehalfOf: credentials,
          targetPluginId: 'gitops',
        }),
      );
      answer(response, 200, { slug: 'shop', items: [] });
    };
    const service = createService();

    await service.getProject('a/b', { credentials });
    await service.getProjectByEntity('component:default/shop', { credentials });
    await service.listProjects(
      { state: 'failed', owner: 'group:default/a', limit: 2, cursor: 'c' },
      { credentials },
    );
    await service.listProjects({}, { credentials });
    await service.diagnose('shop', { credentials });
    await service.reconcile('shop', 'staging', { credentials });

    expect(seen).toEqual([
      'GET /api/gitops/projects/a%2Fb ',
      'GET /api/gitops/entities/component/default/shop ',
      'GET /api/gitops/projects?state=failed&owner=group%3Adefault%2Fa&limit=2&cursor=c ',
      'GET /api/gitops/projects ',
      'GET /api/gitops/projects/shop/diagnosis ',
      'POST /api/gitops/projects/shop/environments/staging/reconcile ',
    ]);
    await expect(service.getProject('..', { credentials })).rejects.toThrow(
      "'..' is not a name",
    );
  });

  it.each([
    [400, 'InputError'],
    [401, 'AuthenticationError'],
    [403, 'NotAllowedError'],
    [404, 'NotFoundError'],
    [409, 'ConflictError'],
    [503, 'ServiceUnavailableError'],
    [418, 'TeapotError'],
  ])('keep name and message of a %s', async (statusCode, name) => {
    handle = (_, response) =>
      answer(response, statusCode, {
        error: { name, message: 'the words of the backend' },
        request: { method: 'GET', url: '/x' },
        response: { statusCode },
      });
    await expect(
      createService().getProject('shop', { credentials }),
    ).rejects.toMatchObject({ name, message: 'the words of the backend' });
  });

  it('name an answer that is none of ours by its status', async () => {
    handle = (_, response) => {
      response.writeHead(502, { 'Content-Type': 'text/html' });
      response.end('<p>bad gateway</p>');
    };
    await expect(
      createService().getProject('shop', { credentials }),
    ).rejects.toMatchObject({ name: 'ServiceUnavailableError' });

    handle = (_, response) => {
      response.writeHead(200, { 'Content-Type': 'application/json' });
      response.end('{"slug":');
    };
    await expect(
      createService().getProject('shop', { credentials }),
    ).rejects.toMatchObject({
      name: 'ServiceUnavailableError',
      message: expect.stringContaining('GET /projects/shop could not be read'),
    });
  });

  it('say where nobody answers', async () => {
    const unreachable = DefaultGitopsService.create({
      auth: mockServices.auth(),
      discovery: {
        getBaseUrl: async () => 'http://127.0.0.1:1/api/gitops',
        getExternalBaseUrl: async () => 'http://127.0.0.1:1/api/gitops',
      },
    });
    await expect(
      unreachable.getProject('shop', { credentials }),
    ).rejects.toMatchObject({
      name: 'ServiceUnavailableError',
      message: expect.stringMatching(
        /127\.0\.0\.1:1\/api\/gitops did not answer GET \/projects\/shop: .+/,
      ),
    });
  });

  it('end when the caller gives up', async () => {
    const controller = new AbortController();
    handle = () => controller.abort(new Error('enough'));
    await expect(
      createService().getProject('shop', {
        credentials,
        signal: controller.signal,
      }),
    ).rejects.toThrow('enough');
  });
});

describe('initialize', () => {
  it('hands on every message, wherever the chunks end', async () => {
    const messages: InitializationMessage[] = [
      { type: 'log', level: 'info', message: 'Große Dinge: 创建环境 🚀' },
      { type: 'heartbeat' },
      { type: 'result', result: result as never },
    ];
    const bytes = Buffer.from(messages.map(line).join('\n'));
    handle = (request, response) => {
      expect(request.headers['accept-encoding']).toBe('identity');
      expect(request.body).toBe('{"through":"finish","hostToken":"t"}');
      let offset = 0;
      const writeOn = () => {
        if (offset >= bytes.length) {
          response.end();
          return;
        }
        response.write(bytes.subarray(offset, offset + 3), () =>
          setImmediate(writeOn),
        );
        offset += 3;
      };
      writeOn();
    };
    const seen: InitializationMessage[] = [];

    await expect(
      createService().initialize(
        'shop',
        { through: 'finish', hostToken: 't' },
        { credentials, onMessage: message => seen.push(message) },
      ),
    ).resolves.toEqual(result);
    expect(seen).toEqual(messages);
  });

  it('adds an environment in the same way', async () => {
    handle = (request, response) => {
      expect(`${request.method} ${request.url} ${request.body}`).toBe(
        'POST /api/gitops/projects/shop/environments {"name":"qa"}',
      );
      response.end(line({ type: 'result', result }));
    };
    await expect(
      createService().addEnvironment('shop', { name: 'qa' }, { credentials }),
    ).resolves.toEqual(result);
  });

  it('throws the error of the run as its own class', async () => {
    handle = (_, response) =>
      response.end(
        line({
          type: 'error',
          error: { name: 'ConflictError', message: 'not ours, not ready' },
        }),
      );
    await expect(
      createService().initialize('shop', {}, { credentials }),
    ).rejects.toMatchObject({
      name: 'ConflictError',
      message: 'not ours, not ready',
    });
  });

  it.each([
    ['before it was over', line({ type: 'heartbeat' }), false],
    ['in the middle of a message', `${line({ type: 'heartbeat' })}{"ty`, false],
    // A whole message without its line break may still be half of one.
    ['in the middle of a message', '{"type":"result","result":{}}', false],
    ['broke', line({ type: 'heartbeat' }), true],
    ['not a message', 'Bad gateway\n', false],
  ])(
    'does not take a cut run for a finished one: %s',
    async (words, text, torn) => {
      handle = (_, response) => {
        response.write(text, () =>
          torn ? response.destroy() : response.end(),
        );
      };
      await expect(
        createService().initialize('shop', {}, { credentials }),
      ).rejects.toMatchObject({
        name: 'GitopsStreamError',
        message: expect.stringMatching(
          new RegExp(`'shop'.*${words}|${words}.*'shop'`),
        ),
      });
    },
  );

  it('notices a dead connection, and that heartbeats keep one alive', async () => {
    handle = (_, response) => {
      let beats = 0;
      const beat = setInterval(() => {
        beats += 1;
        if (beats === 5) {
          clearInterval(beat);
        }
        response.write(line({ type: 'heartbeat' }));
      }, 100);
    };
    const seen: string[] = [];
    await expect(
      createService(300).initialize(
        'shop',
        {},
        { credentials, onMessage: ({ type }) => seen.push(type) },
      ),
    ).rejects.toMatchObject({
      name: 'GitopsStreamError',
      message: expect.stringContaining('silent for 0.3 s'),
    });
    expect(seen).toHaveLength(5);
  });

  it('ends when the caller gives up, and lets the backend know', async () => {
    const controller = new AbortController();
    const closed = new Promise<void>(resolve => {
      handle = (_, response) => {
        response.on('close', resolve);
        response.write(line({ type: 'heartbeat' }));
      };
    });
    await expect(
      createService().initialize(
        'shop',
        {},
        {
          credentials,
          signal: controller.signal,
          onMessage: () => controller.abort(new Error('enough')),
        },
      ),
    ).rejects.toThrow('enough');
    await closed;
  });
});

describe('gitopsServiceRef', () => {
  it('is there for any plugin without being installed', async () => {
    handle = (_, response) => answer(response, 200, { slug: 'shop' });
    let service: GitopsService | undefined;
    await startTestBackend({
      features: [
        mockServices.discovery.mock({ getBaseUrl: async () => baseUrl })
          .factory,
        createBackendPlugin({
          pluginId: 'other',
          register(reg) {
            reg.registerInit({
              deps: { gitops: gitopsServiceRef },
              async init({ gitops }) {
                service = gitops;
              },
            });
          },
        }),
      ],
    });
    await expect(service?.getProject('shop', { credentials })).resolves.toEqual(
      { slug: 'shop' },
    );
  });
});
