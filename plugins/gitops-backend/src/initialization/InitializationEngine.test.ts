import { mockCredentials } from '@backstage/backend-test-utils';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type {
  CreateProjectRequest,
  InitializationMessage,
} from '@backstage-gitops/plugin-gitops-common';
import { GiteaProvider } from '@backstage-gitops/plugin-gitops-node';
import { ClusterClient } from '../clusters';
import { startSandbox, type Sandbox } from '@backstage-gitops/sandbox';
import type { Project } from '../database';
import { DirectClusterConnection } from './__testUtils__/DirectClusterConnection';
import { SET_UP_KINDS } from './__testUtils__/setUpKinds';
import { TestReplica, type ReplicaOptions } from './__testUtils__/TestReplica';
import { until } from '../__testUtils__/until';

jest.setTimeout(300_000);

let directory: string;
let sandbox: Sandbox;
let cluster: ClusterClient;
let gitea: GiteaProvider;
const replicas: TestReplica[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gitops-engine-'));
  sandbox = await startSandbox({ dataDir: join(directory, 'sandbox') });
  cluster = new ClusterClient(connection());
  gitea = new GiteaProvider({
    host: sandbox.git.host,
    baseUrl: sandbox.git.url,
    integrationCredential: { token: sandbox.git.admin.token },
  });
});

afterEach(async () => {
  await Promise.all(replicas.splice(0).map(started => started.stop()));
});

afterAll(async () => {
  await sandbox.stop();
  await rm(directory, { recursive: true, force: true });
});

function connection(
  server: { url: string; token: string } = sandbox.clusters[0],
) {
  return new DirectClusterConnection('local', server);
}

const newDatabase = () => join(directory, `${randomUUID()}.sqlite`);

async function replica(options: Partial<ReplicaOptions> = {}) {
  const started = await TestReplica.start({
    database: newDatabase(),
    gitHost: { ...sandbox.git, token: sandbox.git.admin.token },
    connections: [connection()],
    ...options,
  });
  replicas.push(started);
  return started;
}

let projects = 0;
function request(
  environments?: string[],
  change: Partial<CreateProjectRequest> = {},
): CreateProjectRequest {
  projects += 1;
  const slug = change.slug ?? `shop${projects}`;
  const content = Buffer.from('resources: []\n').toString('base64');
  return {
    slug,
    ownerRef: 'group:default/team',
    repository: { host: sandbox.git.host, owner: 'platform', name: slug },
    ...(environments && {
      environments: environments.map(name => ({ name })),
    }),
    files: [
      { path: 'bin/start', content, executable: true },
      ...(environments ?? ['development', 'staging', 'production']).map(
        name => ({
          path: `deploy/overlays/${name}/kustomization.yaml`,
          content,
        }),
      ),
    ],
    ...change,
  };
}

/** Everything a set-up leaves behind, without what differs from run to run. */
async function endState(portal: TestReplica, { id, slug }: Project) {
  const { stores } = portal;
  const project = (await stores.projects.get(id))!;
  const repository = (await stores.repositories.getByProject(id))!;
  const call = { credential: { token: sandbox.git.admin.token } };
  const hosted = (await gitea.getRepository(repository, call))!;
  const labelSelector = `backstage-gitops.dev/project=${slug}`;
  const objects: string[] = [];
  for (const [apiVersion, kind] of SET_UP_KINDS) {
    for (const { metadata } of await cluster.list({
      apiVersion,
      kind,
      labelSelector,
    })) {
      objects.push(`${kind} ${metadata.namespace ?? ''}/${metadata.name}`);
    }
  }
  const rows = await stores.resources.listByProject(id);
  const environments = await stores.environments.listByProject(id);
  return {
    status: project.status,
    attempt: project.initializationAttempt,
    error: project.initializationError,
    tokens: [
      project.initializationHostToken,
      project.wishes.credential,
      await stores.contents.getSha256(id),
    ],
    steps: (await stores.steps.list(id)).map(
      ({ step, status, progress }) => `${step} ${status} ${progress}`,
    ),
    topics: hosted.topics.length,
    firstCommitIsHead:
      (await gitea.getBranchCommit(repository, 'main', call)) ===
      repository.firstCommit,
    credential: (await stores.gitAuths.getByProject(id))?.material.authType,
    environments: environments.map(
      ({ name, namespace, position, status, gitopsResourceId }) =>
        [
          name,
          namespace,
          position,
          status,
          rows.some(row => row.id === gitopsResourceId),
        ].join(' '),
    ),
    rows: rows.map(
      ({ type, name, namespace, status, uid, environmentId }) =>
        `${type} ${namespace}/${name} ${status} ${!!uid} ${!!environmentId}`,
    ),
    objects: objects.map(name => name.replaceAll(slug, 'X')).sort(),
  };
}

