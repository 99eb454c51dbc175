import { type Gitea, waitUntil } from '@backstage-gitops/control-plane';
import type {
  AuthorizeConnectionDocument,
  ConnectionDocument,
  CredentialDocument,
} from '@backstage-gitops/plugin-gitops-common';
import { GiteaBrowser } from '../connections/GiteaBrowser';
import { changeFile } from '../harness/giteaFiles';
import { newGiteaToken } from '../harness/newGiteaToken';
import { serviceFiles } from '../harness/serviceFiles';
import { waitUntilReadyAt } from '../harness/waitForEnvironments';
import { Workbench } from '../harness/Workbench';
import { FetchLog, readSource } from './FetchLog';

jest.setTimeout(300_000);

const SLUG = 'safe';
const ENVIRONMENTS = ['development', 'staging', 'production'];
/** From the request to a source that has fetched, with Secrets in all namespaces. */
const ROTATION_LIMIT_MS = 10_000;

// Every kind that Gitea offers, read with by the real source-controller. The tests
// build on each other: each replaces what the one before left.
describe('credentials at a real Gitea', () => {
  let bench: Workbench;

  beforeAll(async () => {
    bench = await Workbench.start({
      config: async (gitea, portalUrl) => ({
        gitops: {
          gitHosts: [
            {
              host: gitea.host,
              ssh: { host: 'localhost', ...gitea.ssh },
              oauth: await registerPortal(gitea, portalUrl),
            },
          ],
        },
      }),
    });
    await bench.client.createProject({
      slug: SLUG,
      ownerRef: 'group:default/guests',
      repository: {
        host: bench.gitea.host,
        owner: bench.gitea.organization,
        name: SLUG,
      },
      environments: ENVIRONMENTS.map(name => ({ name })),
      files: serviceFiles(SLUG, ENVIRONMENTS),
    });
    const result = await bench.client.initialize(SLUG);
    await waitUntilReadyAt(bench.client, SLUG, result.repository!.commit!);
  });
  afterAll(() => bench?.stop());

  async function call<T>(method: string, path: string, body?: unknown) {
    const text = await bench.client.text(method, `/gitops${path}`, body);
    return JSON.parse(text) as T;
  }

  const read = () =>
    call<CredentialDocument>('GET', `/projects/${SLUG}/credentials`);

  function deployKeys() {
    return bench.gitea.request<{ title: string; read_only: boolean }[]>(
      'GET',
      `/repos/${bench.gitea.organization}/${SLUG}/keys`,
    );
  }

  /** The keys of the Secret in each namespace; the values have to be the same. */
  async function secrets(): Promise<Record<string, string[]>> {
    const found = await bench.cluster().api.list<{
      metadata: { namespace: string; name: string };
      data: Record<string, string>;
    }>({ apiVersion: 'v1', kind: 'Secret' }, `?labelSelector=backstage-gitops.dev/project=${SLUG}`);
    expect(new Set(found.map(({ data }) => JSON.stringify(data))).size).toBe(1);
    expect(new Set(found.map(({ metadata }) => metadata.name))).toEqual(
      new Set([`${SLUG}-git-auth`]),
    );
    return Object.fromEntries(
      found.map(({ metadata, data }) => [
        metadata.namespace,
        Object.keys(data).sort(),
      ]),
    );
  }

  const everywhere = (keys: string[]) =>
    Object.fromEntries(
      ['', ...ENVIRONMENTS.map(name => `-${name}`)].map(suffix => [
        `project-${SLUG}${suffix}`,
        keys,
      ]),
    );

  /** Asks for a change and expects that no fetch failed while it was made. */
  async function change(what: string, path: string, body: object) {
    const log = await FetchLog.start(bench.cluster(), SLUG);
    const before = performance.now();
    const document = await call<CredentialDocument>(
      'POST',
      `/projects/${SLUG}/credentials${path}`,
      body,
    );
    const took = performance.now() - before;
    await log.end();
    process.stderr.write(
      `[e2e] ${what}: the source has fetched with the new credential, the Secrets of 4 namespaces hold it and the old one is revoked after ${Math.round(
        took,
      )} ms; ${log.failures.size} failed fetches in ${log.looks} looks\n`,
    );
    expect([...log.failures]).toEqual([]);
    expect(document.rotation).toMatchObject({ phase: 'completed' });
    expect(document.rotation!.error).toBeUndefined();
    expect(took).toBeLessThan(ROTATION_LIMIT_MS);
    return { document, log };
  }

  /** A commit arrives, so the credential is really in use. */
  async function expectToDeploy() {
    const commit = await changeFile(
      bench.gitea,
      SLUG,
      'README.md',
      text => `${text}again\n`,
    );
    await Promise.all(
      ENVIRONMENTS.map(name => bench.client.reconcile(SLUG, name)),
    );
    await waitUntilReadyAt(bench.client, SLUG, commit);
  }

  it('reads with a key that can do no more than that, by default', async () => {
    const { spec } = await readSource(bench.cluster(), SLUG);
    expect(spec.url).toBe(
      `ssh://git@localhost:${bench.gitea.ssh!.port}/${
        bench.gitea.organization
      }/${SLUG}.git`,
    );
    expect(await deployKeys()).toMatchObject([{ read_only: true }]);
    expect(await secrets()).toEqual(
      everywhere(['identity', 'identity.pub', 'known_hosts']),
    );
    const document = await read();
    expect(document).toMatchObject({
      authType: 'ssh',
      managed: true,
      validationStatus: 'valid',
      fingerprint: expect.stringMatching(/^SHA256:/),
      lastUsedAt: expect.any(String),
    });
    expect(document.locations).toHaveLength(4);
    expect(document.notRotatable).toBeUndefined();
    await expectToDeploy();
  });

  it('rotates the key', async () => {
    const before = (await deployKeys())![0].title;
    const { document, log } = await change('SSH key to SSH key', '/rotate', {});
    expect(document).toMatchObject({ authType: 'ssh', managed: true });
    expect(log.pointedAt).toEqual([
      `ssh ${SLUG}-git-auth`,
      expect.stringMatching(`^ssh ${SLUG}-git-auth-[0-9a-f]{8}$`),
      `ssh ${SLUG}-git-auth`,
    ]);
    const keys = (await deployKeys())!;
    expect(keys).toMatchObject([{ read_only: true }]);
    expect(keys[0].title).not.toBe(before);
    await secrets();
    await expectToDeploy();
  });

  it('takes a personal token in its place, another address and another kind of Secret', async () => {
    const { document, log } = await change('SSH key to token', '', {
      credential: {
        kind: 'token',
        token: await newGiteaToken(bench.gitea, ['read:repository']),
        expiresAt: new Date(Date.now() + 30 * 86_400_000).toISOString(),
      },
    });
    expect(document).toMatchObject({
      authType: 'token',
      tokenType: 'pat',
      managed: false,
      expiresAt: expect.any(String),
      notRotatable: 'brought',
    });
    expect(log.pointedAt.at(-1)).toBe(`http ${SLUG}-git-auth`);
    expect(await deployKeys()).toEqual([]);
    expect(await secrets()).toEqual(everywhere(['password', 'username']));
    await expectToDeploy();
  });

  it('refuses a token with too small a scope, and changes nothing', async () => {
    const token = await newGiteaToken(bench.gitea, ['read:user']);
    await expect(
      call('POST', `/projects/${SLUG}/credentials`, {
        credential: { kind: 'token', token },
      }),
    ).rejects.toThrow(/lacks the scope read:repository/);
    expect((await read()).authType).toBe('token');
    expect((await readSource(bench.cluster(), SLUG)).spec.secretRef.name).toBe(
      `${SLUG}-git-auth`,
    );
  });

  it('takes a connection that was consented to', async () => {
    const { gitea } = bench;
    const { authorizationUrl } = await call<AuthorizeConnectionDocument>(
      'POST',
      '/connections/authorize',
      { host: gitea.host },
    );
    const browser = await GiteaBrowser.signIn(gitea.url, gitea);
    const connection = await call<ConnectionDocument>(
      'POST',
      '/connections/callback',
      await browser.consent(authorizationUrl),
    );
    const { document } = await change('token to connection', '', {
      credential: { kind: 'connection', connectionId: connection.id },
    });
    expect(document).toMatchObject({ authType: 'oauth', managed: false });
    expect(await secrets()).toEqual(everywhere(['password', 'username']));
    await expectToDeploy();
  });

  it('goes from HTTP to a key again, and ends there', async () => {
    const { document } = await change('connection to SSH key', '', {
      credential: { kind: 'ssh' },
    });
    expect(document).toMatchObject({ authType: 'ssh', managed: true });
    await expectToDeploy();
  });

  it('brings a Secret back that somebody deleted', async () => {
    const cluster = bench.cluster();
    const namespace = `project-${SLUG}`;
    await cluster.api.delete({
      apiVersion: 'v1',
      kind: 'Secret',
      name: `${SLUG}-git-auth`,
      namespace,
    });
    const goneAt = performance.now();
    // Asked to fetch, the source finds out, and the portal with it.
    await expect(bench.client.reconcile(SLUG, 'staging')).rejects.toThrow(
      /secrets ".*" not found/,
    );
    await waitUntil(
      'the Secret',
      async () =>
        (
          await cluster.api.list(
            { apiVersion: 'v1', kind: 'Secret', namespace },
            `?fieldSelector=metadata.name=${SLUG}-git-auth`,
          )
        ).length === 1,
      { limitMs: 60_000 },
    );
    process.stderr.write(
      `[e2e] a deleted Secret was back after ${Math.round(
        performance.now() - goneAt,
      )} ms\n`,
    );
    await expectToDeploy();
  });
});

async function registerPortal(gitea: Gitea, portalUrl: string) {
  const application = await gitea.request<{
    client_id: string;
    client_secret: string;
  }>('POST', '/user/applications/oauth2', {
    name: 'portal',
    redirect_uris: [`${portalUrl}/gitops/connections/callback`],
    confidential_client: true,
  });
  return {
    clientId: application!.client_id,
    clientSecret: application!.client_secret,
  };
}
