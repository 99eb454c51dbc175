import { createVerify, generateKeyPairSync } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { checkAppKey, checkGithubApp, githubApiUrl } from './githubApp';

const { privateKey, publicKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  publicKeyEncoding: { type: 'spki', format: 'pem' },
});

// GitHub's API as its description tells it: "Get an installation for the
// authenticated app", with the app's own token.
let server: Server;
let answer: { status: number; body: object };
const asked: { url?: string; authorization?: string }[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    asked.push({
      url: request.url,
      authorization: request.headers.authorization,
    });
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer.body));
  });
  await new Promise<void>(resolve => {
    server.listen(0, '127.0.0.1', resolve);
  });
});
afterAll(() => new Promise(resolve => server.close(resolve)));

function check(status: number, body: object = {}) {
  answer = { status, body };
  const { port } = server.address() as AddressInfo;
  return checkGithubApp(
    {
      appId: '12',
      installationId: '34',
      privateKey,
      apiUrl: `http://127.0.0.1:${port}/api/v3`,
    },
    { host: 'github.example.com' },
  );
}

describe('GitHub Apps', () => {
  it('are asked about as themselves, and warned about when they may too much', async () => {
    const permissions = { metadata: 'read', contents: 'read' };
    expect(await check(200, { permissions })).toEqual({ excessive: [] });
    const { url, authorization } = asked.at(-1)!;
    expect(url).toBe('/api/v3/app/installations/34');
    const [header, claims, signature] = authorization!
      .replace('Bearer ', '')
      .split('.');
    expect(
      createVerify('RSA-SHA256')
        .update(`${header}.${claims}`)
        .verify(publicKey, signature, 'base64url'),
    ).toBe(true);
    const { iss, iat, exp } = JSON.parse(
      Buffer.from(claims, 'base64url').toString(),
    );
    expect(iss).toBe('12');
    // GitHub refuses more than ten minutes.
    expect(exp - iat).toBeLessThanOrEqual(600);

    expect(
      await check(200, {
        permissions: { ...permissions, contents: 'write', issues: 'read' },
      }),
    ).toEqual({ excessive: ['contents: write', 'issues: read'] });
  });

  it.each([
    [401, {}, 'InputError', /does not accept this private key/],
    [404, {}, 'InputError', /has no installation 34/],
    [
      200,
      { permissions: { metadata: 'read' } },
      'InputError',
      /Contents: read/,
    ],
    [502, {}, 'ServiceUnavailableError', /answered 502/],
  ])('say what is wrong: %s', async (status, body, name, message) => {
    const refused = check(status, body);
    await expect(refused).rejects.toMatchObject({ name });
    await expect(refused).rejects.toThrow(message);
  });

  it('have RSA keys without a passphrase', () => {
    expect(() => checkAppKey(privateKey)).not.toThrow();
    const protectedKey = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      privateKeyEncoding: {
        type: 'pkcs8',
        format: 'pem',
        cipher: 'aes-256-cbc',
        passphrase: 'secret',
      },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    }).privateKey;
    const wrongKind = generateKeyPairSync('ed25519', {
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    }).privateKey;
    expect(() => checkAppKey(protectedKey)).toThrow(/passphrase/);
    expect(() => checkAppKey(wrongKind)).toThrow(/this one is ed25519/);
    expect(() => checkAppKey('no key')).toThrow(/not a private key in PEM/);
  });

  it('are asked where the host is', () => {
    expect(
      githubApiUrl({ host: 'github.com', baseUrl: 'https://github.com' }),
    ).toBeUndefined();
    expect(
      githubApiUrl({ host: 'ghe.example', baseUrl: 'https://ghe.example' }),
    ).toBe('https://ghe.example/api/v3');
  });
});