describe('DatabaseInitializationEngine', () => {
  it('sets a project up and says so in the agreed words', async () => {
    const portal = await replica();
    const project = await portal.request(request(undefined, { slug: 'shop' }));
    const messages: InitializationMessage[] = [];
    const result = await portal.engine.run(project.id, {
      credentials: mockCredentials.user('user:default/maria'),
      onMessage: message => messages.push(message),
    });

    const expectedLog = [
      'info Creating credential for project shop',
      'info Created token credential for project shop',
      'info Creating namespace: project-shop-development',
      'debug Namespace project-shop-staging does not exist yet, skipping secret sync',
      'debug Namespace project-shop-production does not exist yet, skipping secret sync',
      'info Creating GitRepository: shop-repo in project-shop',
      'info Creating Kustomization: shop-development in project-shop',
      'info GitOps setup completed for environment: development',
      'info Creating namespace: project-shop-staging',
      'debug Namespace project-shop-production does not exist yet, skipping secret sync',
      'info Creating Kustomization: shop-staging in project-shop',
      'info GitOps setup completed for environment: staging',
      'info Creating namespace: project-shop-production',
      'info Creating Kustomization: shop-production in project-shop',
      'info GitOps setup completed for environment: production',
      'info Project shop initialization completed successfully',
    ];
    expect(portal.logger.lines).toEqual(expectedLog);
    const told = messages.flatMap(message =>
      message.type === 'log' ? [`${message.level} ${message.message}`] : [],
    );
    expect(told).toEqual([
      ...expectedLog.slice(0, -1),
      'info GitOps resources created: 4 namespaces, 1 repositories, 3 kustomizations',
      ...expectedLog.slice(-1),
    ]);
    expect(
      messages.flatMap(message =>
        message.type === 'step' && message.step.status === 'completed'
          ? [`${message.step.step} ${message.progress}`]
          : [],
      ),
    ).toEqual([
      'resolve_credentials 4',
      'create_repository 19',
      'push_template 42',
      'create_records 52',
      'create_environments 66',
      'setup_gitops 95',
      'finish 100',
    ]);

    expect(result).toMatchObject({
      slug: 'shop',
      status: 'active',
      progress: 100,
      repository: {
        provider: 'gitea',
        owner: 'platform',
        name: 'shop',
        visibility: 'private',
        commit: expect.stringMatching(/^[0-9a-f]{40}$/),
      },
      gitops: {
        success: true,
        errors: [],
        namespaces: [
          'project-shop',
          'project-shop-development',
          'project-shop-staging',
          'project-shop-production',
        ],
        gitRepositories: [{ name: 'shop-repo', cluster: 'local' }],
        kustomizations: [
          { name: 'shop-development', environment: 'development' },
          { name: 'shop-staging', environment: 'staging' },
          { name: 'shop-production', environment: 'production' },
        ],
      },
    });
    expect(await endState(portal, project)).toEqual({
      status: 'active',
      attempt: 1,
      error: undefined,
      tokens: [undefined, undefined, undefined],
      steps: [
        'resolve_credentials completed 100',
        'create_repository completed 100',
        'push_template completed 100',
        'create_records completed 100',
        'create_environments completed 100',
        'setup_gitops completed 100',
        'finish completed 100',
      ],
      topics: 1,
      firstCommitIsHead: true,
      credential: 'token',
      environments: [
        'development project-shop-development 0 active true',
        'staging project-shop-staging 1 active true',
        'production project-shop-production 2 active true',
      ],
      rows: [
        'git-repository project-shop/shop-repo pending true false',
        'kustomization project-shop/shop-development pending true true',
        'kustomization project-shop/shop-production pending true true',
        'kustomization project-shop/shop-staging pending true true',
      ],
      objects: [
        'GitRepository project-X/X-repo',
        'Kustomization project-X/X-development',
        'Kustomization project-X/X-production',
        'Kustomization project-X/X-staging',
        'Namespace /project-X',
        'Namespace /project-X-development',
        'Namespace /project-X-production',
        'Namespace /project-X-staging',
        'RoleBinding project-X-development/development-deployer',
        'RoleBinding project-X-production/production-deployer',
        'RoleBinding project-X-staging/staging-deployer',
        'Secret project-X-development/X-git-auth',
        'Secret project-X-production/X-git-auth',
        'Secret project-X-staging/X-git-auth',
        'Secret project-X/X-git-auth',
        'ServiceAccount project-X/development-deployer',
        'ServiceAccount project-X/production-deployer',
        'ServiceAccount project-X/staging-deployer',
      ],
    });

    const { items } = await portal.stores.events.listByProject(project.id, {
      limit: 10,
    });
    expect(items.map(({ action }) => action).sort()).toEqual([
      'project-created',
      'project-initialization-started',
      'project-initialized',
    ]);
    expect(
      (
        await portal.stores.syncLogs.listByProject(project.id, { limit: 10 })
      ).items.map(({ action, status }) => `${action} ${status}`),
    ).toEqual(['push succeeded', 'create succeeded']);
    for (const output of [portal.logger.lines, messages, result, items]) {
      expect(JSON.stringify(output)).not.toContain(sandbox.git.admin.token);
    }
  });

  it('does nothing when asked again', async () => {
    const effects: string[] = [];
    const portal = await replica({
      afterEffect: async effect => {
        effects.push(effect);
      },
    });
    const project = await portal.request(request(['staging']));
    const first = await portal.engine.run(project.id);
    effects.length = 0;
    expect(await portal.engine.run(project.id)).toEqual(first);
    expect(await portal.engine.run(project.id, { retry: true })).toEqual(first);
    expect(effects).toEqual([]);
  });

  it('goes as far as asked, and on from there', async () => {
    const portal = await replica();
    const project = await portal.request(request(['staging']));
    const pushed = await portal.engine.run(project.id, {
      through: 'push_template',
    });
    expect(pushed).toMatchObject({
      status: 'initializing',
      progress: 42,
      repository: { cloneUrl: expect.stringContaining('.git') },
      environments: [],
    });
    expect(pushed.repository?.commit).toBeDefined();
    const recorded = await portal.engine.run(project.id, {
      through: 'create_environments',
    });
    expect(recorded).toMatchObject({
      progress: 66,
      environments: [{ name: 'staging' }],
    });
    // What is behind is not done again, and nothing beyond is.
    expect(
      await portal.engine.run(project.id, { through: 'push_template' }),
    ).toMatchObject({ progress: 66 });
    expect(await portal.engine.run(project.id)).toMatchObject({
      status: 'active',
      progress: 100,
    });
  });

  it('reaches the same end wherever it is killed', async () => {
    const effects: string[] = [];
    const undisturbed = await replica({
      afterEffect: async effect => {
        effects.push(effect);
      },
    });
    const slug = (name: string) => name.replaceAll(/shop\d+/g, 'X');
    const first = await undisturbed.request(request(['staging']));
    await undisturbed.engine.run(first.id);
    const expected = await endState(undisturbed, first);
    const names = effects.map(slug);
    expect(names).toEqual([
      'resolve_credentials: complete',
      'create_repository: create repository',
      'create_repository: mark repository',
      'create_repository: complete',
      'push_template: push first commit',
      'push_template: complete',
      'create_records: make credential',
      'create_records: write records',
      'create_records: complete',
      'create_environments: write environments',
      'create_environments: complete',
      'setup_gitops: apply Namespace project-X',
      'setup_gitops: apply Namespace project-X-staging',
      'setup_gitops: sync credential for staging',
      'setup_gitops: apply ServiceAccount project-X/staging-deployer',
      'setup_gitops: apply RoleBinding project-X-staging/staging-deployer',
      'setup_gitops: apply GitRepository project-X/X-repo',
      'setup_gitops: apply Kustomization project-X/X-staging',
      'setup_gitops: complete',
      'finish: complete',
    ]);

    for (const name of names) {
      const database = newDatabase();
      const times = { ttlMs: 400, renewMs: 100 };
      const victim: TestReplica = await replica({
        database,
        times,
        afterEffect: async effect => {
          if (slug(effect) === name) {
            await victim.kill();
            throw new Error('killed');
          }
        },
      });
      const project = await victim.request(request(['staging']));
      await expect(victim.engine.run(project.id)).rejects.toThrow();

      const resumed: string[] = [];
      const survivor = await replica({
        database,
        times,
        afterEffect: async effect => {
          resumed.push(slug(effect));
        },
      });
      if (name !== 'finish: complete') {
        await until(
          async () => (await survivor.engine.recoverInterrupted()).length > 0,
        );
      }
      // It goes on with what is left, and asks for nothing else on the way.
      expect(names).toEqual(expect.arrayContaining(resumed));
      const end = JSON.parse(
        JSON.stringify(await endState(survivor, project)).replaceAll(
          project.slug,
          first.slug,
        ),
      );
      expect({ name, ...end }).toEqual({
        name,
        ...JSON.parse(JSON.stringify(expected)),
      });
    }
  });

  it('is run once when two replicas are asked at the same time', async () => {
    const database = newDatabase();
    const effects: string[] = [];
    const afterEffect = async (effect: string) => {
      effects.push(effect);
    };
    const one = await replica({ database, afterEffect });
    const two = await replica({ database, afterEffect });
    const project = await one.request(request(['staging']));
    const messages: InitializationMessage[][] = [[], []];
    const results = await Promise.all(
      [one, two].map((portal, index) =>
        portal.engine.run(project.id, {
          onMessage: message => messages[index].push(message),
        }),
      ),
    );
    expect(results[0]).toEqual(results[1]);
    expect(results[0]).toMatchObject({ status: 'active' });
    expect(effects).toHaveLength(new Set(effects).size);
    for (const seen of messages) {
      expect(
        seen.some(
          message =>
            message.type === 'step' &&
            message.step.step === 'finish' &&
            message.step.status === 'completed',
        ),
      ).toBe(true);
    }

    const failing = await one.request(
      request(['staging'], {
        repository: {
          host: sandbox.git.host,
          owner: 'nobody-here',
          name: 'shop',
        },
      }),
    );
    const failures = await Promise.allSettled([
      one.engine.run(failing.id),
      two.engine.run(failing.id),
    ]);
    const reasons = failures.map(failure =>
      failure.status === 'rejected' ? failure.reason.message : 'passed',
    );
    expect(reasons[0]).toContain("under 'nobody-here'");
    expect(reasons[1]).toBe(reasons[0]);
    expect(await one.stores.projects.get(failing.id)).toMatchObject({
      initializationAttempt: 1,
    });
  });

  it('stops acting once another run has taken over', async () => {
    const database = newDatabase();
    let resume = () => {};
    let paused = false;
    const slow = await replica({
      database,
      // Never notices by itself: it believes that it still holds the project.
      times: { ttlMs: 60_000, renewMs: 60_000 },
      afterEffect: async effect => {
        if (effect === 'create_repository: create repository') {
          paused = true;
          await new Promise<void>(resolve => {
            resume = resolve;
          });
        }
      },
    });
    const project = await slow.request(request(['staging']));
    const slowRun = slow.engine.run(project.id);
    await until(async () => paused);

    const thief = await replica({ database });
    await thief
      .knex('projects')
      .where({ id: project.id })
      .update({ lease_until: '2020-01-01T00:00:00.000Z' });
    const result = await thief.engine.run(project.id);
    resume();
    expect(await slowRun).toEqual(result);
    expect(await endState(thief, project)).toMatchObject({
      status: 'active',
      attempt: 1,
      topics: 1,
    });
    expect(slow.logger.lines.filter(line => line.startsWith('error'))).toEqual(
      [],
    );
  });

  it('never adopts a repository that is not its own', async () => {
    const portal = await replica();
    const wish = request(['staging']);
    const { owner, name } = wish.repository;
    const call = { credential: { token: sandbox.git.admin.token } };
    await gitea.createRepository(
      { owner, name, visibility: 'private', defaultBranch: 'main' },
      call,
    );
    const project = await portal.request(wish);
    for (const attempt of [1, 2]) {
      await expect(portal.engine.run(project.id)).rejects.toMatchObject({
        name: 'ConflictError',
        message: expect.stringMatching(
          /was not made for project.*choose another repository name/,
        ),
      });
      expect(await portal.stores.projects.get(project.id)).toMatchObject({
        status: 'failed',
        initializationAttempt: attempt,
        initializationError: expect.stringContaining('was not made for'),
      });
    }
    expect(await gitea.getRepository({ owner, name }, call)).toMatchObject({
      empty: true,
      topics: [],
    });
  });

  it('never uses the namespace of somebody else, and goes on once it is gone', async () => {
    const portal = await replica();
    const project = await portal.request(request(['staging', 'production']));
    const name = `project-${project.slug}-staging`;
    const namespace = { apiVersion: 'v1', kind: 'Namespace', name };
    await cluster.apply({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels: { 'backstage-gitops.dev/project': 'other' } },
    });
    await expect(portal.engine.run(project.id)).rejects.toThrow(
      `Namespace ${name} on cluster 'local' exists and does not belong to project '${project.slug}'`,
    );
    const rows = await portal.stores.resources.listByProject(project.id);
    // The other environment stands; nothing was put into the foreign namespace.
    expect(rows.map(row => row.name)).toEqual([
      `${project.slug}-repo`,
      `${project.slug}-production`,
    ]);
    const inside = { apiVersion: 'v1', kind: 'Secret', namespace: name };
    expect(await cluster.list(inside)).toEqual([]);

    await cluster.delete(namespace);
    await until(async () => !(await cluster.get(namespace)));
    expect(await portal.engine.run(project.id, { retry: true })).toMatchObject({
      status: 'active',
      progress: 100,
    });
    const end = await endState(portal, project);
    expect(end).toMatchObject({ attempt: 2, error: undefined });
    expect(end.rows).toHaveLength(3);
  });

  it('names the cluster it cannot reach, and needs no more than a retry', async () => {
    const server = { url: 'http://127.0.0.1:1', token: '' };
    const portal = await replica({ connections: [connection(server)] });
    const project = await portal.request(request(['staging', 'production']));
    const error = await portal.engine.run(project.id).catch(reason => reason);
    expect(error.message.match(/Cluster 'local' cannot be reached/g)).toEqual([
      "Cluster 'local' cannot be reached",
    ]);
    server.url = sandbox.clusters[0].url;
    server.token = sandbox.clusters[0].token;
    expect(await portal.engine.run(project.id, { retry: true })).toMatchObject({
      status: 'active',
    });
  });

  it('wants a user, and leaves nothing behind without one', async () => {
    const portal = await replica();
    const project = await portal.request(request(['staging']));
    await expect(
      portal.engine.run(project.id, {
        credentials: mockCredentials.service('plugin:scaffolder'),
      }),
    ).rejects.toMatchObject({
      name: 'NotAllowedError',
      message: expect.stringContaining('needs a signed-in user'),
    });
    expect(
      (await portal.stores.steps.list(project.id)).every(
        ({ status }) => status === 'pending',
      ),
    ).toBe(true);
  });

  it('acts with the user’s own token and keeps it no longer than the run', async () => {
    const admin = sandbox.git.admin.token;
    const portal = await replica({ gitHost: sandbox.git });
    const lost = await portal.request(request(['staging']));
    await expect(portal.engine.run(lost.id)).rejects.toThrow(
      /There is no token for Git host/,
    );

    const hostToken = 'a-token-nobody-knows';
    const wrong = await portal.request(request(['staging'], { hostToken }));
    const error = await portal.engine.run(wrong.id).catch(reason => reason);
    expect(error.name).toBe('AuthenticationError');
    expect(error.message).not.toContain(hostToken);
    expect(await portal.stores.projects.get(wrong.id)).toMatchObject({
      status: 'failed',
    });
    expect(
      (await portal.stores.projects.get(wrong.id))?.initializationHostToken,
    ).toBeUndefined();

    await portal.engine.run(wrong.id, {
      retry: true,
      hostToken: admin,
      through: 'resolve_credentials',
    });
    const held = await portal.stores.projects.get(wrong.id);
    expect(held?.initializationHostToken).toMatch(/^v1\.test\./);
    await portal.engine.run(wrong.id);
    expect((await endState(portal, wrong)).tokens).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    const secret = await cluster.get<{
      apiVersion: string;
      kind: string;
      metadata: { name: string };
      data: Record<string, string>;
    }>({
      apiVersion: 'v1',
      kind: 'Secret',
      namespace: `project-${wrong.slug}`,
      name: `${wrong.slug}-git-auth`,
    });
    expect(Buffer.from(secret!.data.password, 'base64').toString()).toBe(admin);
  });

  it('gives Flux the token or the connection that was chosen', async () => {
    const portal = await replica();
    const useless = await portal.request(
      request(['staging'], {
        credential: { kind: 'token', token: 'no-such-token' },
      }),
    );
    await expect(portal.engine.run(useless.id)).rejects.toMatchObject({
      name: 'InputError',
    });

    const connected = await portal.connections.connect('user:default/maria', {
      host: sandbox.git.host,
      token: sandbox.git.admin.token,
    });
    expect(JSON.stringify(connected)).not.toContain(sandbox.git.admin.token);
    const project = await portal.request(
      request(['staging'], {
        credential: { kind: 'connection', connectionId: connected.id },
      }),
    );
    await portal.engine.run(project.id);
    expect(portal.logger.lines).toContain(
      `info Created OAuth credential for project ${project.slug}`,
    );
    expect(await endState(portal, project)).toMatchObject({
      status: 'active',
      credential: 'oauth',
    });
    await expect(
      portal.connections.disconnect('user:default/maria', connected.id),
    ).rejects.toThrow(/give the project another credential/);
    await expect(
      portal.connections.disconnect('user:default/eve', connected.id),
    ).rejects.toThrow(/no Git connection/);
  });

  it('goes on after a planned stop without waiting for the lease', async () => {
    const database = newDatabase();
    let paused = false;
    let resume = () => {};
    const stopping = await replica({
      database,
      times: { ttlMs: 60_000, renewMs: 20_000 },
      afterEffect: async effect => {
        if (effect === 'push_template: push first commit') {
          paused = true;
          await new Promise<void>(resolve => {
            resume = resolve;
          });
        }
      },
    });
    const project = await stopping.request(request(['staging']));
    const run = stopping.engine.run(project.id).catch(reason => reason);
    await until(async () => paused);
    const stopped = stopping.engine.stop();
    resume();
    await stopped;
    expect((await run).message).toMatch(/goes on when the portal is back/);

    const next = await replica({ database });
    expect(await next.engine.recoverInterrupted()).toEqual([project.slug]);
    expect(await endState(next, project)).toMatchObject({
      status: 'active',
      attempt: 1,
    });
  });

  it('marks a set-up as failed that nobody goes on with', async () => {
    const portal = await replica({ times: { stuckMs: 1 } });
    const project = await portal.request(request(['staging']));
    await portal.engine.run(project.id, { through: 'push_template' });
    await until(async () => (await portal.engine.failStuck()).length > 0);
    expect(await portal.stores.projects.get(project.id)).toMatchObject({
      status: 'failed',
      initializationError: expect.stringMatching(
        /stopped before 'Create records'.*press retry/,
      ),
    });
    expect(await portal.engine.run(project.id, { retry: true })).toMatchObject({
      status: 'active',
    });
    expect(await portal.engine.failStuck()).toEqual([]);
  });
});
