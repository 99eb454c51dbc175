import { ServiceUnavailableError } from '@backstage/errors';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type GitHostProvider,
  GiteaProvider,
} from '@backstage-gitops/plugin-gitops-node';
import { startSandbox, type Sandbox } from '@backstage-gitops/sandbox';
import type { Knex } from 'knex';
import { ClusterClient, type ClusterObject } from '../../clusters';
import type { Project } from '../../database';
import type {
  GitAuthSecretObject,
  GitRepositoryObject,
} from '../../flux/manifests';
import { DirectClusterConnection } from '../../initialization/__testUtils__/DirectClusterConnection';
import { until } from '../../__testUtils__/until';
import { CredentialReplica, USER } from '../__testUtils__/CredentialReplica';
import { databaseIds, newSharedDatabase } from '../__testUtils__/openDatabases';
import { withProjectTokens } from '../__testUtils__/withProjectTokens';

jest.setTimeout(300_000);

let directory: string;
let sandbox: Sandbox;
let cluster: ClusterClient;
const replicas: CredentialReplica[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gitops-rotation-'));
  sandbox = await startSandbox({ dataDir: join(directory, 'sandbox') });
  cluster = new ClusterClient(connection());
});
afterEach(async () => {
  await Promise.all(replicas.splice(0).map(started => started.stop()));
});
afterAll(async () => {
  await sandbox.stop();
  await rm(directory, { recursive: true, force: true });
});

function connection() {
  return new DirectClusterConnection('local', sandbox.clusters[0]);
}

function host(options: { makesTokens?: boolean } = {}) {
  const provider = new GiteaProvider({
    host: sandbox.git.host,
    baseUrl: sandbox.git.url,
    integrationCredential: { token: sandbox.git.admin.token },
  });
  return options.makesTokens === false
    ? provider
    : withProjectTokens(provider, sandbox.git.admin);
}

async function replica(
  knex: Knex,
  options: Partial<Parameters<typeof CredentialReplica.start>[0]> = {},
) {
  const started = await CredentialReplica.start({
    knex,
    provider: host(),
    connections: [connection()],
    ...options,
  });
  replicas.push(started);
  return started;
}

let projects = 0;
/** A project whose Flux reads with the token of its set-up. */
async function inOperation(portal: CredentialReplica): Promise<Project> {
  projects += 1;
  const project = await portal.setUp(`shop${projects}`, {
    credential: { kind: 'token', token: sandbox.git.admin.token },
  });
  await until(async () => (await source(project)).ready);
  return project;
}

async function source({ slug }: Project) {
  const object = await cluster.get<
    GitRepositoryObject & {
      status?: { conditions?: { type: string; status: string }[] };
    }
  >({
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    name: `${slug}-repo`,
    namespace: `project-${slug}`,
  });
  return {
    ...object!.spec,
    ready: Boolean(
      object!.status?.conditions?.some(
        ({ type, status }) => type === 'Ready' && status === 'True',
      ),
    ),
  };
}

/** Names of the tokens that the host has for a project. */
async function tokensAtHost({ slug }: Project) {
  const all = await host().listRepositoryTokens(
    { owner: '', name: '' },
    { credential: sandbox.git.admin },
  );
  return all.filter(({ name }) => name.startsWith(`backstage-gitops ${slug} `));
}

/** What stands in each Secret of a project. */
async function passwordsOf({ slug }: Pick<Project, 'slug'>) {
  const secrets = await cluster.list<GitAuthSecretObject>({
    apiVersion: 'v1',
    kind: 'Secret',
    labelSelector: `backstage-gitops.dev/project=${slug}`,
  });
  return secrets.map(({ data }) => data.password);
}

