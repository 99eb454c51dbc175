import { generateKeyPairSync, randomBytes } from 'node:crypto';
import type { Page } from 'playwright-core';
import { serviceValues } from '../demo/runMainJob';
import { ensureAppBundle } from '../portal/appBundle';
import { browserTraces } from './__testUtils__/leaks/browserTraces';
import { dumpDatabases } from './__testUtils__/leaks/dumpDatabases';
import {
  type Canary,
  ed25519Seed,
  findLeaks,
  keyLines,
  type Place,
  tracesOf,
} from './__testUtils__/leaks/findLeaks';
import { eventually } from '../testbench/eventually';
import { FlowBench } from '../testbench/FlowBench';

jest.setTimeout(600_000);

const word = () => randomBytes(24).toString('hex');

describe('the search itself', () => {
  it('finds a secret in every form, wherever it stands', () => {
    for (const secret of ['p4ss"w0rd/with+signs&é and more', word()]) {
      for (const { form, text } of tracesOf(secret)) {
        const place = {
          name: 'a log',
          content: Buffer.from(`before ${text} after`, 'latin1'),
        };
        expect(findLeaks([place], [{ name: 'it', secret }])).toContain(
          `it, ${form}, in a log`,
        );
      }
      // Where somebody else encoded it, with something before it.
      for (const before of ['', 'a', 'ab', 'user:']) {
        const content = Buffer.from(`${before}${secret}, and on`).toString(
          'base64',
        );
        expect(
          findLeaks([{ name: 'it', content }], [{ name: 'it', secret }]),
        ).not.toEqual([]);
      }
    }
  });

  it('finds nothing where nothing is', () => {
    const content = Array.from({ length: 2_000 }, word).join(' ');
    expect(
      findLeaks([{ name: 'a log', content }], [{ name: 'it', secret: word() }]),
    ).toEqual([]);
  });
});

