import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ControlPlane, waitUntil } from '@backstage-gitops/control-plane';
import { freePort, Portal, PortalClient } from '@backstage-gitops/launcher';
import type {
  AuthorizeConnectionDocument,
  ConnectionDocument,
  ConnectionHostDocument,
} from '@backstage-gitops/plugin-gitops-common';
import { knex } from 'knex';
import { stringify } from 'yaml';
import { newGiteaToken } from '../harness/newGiteaToken';
import { sqliteDatabase } from '../harness/PortalDatabase';
import { GiteaBrowser } from './GiteaBrowser';

const SCOPES = ['write:repository', 'write:user', 'write:organization'];
/** From the click on "connect" to a token that the host accepts, in milliseconds. */
const USABLE_LIMIT_MS = 2_000;

jest.setTimeout(240_000);

// Consent, renewal and revocation with a real Gitea as the authorization server.
// The tests build on each other: each goes on where the one before ended.
describe('connections to a real Gitea', () => {
  let controlPlane: ControlPlane;
  let folder: string;
  let portal: Portal;
  let client: PortalClient;
  let browser: GiteaBrowser;
  let connection: ConnectionDocument;
  const secrets: string[] = [];

  beforeAll(async () => {
    controlPlane = await ControlPlane.start({ clusters: [] });
    const { gitea } = controlPlane;
    folder = await mkdtemp(join(tmpdir(), 'gitops-e2e-connections-'));
    const port = await freePort();
    const application = await gitea.request<{
      client_id: string;
      client_secret: string;
    }>('POST', '/user/applications/oauth2', {
      name: 'portal',
      redirect_uris: [`http://localhost:${port}/gitops/connections/callback`],
      confidential_client: true,
    });
    secrets.push(application!.client_secret);
    const configFile = join(folder, 'app-config.gitea.yaml');
    await writeFile(
      configFile,
      stringify({
        integrations: { gitea: [{ host: gitea.host, baseUrl: gitea.url }] },
        kubernetes: {
          clusterLocatorMethods: [{ type: 'config', clusters: [] }],
        },
        gitops: {
          gitHosts: [
            {
              host: gitea.host,
              oauth: {
                clientId: application!.client_id,
                clientSecret: application!.client_secret,
              },
            },
          ],
        },
      }),
      { mode: 0o600 },
    );
    portal = await Portal.start({
      port,
      dataFolder: folder,
      environment: {
        GITOPS_ENCRYPTION_KEY: randomBytes(32).toString('base64'),
      },
      configFiles: [configFile],
    });
    client = new PortalClient(portal.url);
    await client.signIn();
    browser = await GiteaBrowser.signIn(gitea.url, gitea);
  });
  afterAll(async () => {
    await portal?.stop();
    await controlPlane?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function call<T>(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<T> {
    const text = await client.text(method, `/gitops${path}`, body);
    return (text ? JSON.parse(text) : undefined) as T;
  }

  async function row(id: string) {
    const [found] = await sqliteDatabase(folder).rows(
      'git_platform_connections',
      { id },
    );
    return found;
  }

  /** Lets times come that would be long in coming. */
  async function change(id: string, columns: Record<string, unknown>) {
    const database = knex({
      client: 'better-sqlite3',
      connection: { filename: join(folder, 'db', 'gitops.sqlite') },
      useNullAsDefault: true,
    });
    try {
      await database('git_platform_connections').where({ id }).update(columns);
    } finally {
      await database.destroy();
    }
  }

  it('takes a pasted token, which is usable at once', async () => {
    const { gitea } = controlPlane;
    const tokenOf = async (scopes: string[]) => {
      const token = await newGiteaToken(gitea, scopes);
      secrets.push(token);
      return token;
    };
    const { items: hosts } = await call<{ items: ConnectionHostDocument[] }>(
      'GET',
      '/connections/hosts',
    );
    expect(hosts).toEqual([
      expect.objectContaining({ host: gitea.host, oauth: true }),
    ]);

    const body = { host: gitea.host, token: await tokenOf(SCOPES) };
    const before = performance.now();
    const made = await call<ConnectionDocument>('POST', '/connections', body);
    const stored = performance.now();
    const tested = await call<ConnectionDocument>(
      'POST',
      `/connections/${made.id}/test`,
    );
    const usable = performance.now();
    process.stderr.write(
      `[e2e] connection to usable credential on local Gitea: stored after ${Math.round(
        stored - before,
      )} ms, used at the host after ${Math.round(usable - before)} ms\n`,
    );
    expect(usable - before).toBeLessThan(USABLE_LIMIT_MS);
    expect(tested).toMatchObject({
      username: gitea.username,
      status: 'active',
      method: 'token',
      scopes: expect.arrayContaining(SCOPES),
    });

    await expect(
      call('POST', '/connections', {
        host: gitea.host,
        token: await tokenOf(['read:user']),
      }),
    ).rejects.toThrow(/400 .*lacks write:repository/);
    await expect(
      call('POST', '/connections', { host: gitea.host, token: 'x'.repeat(40) }),
    ).rejects.toThrow(/400 .*does not accept the token/);
  });

  it('connects by consent, in place of the token of the same account', async () => {
    const { gitea } = controlPlane;
    const authorize = async () =>
      (
        await call<AuthorizeConnectionDocument>(
          'POST',
          '/connections/authorize',
          { host: gitea.host },
        )
      ).authorizationUrl;

    const refused = await browser.consent(await authorize(), false);
    expect(refused).toMatchObject({ error: 'access_denied' });
    await expect(
      call('POST', '/connections/callback', {
        state: refused.state,
        error: refused.error,
      }),
    ).rejects.toThrow(/403 .*was not granted/);

    const { code, state } = await browser.consent(await authorize());
    await expect(
      call('POST', '/connections/callback', { code, state: `${state}x` }),
    ).rejects.toThrow(/400 .*start connecting again/);
    connection = await call('POST', '/connections/callback', { code, state });
    expect(connection).toMatchObject({
      username: gitea.username,
      method: 'oauth',
      status: 'active',
    });
    const { items } = await call<{ items: ConnectionDocument[] }>(
      'GET',
      '/connections',
    );
    expect(items).toEqual([connection]);
    await expect(
      call('POST', '/connections/callback', { code, state }),
    ).rejects.toThrow(/400 .*was used already/);
    secrets.push(code);
  });

  it('renews the tokens', async () => {
    const before = await row(connection.id);
    await change(connection.id, { refresh_at: '2020-01-01T00:00:00.000Z' });
    const tested = await call<ConnectionDocument>(
      'POST',
      `/connections/${connection.id}/test`,
    );
    expect(tested.status).toBe('active');
    const after = await row(connection.id);
    expect(after.revision).toBe(Number(before.revision) + 1);
    expect(after.access_token).not.toBe(before.access_token);
    expect(after.refresh_token).not.toBe(before.refresh_token);
    expect(String(after.refresh_at) > new Date().toISOString()).toBe(true);
  });

  it('notices by itself that the user took the consent back', async () => {
    expect(await browser.revokeGrants()).toBe(1);
    await change(connection.id, { validate_at: null });
    await waitUntil(
      'the connection to be called revoked',
      async () => (await row(connection.id)).status === 'revoked',
      { limitMs: 120_000 },
    );
    const {
      items: [seen],
    } = await call<{ items: ConnectionDocument[] }>('GET', '/connections');
    expect(seen.message).toMatch(/connect the account again/);
  });

  it('ends, and leaves no secret behind', async () => {
    const events = await sqliteDatabase(folder).rows('unified_events', {
      resource_id: connection.id,
    });
    expect(events.map(({ action }) => action)).toEqual(
      expect.arrayContaining([
        'connection-made',
        'connection-replaced',
        'connection-revoked',
      ]),
    );
    await call('DELETE', `/connections/${connection.id}`);
    expect(await call('GET', '/connections')).toEqual({ items: [] });
    const everything = [
      (await sqliteDatabase(folder).everything()).toString('latin1'),
      ...portal.log.map(({ text }) => text),
    ].join('\n');
    for (const secret of secrets) {
      expect(everything.includes(secret)).toBe(false);
    }
  });
});