/** Everything that a rotation may touch, without what differs from run to run. */
async function endState(portal: CredentialReplica, project: Project) {
  const { stores } = portal;
  const auths = await stores.gitAuths.listByProject(project.id);
  const [auth] = auths;
  const secrets = await cluster.list<GitAuthSecretObject>({
    apiVersion: 'v1',
    kind: 'Secret',
    labelSelector: `backstage-gitops.dev/project=${project.slug}`,
  });
  const passwords = new Set(secrets.map(({ data }) => data.password));
  const warnings = (
    await cluster.list<
      ClusterObject & { type?: string; involvedObject?: { kind: string } }
    >({ apiVersion: 'v1', kind: 'Event', namespace: `project-${project.slug}` })
  ).filter(
    ({ type, involvedObject }) =>
      type === 'Warning' && involvedObject?.kind === 'GitRepository',
  );
  const rotation = (await stores.credentialRotations.getLatest(project.id))!;
  const { url, secretRef } = await source(project);
  const document = await portal.projectCredentials.read(project);
  return {
    auths: auths.map(({ slot, material }) => [slot, material.authType]),
    isNew: auth.id === rotation.newAuthId,
    managed: document.managed,
    secrets: secrets
      .map(
        ({ metadata }) =>
          `${metadata.namespace!.replace(
            project.slug,
            'X',
          )}/${metadata.name.replace(project.slug, 'X')} ${
            metadata.annotations?.['backstage-gitops.dev/credential'] ===
            auth.id
          }`,
      )
      .sort(),
    passwords: passwords.size,
    tokensAtHost: (await tokensAtHost(project)).length,
    source: {
      url: url.endsWith(`/platform/${project.slug}.git`),
      secretRef: secretRef.name.replace(project.slug, 'X'),
    },
    failedFetches: warnings.length,
    rotation: [rotation.phase, rotation.hostToken, rotation.error],
    leaseHolder: (await stores.projects.get(project.id))!.leaseHolder,
    locations: document.locations.map(({ namespace, state, feeds }) => [
      namespace.replace(project.slug, 'X'),
      state,
      feeds.map(feed => feed.replace(project.slug, 'X')),
    ]),
  };
}

const LOCATIONS = ['', '-development', '-production', '-staging'];
const ROTATED = {
  auths: [['current', 'token']],
  isNew: true,
  managed: true,
  secrets: LOCATIONS.map(suffix => `project-X${suffix}/X-git-auth true`).sort(),
  passwords: 1,
  tokensAtHost: 1,
  source: { url: true, secretRef: 'X-git-auth' },
  failedFetches: 0,
  rotation: ['completed', undefined, undefined],
  leaseHolder: undefined,
  locations: LOCATIONS.map(suffix => [
    `project-X${suffix}`,
    'current',
    suffix ? [] : ['X-repo'],
  ]),
};

const EFFECTS = [
  'create credential',
  'enter synchronizing',
  'write trial Secret on local',
  'point source on local at trial',
  'enter verifying',
  'promote',
  'write Secrets',
  'point source on local at its own',
  'remove trial Secret on local',
  'enter revoking',
  'revoke',
];

