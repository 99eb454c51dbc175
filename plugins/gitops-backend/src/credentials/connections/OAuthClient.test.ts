import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import {
  GiteaProvider,
  GithubProvider,
  type GitHostProvider,
} from '@backstage-gitops/plugin-gitops-node';
import { inEnglish } from '../../words/notice';
import { OAuthClient } from './OAuthClient';

const SETTINGS = { clientId: 'portal', clientSecret: 'client-secret' };

const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
});

async function listen(handle: RequestListener): Promise<string> {
  const server = createServer(handle);
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function clientOf(provider: GitHostProvider) {
  return new OAuthClient(provider, SETTINGS, 'https://portal/callback', {
    answerMs: 300,
  });
}

async function giteaClient(handle: RequestListener) {
  const host = await listen(handle);
  return clientOf(new GiteaProvider({ host, baseUrl: `http://${host}` }));
}

it.each<[string, RequestListener, object]>([
  [
    'an answer that does not come in time',
    () => {},
    { kind: 'lost', words: 'gave no whole answer (timed out)' },
  ],
  [
    'an answer that breaks off',
    (request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{');
      setImmediate(() => request.socket.destroy());
    },
    { kind: 'lost' },
  ],
  [
    'an answer without an end',
    (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      const more = () => {
        while (response.write('x'.repeat(16_384)));
        response.once('drain', more);
      };
      more();
    },
    { kind: 'lost', words: 'gave no whole answer (the answer is too long)' },
  ],
  [
    'tokens of a kind that nobody knows',
    (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('{"access_token":"a","token_type":"mac"}');
    },
    { kind: 'lost' },
  ],
  [
    'the limits of GitHub',
    (_, response) => {
      response.writeHead(403, {
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': String(Math.ceil(Date.now() / 1000) + 60),
      });
      response.end('{}');
    },
    { kind: 'busy', words: 'answered 403', retryAfterMs: expect.any(Number) },
  ],
  [
    'Gitea’s word for a refresh token that was used',
    (_, response) => {
      response.writeHead(400, { 'content-type': 'application/json' });
      response.end(
        '{"error":"unauthorized_client","error_description":"token was already used"}',
      );
    },
    { kind: 'refused' },
  ],
  [
    'Gitea’s word for a wrong client secret',
    (_, response) => {
      response.writeHead(400, { 'content-type': 'application/json' });
      response.end(
        '{"error":"unauthorized_client","error_description":"invalid client secret client-secret"}',
      );
    },
    {
      kind: 'misconfigured',
      words: 'unauthorized_client: invalid client secret [hidden]',
    },
  ],
])('tells what a renewal comes to: %s', async (_, handle, expected) => {
  const client = await giteaClient(handle);
  const answer = await client.refresh('refresh-secret');
  expect({
    ...answer,
    ...('words' in answer && { words: inEnglish(answer.words) }),
  }).toMatchObject(expected);
});

it('takes tokens without an end and scopes in either form', async () => {
  const client = await giteaClient((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(
      '{"access_token":"a","token_type":"Bearer","scope":"repo,read:user"}',
    );
  });
  expect(await client.refresh('refresh-secret')).toEqual({
    kind: 'tokens',
    tokens: { accessToken: 'a', scopes: ['repo', 'read:user'] },
  });
});

it('revokes at GitHub in its own way, by the access token', async () => {
  const requests: object[] = [];
  const host = await listen(async (request, response) => {
    requests.push({
      method: request.method,
      url: request.url,
      authorization: request.headers.authorization,
      body: JSON.parse(await text(request)),
    });
    response.writeHead(204).end();
  });
  const provider = new GithubProvider({
    host,
    baseUrl: `http://${host}`,
    apiBaseUrl: `http://${host}/api/v3`,
    settings: { host, allowPrivateAddress: true, oauth: SETTINGS },
  });
  const tokens = { accessToken: 'access', refreshToken: 'refresh' };
  expect(await clientOf(provider).revoke(tokens)).toBe(true);
  expect(requests).toEqual([
    {
      method: 'DELETE',
      url: '/api/v3/applications/portal/token',
      authorization: `Basic ${Buffer.from('portal:client-secret').toString(
        'base64',
      )}`,
      body: { access_token: 'access' },
    },
  ]);
});

it('asks no other host for tokens than the configured one', async () => {
  const provider = new GiteaProvider({
    host: 'git.example.com',
    baseUrl: 'https://git.example.com',
  });
  Object.assign(provider, {
    oauth: { ...provider.oauth, tokenUrl: 'http://169.254.169.254/token' },
  });
  expect(() => clientOf(provider)).toThrow(/which is another host/);
});