describe('a portal that is given secrets at every entry', () => {
  const canaries: Canary[] = [];
  const places: Place[] = [];
  let bench: FlowBench;
  let userToken: string;
  let signals: WebSocket;

  /** Remembers a secret as planted. */
  function plant(name: string, secret: string = word()): string {
    canaries.push({ name, secret });
    return secret;
  }

  /** A token that the Git host takes. */
  async function plantToken(name: string): Promise<string> {
    const { admin, url } = bench.backing.sandbox.git;
    const response = await fetch(
      `${url}/api/v1/users/${admin.username}/tokens`,
      {
        method: 'POST',
        headers: {
          authorization: `Basic ${Buffer.from(
            `${admin.username}:${admin.password}`,
          ).toString('base64')}`,
          'content-type': 'application/json',
        },
        body: JSON.stringify({ name, scopes: ['all'] }),
      },
    );
    const { sha1 } = (await response.json()) as { sha1: string };
    return plant(name, sha1);
  }

  /** Calls a route below `/api`; whatever it answers is kept. */
  async function call(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ status: number; text: string }> {
    const response = await fetch(`${bench.portal.url}/api${path}`, {
      method,
      headers: {
        authorization: `Bearer ${userToken}`,
        'content-type': 'application/json',
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(120_000),
    });
    const text = await response.text();
    places.push({
      name: `the answer to ${method} ${path}`,
      content: `${JSON.stringify([...response.headers])}\n${text}`,
    });
    return { status: response.status, text };
  }

  const project = (slug: string, change: Record<string, unknown> = {}) => ({
    slug,
    ownerRef: 'group:default/guests',
    repository: {
      host: bench.backing.repositoryHost,
      owner: 'platform',
      name: slug,
    },
    environments: [{ name: 'development' }],
    files: [
      {
        path: 'deploy/overlays/development/kustomization.yaml',
        content: Buffer.from('resources: []\n').toString('base64'),
      },
    ],
    ...change,
  });

  const setUp = async (slug: string, change?: Record<string, unknown>) => {
    await call('POST', '/gitops/projects', project(slug, change));
    return call('POST', `/gitops/projects/${slug}/initialize`, {});
  };

  beforeAll(async () => {
    await ensureAppBundle(text => process.stderr.write(`${text}\n`));
    const hostKey = randomBytes(32).toString('base64');
    bench = await FlowBench.start({ LOG_LEVEL: 'debug' }, (gates, sandbox) => ({
      gitops: {
        gitHosts: [
          {
            host: gates.git.host,
            allowPrivateAddress: true,
            oauth: {
              clientId: 'portal',
              clientSecret: plant('the OAuth client secret'),
            },
          },
          {
            // The same host by another address, with keys.
            host: sandbox.git.host,
            allowPrivateAddress: true,
            ssh: {
              port: 22022,
              knownHosts: `[127.0.0.1]:22022 ssh-ed25519 ${hostKey}`,
            },
          },
        ],
      },
    }));
    const { git, clusters } = bench.backing.sandbox;
    plant("the integration's token", git.admin.token);
    plant("the portal's token of the cluster", clusters[0].token);
    plant('the encryption key', bench.encryptionKey);
    canaries.push({
      name: 'the encryption key, decoded',
      secret: Buffer.from(bench.encryptionKey, 'base64'),
    });

    const answer = await fetch(`${bench.portal.url}/api/auth/guest/refresh`, {
      headers: { 'x-requested-with': 'XMLHttpRequest' },
    });
    ({
      backstageIdentity: { token: userToken },
    } = (await answer.json()) as { backstageIdentity: { token: string } });
    await eventually(async () => {
      signals = new WebSocket(
        `${bench.portal.url.replace('http', 'ws')}/api/signals`,
        [userToken],
      );
      await new Promise((resolve, reject) => {
        signals.onopen = resolve;
        signals.onerror = () => reject(new Error('no signals yet'));
        setTimeout(() => reject(new Error('no signals yet')), 1_000);
      });
    });
    signals.onmessage = ({ data }) =>
      places.push({ name: 'a signal', content: String(data) });
    signals.send(JSON.stringify({ action: 'subscribe', channel: 'gitops' }));
  });

  afterAll(async () => {
    signals?.close();
    await bench?.stop();
  });

  it('does its work with them', async () => {
    const task = await call('POST', '/scaffolder/v2/tasks', {
      templateRef: 'template:default/gitops-service',
      values: serviceValues(bench.backing, 'templated'),
      secrets: {
        USER_OAUTH_TOKEN: await plantToken("a task's token of the user"),
      },
    });
    const { id } = JSON.parse(task.text);

    const given = await setUp('given', {
      hostToken: await plantToken('the host token of a set-up'),
      credential: {
        kind: 'token',
        token: await plantToken('the token given for Flux'),
      },
    });
    expect(given.text).toContain('"type":"result"');

    const keyed = await setUp('keyed', {
      credential: { kind: 'ssh' },
      repository: {
        host: bench.backing.sandbox.git.host,
        owner: 'platform',
        name: 'keyed',
      },
    });
    expect(keyed.text).toContain('"type":"result"');
    const [{ store }] = bench.backing.sandbox.clusters;
    const secret = store.get(
      store.resolve('v1', 'Secret')!,
      'project-keyed',
      'keyed-git-auth',
    ) as unknown as { data: { identity: string } };
    canaries.push({
      name: 'an SSH key that the portal made',
      secret: ed25519Seed(
        Buffer.from(secret.data.identity, 'base64').toString(),
      ),
    });

    const { host } = bench.gates.git;
    const connected = await call('POST', '/gitops/connections', {
      host,
      token: await plantToken('a pasted token of a connection'),
    });
    expect(connected.status).toBe(201);
    const { id: connection } = JSON.parse(connected.text);
    await call('POST', `/gitops/connections/${connection}/test`);
    await setUp('connected', {
      credential: { kind: 'connection', connectionId: connection },
    });

    const access = await plantToken('an OAuth access token');
    const refresh = plant('an OAuth refresh token');
    bench.gates.git.answers = ({ url }) =>
      url.startsWith('/login/oauth/access_token')
        ? {
            status: 200,
            body: JSON.stringify({
              access_token: access,
              refresh_token: refresh,
              token_type: 'bearer',
              expires_in: 3600,
            }),
          }
        : undefined;
    const authorization = JSON.parse(
      (await call('POST', '/gitops/connections/authorize', { host })).text,
    ).authorizationUrl;
    const back = await call('POST', '/gitops/connections/callback', {
      state: new URL(authorization).searchParams.get('state'),
      code: plant('an OAuth code'),
    });
    expect(back.status).toBe(201);
    bench.gates.git.answers = () => undefined;

    await call('POST', '/gitops/projects/given/credentials', {
      credential: {
        kind: 'token',
        token: await plantToken('a token that takes the place of another'),
      },
      hostToken: await plantToken('the host token of a replacement'),
    });
    await call('POST', '/gitops/projects/given/credentials/rotate', {
      hostToken: await plantToken('the host token of a rotation'),
    });
    const outcome = await bench.client.waitForTask(id, { limitMs: 120_000 });
    places.push({ name: 'the task', content: JSON.stringify(outcome) });
    expect(outcome.status).toBe('completed');
  });

  it('says why things fail without giving them away', async () => {
    const { git, cluster } = bench.gates;
    const { host } = git;
    const refused = await setUp('refused', {
      hostToken: plant('a token that the host refuses'),
    });
    expect(refused.text).toContain('"type":"error"');
    await call('POST', '/gitops/projects', {
      ...project('refused-credential'),
      credential: { kind: 'token', token: plant('a refused token for Flux') },
    });
    await call('POST', '/gitops/projects/refused-credential/initialize', {});
    await call('POST', '/gitops/connections', {
      host,
      token: plant('a refused token of a connection'),
    });
    await call('POST', '/gitops/connections', {
      host,
      token: `${plant('a token with a line end')}\n`,
    });
    await call('POST', '/gitops/connections/callback', {
      state: plant('a state that is not ours'),
      code: plant('a code for nobody'),
    });

    const { privateKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    canaries.push(...keyLines("an app's private key", privateKey));
    const app = {
      kind: 'app',
      appType: 'github_app',
      appId: '1',
      installationId: '2',
      privateKey,
    };
    await setUp('app', { credential: app });
    await call('POST', '/gitops/projects/given/credentials', {
      credential: app,
    });
    await call('POST', '/gitops/projects/given/credentials', {
      credential: { ...app, privateKey: privateKey.slice(0, 900) },
    });

    const inUrl = plant('a password in an address');
    for (const address of [
      `someone:${inUrl}@${host}`,
      `http://someone:${inUrl}@${host}`,
    ]) {
      await call('POST', '/gitops/connections', {
        host: address,
        token: plant('a token for a host that is none'),
      });
      await call('POST', '/gitops/connections/authorize', { host: address });
      await call(
        'POST',
        '/gitops/projects',
        project('in-url', {
          repository: { host: address, owner: 'platform', name: 'in-url' },
        }),
      );
    }

    // Servers that say back what they were sent.
    for (const [status, type] of [
      [500, 'application/json'],
      [400, 'text/html'],
      [403, 'application/json'],
      [200, 'text/html'],
    ] as const) {
      const echo: typeof git.answers = ({ authorization = '' }) => {
        const sent = authorization.replace(/^\S+ /, '');
        const text = `${authorization} ${sent} ${Buffer.from(
          sent,
          'base64',
        ).toString('latin1')}`;
        return {
          status,
          type,
          body:
            type === 'text/html'
              ? `<html>Denied: ${text}</html>`
              : JSON.stringify({ message: `Denied: ${text}`, error: text }),
        };
      };
      git.answers = echo;
      await call('POST', '/gitops/connections', {
        host,
        token: plant(`a token that a host answers ${status} with`),
      });
      await setUp(`echo-${status}`, {
        hostToken: plant(`a host token that a host answers ${status} with`),
      });
      git.answers = () => undefined;
      cluster.answers = passage =>
        passage.url.includes('watch=') ? undefined : echo(passage);
      await call('DELETE', '/gitops/projects/given?dryRun=true');
      await call(
        'POST',
        '/gitops/projects/given/environments/development/reconcile',
      );
      cluster.answers = () => undefined;
    }

    for (const gate of [git, cluster]) {
      gate.close();
      await call('POST', '/gitops/connections', {
        host,
        token: plant('a token for a host that is down'),
      });
      await setUp('down', {
        hostToken: plant('a host token while all is down'),
      });
      await call('DELETE', '/gitops/projects/given?dryRun=true');
      gate.open();
    }
  });

  it('shows them to nobody who looks', async () => {
    const slugs = bench.rows.select('select slug from projects');
    for (const { slug } of slugs) {
      for (const part of [
        '',
        '/events?limit=100',
        '/deployments',
        '/diagnosis',
        '/credentials',
        '/sync-logs?limit=100',
        '/environments/development/inventory',
      ]) {
        await call('GET', `/gitops/projects/${slug}${part}`);
      }
    }
    for (const path of [
      '/gitops/projects',
      '/gitops/fleet',
      '/gitops/connections',
      '/gitops/connections/hosts',
      '/gitops/clusters',
      '/gitops/health',
      '/gitops/entities/component/default/templated',
      '/scaffolder/v2/tasks',
      '/catalog/entities',
    ]) {
      await call('GET', path);
    }
    const metrics = await fetch(`${bench.portal.url}/metrics`);
    places.push({ name: 'the metrics', content: await metrics.text() });
    for (const { id } of JSON.parse(
      (await call('GET', '/scaffolder/v2/tasks')).text,
    ).tasks as { id: string }[]) {
      await call('GET', `/scaffolder/v2/tasks/${id}`);
      await call('GET', `/scaffolder/v2/tasks/${id}/events`);
    }
    const removed = await call('DELETE', '/gitops/projects/keyed');
    expect(removed.status).toBe(200);
    expect(places.some(({ name }) => name === 'a signal')).toBe(true);
  });

  it('leaves nothing of them in a browser', async () => {
    const pasted = await plantToken('a token pasted on the page');
    const { url } = bench.portal;
    const { host: sandboxHost } = bench.backing.sandbox.git;
    const traces = await browserTraces(url, async (page: Page) => {
      await page.goto(`${url}/catalog/default/component/templated`);
      await page.waitForLoadState('load');
      await page.goto(`${url}/gitops/connections`);
      await page
        .getByRole('button', { name: `Use a token of ${sandboxHost}` })
        .click();
      const dialog = page.getByRole('dialog');
      await dialog.locator('input[type=password]').fill(pasted);
      await dialog.locator('button[type=submit]').click();
      await dialog.waitFor({ state: 'detached' });
      await page.goto(`${url}/gitops`);
      await page.waitForLoadState('load');
    });
    // The page has done what it was asked for, and its answers were kept.
    expect(traces.map(({ name }) => name)).toEqual(
      expect.arrayContaining([`the answer to ${url}/api/gitops/connections`]),
    );
    places.push(...traces);
  });

  it('has none of them anywhere', async () => {
    const { log } = bench.portal;
    const lines = log.map(({ text }) => text).join('\n');
    // What is searched is what it is thought to be.
    expect(log.some(({ level }) => level === 'debug')).toBe(true);
    expect(lines).toContain('connection-mutate');
    const dumps = await dumpDatabases(bench.folder);
    expect(
      dumps.find(({ name }) => name.includes('table git_platform_connections'))
        ?.content,
    ).toContain('v1.development.');
    const everything: Place[] = [
      ...places,
      ...dumps,
      { name: 'the log', content: lines },
    ];
    expect(
      findLeaks(everything, [{ name: 'the user', secret: 'sandbox-admin' }]),
    ).not.toEqual([]);
    expect(canaries.length).toBeGreaterThan(30);
    expect([...new Set(findLeaks(everything, canaries))]).toEqual([]);
  });
});