describe.each(databaseIds)('rotation on %s', id => {
  const open = () => newSharedDatabase(id, directory);

  it('replaces a given token by one of the repository alone, then that one by the next', async () => {
    const database = await open();
    const effects: string[] = [];
    const portal = await replica(await database(), {
      afterEffect: async effect => {
        effects.push(effect);
      },
    });
    const project = await inOperation(portal);
    expect(await portal.projectCredentials.read(project)).toMatchObject({
      authType: 'token',
      tokenType: 'pat',
      managed: false,
      validationStatus: 'valid',
      // It is an administrator's.
      validationMessage: expect.stringMatching(
        /^The token may do far more than reading needs \(all\): .*, read:repository is enough$/,
      ),
      validationWording: {
        id: 'tokenExcess',
        values: {
          excess: 'all',
          enough: { id: 'isEnough', values: { scopes: 'read:repository' } },
        },
      },
      notRotatable: 'brought',
      locations: expect.arrayContaining([
        expect.objectContaining({
          namespace: `project-${project.slug}`,
          state: 'current',
          syncedAt: expect.any(String),
          feeds: [`${project.slug}-repo`],
        }),
      ]),
    });
    await expect(portal.rotator.rotate(project, USER)).rejects.toMatchObject({
      name: 'InputError',
      message: expect.stringMatching(/^The portal did not make it/),
    });

    await portal.rotator.replace(project, { kind: 'project-token' }, USER);
    expect(effects).toEqual(EFFECTS);
    expect(await endState(portal, project)).toEqual(ROTATED);
    const before = await tokensAtHost(project);

    await portal.rotator.rotate(project, USER);
    expect(await endState(portal, project)).toEqual(ROTATED);
    expect(await tokensAtHost(project)).not.toEqual(before);

    const { items } = await portal.stores.events.listByProject(project.id, {
      limit: 20,
    });
    expect(
      items.flatMap(({ action, userId }) =>
        action.startsWith('credential-') ? [[action, userId]] : [],
      ),
    ).toEqual([
      ['credential-rotated', USER],
      ['credential-rotation-started', USER],
      ['credential-rotated', USER],
      ['credential-rotation-started', USER],
    ]);
    const logs = await portal.knex('git_sync_logs').where({
      project_id: project.id,
      sync_type: 'credential',
    });
    expect(
      logs.map(({ action, status }) => `${action} ${status}`).sort(),
    ).toEqual([
      'create succeeded',
      'create succeeded',
      'revoke succeeded',
      'revoke succeeded',
      'rotate succeeded',
      'rotate succeeded',
    ]);

    // Its end with the project.
    expect(await portal.projectCredentials.listManaged(project)).toHaveLength(
      1,
    );
    await portal.projectCredentials.endAll(project);
    await portal.projectCredentials.endAll(project);
    expect(await tokensAtHost(project)).toEqual([]);
  });

  describe('in a process that is killed', () => {
    // One for all of them: to make it takes longer than what is tested.
    let database: Awaited<ReturnType<typeof open>>;
    beforeAll(async () => {
      database = await open();
    });

    it.each(EFFECTS)(
      'reaches the same end when killed after: %s',
      async name => {
        const victim: CredentialReplica = await replica(await database(), {
          afterEffect: async effect => {
            if (effect === name) {
              await victim.kill();
              throw new Error('killed');
            }
          },
        });
        const project = await inOperation(victim);
        await expect(
          victim.rotator.replace(project, { kind: 'project-token' }, USER),
        ).rejects.toThrow();
        const survivors = [await replica(await database())];
        if (id !== 'SQLITE_3') {
          // Two in one process would hold the event loop against each other there.
          survivors.push(await replica(await database()));
        }
        await until(async () => {
          await Promise.all(survivors.map(({ rotator }) => rotator.resume()));
          const { stores } = survivors[0];
          return !(await stores.credentialRotations.getUnfinished(project.id));
        });
        expect(await endState(survivors[0], project)).toEqual(ROTATED);
      },
    );
  });

  it('waits for a cluster that goes away between two Secrets, with both credentials good', async () => {
    const near = connection();
    // Nothing is cut off before a test says by which project.
    const cut = { slug: '', written: 0 };
    let gone = false;
    let readAtRevoking: string[] | undefined;
    const portal: CredentialReplica = await replica(await (await open())(), {
      connections: [
        {
          ...near,
          cluster: near.cluster,
          closesUpstreamWatches: true,
          async fetch(path, init) {
            if (gone) {
              throw new ServiceUnavailableError(
                `Cluster '${near.cluster}' cannot be reached`,
              );
            }
            const response = await near.fetch(path, init);
            if (
              cut.slug &&
              init.method === 'PATCH' &&
              path.includes(`/secrets/${cut.slug}-git-auth?`)
            ) {
              cut.written += 1;
              gone = cut.written === 2;
            }
            return response;
          },
        },
      ],
      afterEffect: async effect => {
        if (effect === 'enter revoking' && cut.slug) {
          readAtRevoking = await passwordsOf(cut);
        }
      },
    });
    const project = await inOperation(portal);
    await portal.rotator.replace(project, { kind: 'project-token' }, USER);
    const [before] = await tokensAtHost(project);
    const [old] = await passwordsOf(project);

    cut.slug = project.slug;
    const rotating = portal.rotator.rotate(project, USER);
    const { credentialRotations } = portal.stores;
    const unfinished = () => credentialRotations.getUnfinished(project.id);
    // It has tried again more than once, and more often than it takes to give up.
    await until(async () => ((await unfinished())?.failures ?? 0) > 5);
    expect(await unfinished()).toMatchObject({
      phase: 'verifying',
      error: expect.stringContaining("Cluster 'local' cannot be reached"),
    });
    const meanwhile = await passwordsOf(project);
    expect(meanwhile.filter(password => password === old)).toHaveLength(2);
    expect(new Set(meanwhile).size).toBe(2);
    // What stands in each of them is good at the host.
    expect((await tokensAtHost(project)).map(({ id: token }) => token)).toEqual(
      expect.arrayContaining([before.id]),
    );
    expect(await tokensAtHost(project)).toHaveLength(2);
    expect(readAtRevoking).toBeUndefined();

    gone = false;
    await until(async () => {
      await portal.rotator.resume();
      return !(await unfinished());
    });
    await rotating;
    expect(await endState(portal, project)).toEqual(ROTATED);
    expect(readAtRevoking).toHaveLength(LOCATIONS.length);
    expect(new Set(readAtRevoking).size).toBe(1);
    expect(readAtRevoking).not.toContain(old);
    expect((await tokensAtHost(project)).map(({ id: token }) => token)).toEqual(
      [expect.not.stringMatching(new RegExp(`^${before.id}$`))],
    );
  });

  it('goes back to the old one, which was never touched, when the new one cannot fetch', async () => {
    const database = await open();
    const made = host();
    const provider = Object.assign(host(), {
      createRepositoryToken: async (
        ...args: Parameters<GitHostProvider['createRepositoryToken']>
      ) => ({
        ...(await made.createRepositoryToken(...args)),
        token: 'not what the host has made',
      }),
    });
    const portal = await replica(await database(), { provider });
    const project = await inOperation(portal);
    await expect(
      portal.rotator.replace(project, { kind: 'project-token' }, USER),
    ).rejects.toThrow(
      /was not replaced: GitRepository .* could not fetch with the new credential/,
    );
    const state = await endState(portal, project);
    expect(state).toMatchObject({
      isNew: false,
      managed: false,
      secrets: ROTATED.secrets,
      tokensAtHost: 0,
      source: ROTATED.source,
      locations: ROTATED.locations,
      auths: [['current', 'token']],
    });
    await until(async () => (await source(project)).ready);
  });

  it('lets one rotation at a time in, and refuses what cannot work without changing anything', async () => {
    const portal = await replica(await (await open())());
    const project = await inOperation(portal);
    const replace = (credential: object) =>
      portal.rotator.replace(project, credential as never, USER);
    const both = await Promise.allSettled([
      replace({ kind: 'least' }),
      replace({ kind: 'least' }),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual([
      'fulfilled',
      'rejected',
    ]);
    const before = await endState(portal, project);
    const last = await portal.stores.credentialRotations.getLatest(project.id);
    const day = 24 * 60 * 60_000;
    const token = sandbox.git.admin.token;
    for (const [credential, message] of [
      [{ kind: 'token', token: 'a\nb' }, /credential.token: .*line ends/],
      [{ kind: 'token', token: 'unknown' }, /is not accepted by Git host/],
      [
        { kind: 'token', token, expiresAt: new Date(0).toISOString() },
        /credential.expiresAt: .* has passed/,
      ],
      [
        {
          kind: 'token',
          token,
          expiresAt: new Date(Date.now() + 9_000 * day).toISOString(),
        },
        /more than ten years away/,
      ],
      [{ kind: 'ssh' }, /has no deploy keys/],
      [
        {
          kind: 'connection',
          connectionId: '00000000-0000-4000-8000-000000000001',
        },
        /You have no Git connection/,
      ],
      [
        {
          kind: 'app',
          appType: 'gitlab_app',
          appId: '1',
          installationId: '2',
          privateKey: 'x',
        },
        /Flux reads as an app only from GitHub/,
      ],
    ] as const) {
      await expect(replace(credential)).rejects.toThrow(message);
    }
    expect(await endState(portal, project)).toEqual(before);
    expect(
      await portal.stores.credentialRotations.getLatest(project.id),
    ).toEqual(last);
  });

  it('brings the new token of a connection to the clusters', async () => {
    const portal = await replica(await (await open())());
    const project = await inOperation(portal);
    const { id: connectionId } = await portal.connections.service.connect(
      USER,
      { host: sandbox.git.host, token: sandbox.git.admin.token },
    );
    await portal.rotator.replace(
      project,
      { kind: 'connection', connectionId },
      USER,
    );
    expect(await portal.projectCredentials.read(project)).toMatchObject({
      authType: 'oauth',
      managed: false,
      notRotatable: 'connection',
    });
    const { token } = await host().createRepositoryToken(
      { owner: 'platform', name: project.slug },
      { name: `other ${project.slug}` },
      { credential: sandbox.git.admin },
    );
    // What a renewal does: other tokens in the row, then the announcement.
    await portal.knex('git_platform_connections').update({
      access_token: portal.vault.seal(token, {
        table: 'git_platform_connections',
        rowId: connectionId,
        purpose: 'access_token',
      }),
    });
    await portal.keeper.keepConnection(connectionId);
    const secrets = await cluster.list<GitAuthSecretObject>({
      apiVersion: 'v1',
      kind: 'Secret',
      labelSelector: `backstage-gitops.dev/project=${project.slug}`,
    });
    expect(
      secrets.map(({ data }) =>
        Buffer.from(data.password, 'base64').toString(),
      ),
    ).toEqual([token, token, token, token]);

    // Disconnected by force, and the same account connected again.
    const validationStatus = async () =>
      (await portal.projectCredentials.read(project)).validationStatus;
    portal.connections.changes.subscribe(async changed => {
      await portal.validator.validateConnection(changed);
    });
    const { service } = portal.connections;
    await service.disconnect(USER, connectionId, { force: true });
    expect(await validationStatus()).toBe('invalid');
    // Said by the check, which what opens the connection answers with an error.
    expect(await portal.projectCredentials.read(project)).toMatchObject({
      validationMessage: expect.stringMatching(
        /^The Git connection of .* is revoked\. Its owner disconnected it: /,
      ),
      validationWording: {
        id: 'connectionRevoked',
        values: { account: { id: 'accountAt' }, why: { id: 'disconnected' } },
      },
    });
    await service.connect(USER, {
      host: sandbox.git.host,
      token: sandbox.git.admin.token,
    });
    expect(await validationStatus()).toBe('valid');
    expect(
      (await portal.stores.events.listByProject(project.id, { limit: 9 }))
        .items,
    ).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ action: 'credential-valid' }),
      ]),
    );
  });

  it('restores Secrets, and tells of it', async () => {
    const portal = await replica(await (await open())());
    const project = await inOperation(portal);
    const name = `${project.slug}-git-auth`;
    const secret = { apiVersion: 'v1', kind: 'Secret', name };
    await cluster.delete({ ...secret, namespace: `project-${project.slug}` });
    await cluster.mergePatch(
      { ...secret, namespace: `project-${project.slug}-staging` },
      { data: { password: 'eA==' } },
    );
    await portal.keeper.keepAll();
    const { items } = await portal.stores.events.listByProject(project.id, {
      limit: 2,
    });
    expect(items.map(({ message }) => message).sort()).toEqual([
      `The Secret with the Git credential in namespace project-${project.slug} on cluster 'local' was gone, and was restored`,
      `The Secret with the Git credential in namespace project-${project.slug}-staging on cluster 'local' was changed by somebody else, and was restored`,
    ]);
    await until(async () => (await source(project)).ready);
  });

  it('finds out when a credential stops working, and warns once per threshold before its end', async () => {
    const portal = await replica(await (await open())());
    const project = await inOperation(portal);
    await portal.rotator.replace(project, { kind: 'project-token' }, USER);
    const ends = (days: number) =>
      portal
        .knex('project_git_auth')
        .where({ project_id: project.id })
        .update({
          expires_at: new Date(Date.now() + days * 86_400_000).toISOString(),
        });
    const actions = async () =>
      (
        await portal.stores.events.listByProject(project.id, { limit: 10 })
      ).items
        .map(({ action }) => action)
        .filter(action => /expir|valid/.test(action));

    expect(await portal.validator.validate(project.id)).toEqual({
      status: 'valid',
    });
    await ends(20);
    expect(await portal.validator.warnOfExpiry()).toBe(0);
    for (const days of [13, 2]) {
      await ends(days);
      expect(await portal.validator.warnOfExpiry()).toBe(1);
      expect(await portal.validator.warnOfExpiry()).toBe(0);
    }
    // The portal replaces by itself what it made, but not again and again.
    const withinMs = 14 * 86_400_000;
    expect(await portal.rotator.rotateEnding({ withinMs })).toEqual([]);
    await portal
      .knex('project_git_auth_rotations')
      .update({ started_at: new Date(0).toISOString() });
    expect(await portal.rotator.rotateEnding({ withinMs })).toEqual([
      project.slug,
    ]);
    expect(await portal.rotator.rotateEnding({ withinMs })).toEqual([]);

    const [token] = await tokensAtHost(project);
    await host().revokeRepositoryToken({ owner: '', name: '' }, token.id, {
      credential: sandbox.git.admin,
    });
    expect(await portal.validator.validate(project.id)).toMatchObject({
      status: 'invalid',
      message: expect.stringMatching(/refuses it/),
    });
    expect(await portal.projectCredentials.read(project)).toMatchObject({
      validationMessage: expect.stringMatching(/refuses it/),
      validationWording: {
        id: 'credentialRefused',
        values: { host: sandbox.git.host },
      },
    });
    await ends(-1);
    await portal
      .knex('project_git_auth')
      .update({ last_validated_at: new Date(0).toISOString() });
    expect(await portal.validator.validateDue()).toBe(1);
    expect(await actions()).toEqual([
      'credential-expired',
      'credential-invalid',
      'credential-expiring',
      'credential-expiring',
    ]);
    const ended = await portal.projectCredentials.read(project);
    expect(ended).toMatchObject({
      validationStatus: 'expired',
      validationMessage: `It ended at ${ended.expiresAt}: replace it`,
      validationWording: {
        id: 'credentialEnded',
        values: { time: { time: ended.expiresAt } },
      },
      lastValidatedAt: expect.any(String),
    });
  });
});
