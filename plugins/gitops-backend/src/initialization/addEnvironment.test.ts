import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createProjectRequestSchema } from '@backstage-gitops/plugin-gitops-common';
import { startSandbox, type Sandbox } from '@backstage-gitops/sandbox';
import { ClusterClient, type ClusterObject } from '../clusters';
import {
  databaseIds,
  newSharedDatabase,
} from '../credentials/__testUtils__/openDatabases';
import type { Project } from '../database';
import { DirectClusterConnection } from './__testUtils__/DirectClusterConnection';
import { SET_UP_KINDS } from './__testUtils__/setUpKinds';
import { TestReplica, type ReplicaOptions } from './__testUtils__/TestReplica';
import { until } from '../__testUtils__/until';

jest.setTimeout(300_000);

const OTHER_USER = 'user:default/otto';

let directory: string;
let sandbox: Sandbox;
let clusters: ClusterClient[];
const replicas: TestReplica[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gitops-adding-'));
  sandbox = await startSandbox({
    dataDir: join(directory, 'sandbox'),
    clusters: [{ name: 'first' }, { name: 'second' }],
  });
  clusters = connections().map(connection => new ClusterClient(connection));
});

afterEach(async () => {
  await Promise.all(replicas.splice(0).map(started => started.stop()));
});

afterAll(async () => {
  await sandbox.stop();
  await rm(directory, { recursive: true, force: true });
});

function connections() {
  return sandbox.clusters.map(
    cluster => new DirectClusterConnection(cluster.name, cluster),
  );
}

let projects = 0;
function wish() {
  projects += 1;
  const slug = `shop${projects}`;
  const names = ['staging', 'production'];
  return createProjectRequestSchema.parse({
    slug,
    ownerRef: 'group:default/team',
    repository: { host: sandbox.git.host, owner: 'platform', name: slug },
    environments: names.map(name => ({ name, cluster: 'first' })),
    files: names.map(name => ({
      path: `deploy/overlays/${name}/kustomization.yaml`,
      content: Buffer.from('resources: []\n').toString('base64'),
    })),
  });
}

/** What a developer does before asking for an environment. */
async function commitOverlay({ slug }: Project, environment: string) {
  const path = `deploy/overlays/${environment}/kustomization.yaml`;
  const response = await fetch(
    `${sandbox.git.url}/api/v1/repos/platform/${slug}/contents/${path}`,
    {
      method: 'POST',
      headers: {
        authorization: `token ${sandbox.git.admin.token}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({
        branch: 'main',
        message: `Add ${environment}`,
        content: Buffer.from('resources: []\n').toString('base64'),
      }),
    },
  );
  expect(response.status).toBe(201);
}

/** All objects of a project, each with what it is asked to be. */
async function objectsOf({ slug }: Project) {
  const found: { cluster: string; name: string; object: ClusterObject }[] = [];
  for (const client of clusters) {
    for (const [apiVersion, kind] of SET_UP_KINDS) {
      for (const object of await client.list({
        apiVersion,
        kind,
        labelSelector: `backstage-gitops.dev/project=${slug}`,
      })) {
        const { name, namespace } = object.metadata;
        const path = `${kind} ${namespace ? `${namespace}/` : ''}${name}`;
        found.push({
          cluster: client.cluster,
          name: `${client.cluster} ${path.replaceAll(slug, 'X')}`,
          object,
        });
      }
    }
  }
  return found;
}

const namesOf = async (project: Project) =>
  (await objectsOf(project)).map(({ name }) => name).sort();

/** Identity and version of what has a spec: nobody has written to it if it stays. */
const generationsOf = async (project: Project) =>
  (await objectsOf(project)).flatMap(({ name, object: { metadata } }) =>
    /Repository|Kustomization/.test(name)
      ? [`${name} ${metadata.uid} ${metadata.generation}`]
      : [],
  );

/** Everything that adding leaves behind, without what differs from run to run. */
async function endState({ stores }: TestReplica, { id, slug }: Project) {
  const project = (await stores.projects.get(id))!;
  const rows = await stores.resources.listByProject(id);
  return {
    status: project.status,
    attempt: project.initializationAttempt,
    error: project.initializationError,
    token: project.initializationHostToken,
    adding: project.wishes.adding,
    steps: (await stores.steps.list(id)).map(
      ({ step, status }) => `${step} ${status}`,
    ),
    environments: (await stores.environments.listByProject(id)).map(
      ({ name, type, cluster, position, status, gitopsResourceId, config }) => [
        `${name} ${type} ${cluster} ${position} ${status}`,
        rows.some(row => row.id === gitopsResourceId),
        config?.minApprovals,
      ],
    ),
    rows: rows.map(
      ({ type, cluster, name, uid }) =>
        `${type} ${cluster} ${name.replace(slug, 'X')} ${!!uid}`,
    ),
    objects: await namesOf(project),
  };
}

const OBJECTS_BEFORE = [
  'first GitRepository project-X/X-repo',
  'first Kustomization project-X/X-production',
  'first Kustomization project-X/X-staging',
  'first Namespace project-X',
  'first Namespace project-X-production',
  'first Namespace project-X-staging',
  'first RoleBinding project-X-production/production-deployer',
  'first RoleBinding project-X-staging/staging-deployer',
  'first Secret project-X-production/X-git-auth',
  'first Secret project-X-staging/X-git-auth',
  'first Secret project-X/X-git-auth',
  'first ServiceAccount project-X/production-deployer',
  'first ServiceAccount project-X/staging-deployer',
];

/** With one environment more, on another cluster. */
const ADDED = {
  status: 'active',
  attempt: 2,
  error: undefined,
  token: undefined,
  adding: undefined,
  steps: [
    'resolve_credentials skipped',
    'create_repository skipped',
    'push_template skipped',
    'create_records skipped',
    'create_environments completed',
    'setup_gitops completed',
    'finish completed',
  ],
  environments: [
    ['staging staging first 0 active', true, undefined],
    ['production production first 1 active', true, undefined],
    ['qa-eu custom second 2 active', true, 1],
  ],
  rows: [
    'git-repository first X-repo true',
    'kustomization first X-production true',
    'kustomization first X-staging true',
    'git-repository second X-repo true',
    'kustomization second X-qa-eu true',
  ],
  objects: [
    ...OBJECTS_BEFORE,
    'second GitRepository project-X/X-repo',
    'second Kustomization project-X/X-qa-eu',
    'second Namespace project-X',
    'second Namespace project-X-qa-eu',
    'second RoleBinding project-X-qa-eu/qa-eu-deployer',
    'second Secret project-X-qa-eu/X-git-auth',
    'second Secret project-X/X-git-auth',
    'second ServiceAccount project-X/qa-eu-deployer',
  ],
};

const QA = { name: 'qa-eu', cluster: 'second', approvalRequired: true };

const EFFECTS = [
  'create_environments: write environments',
  'create_environments: complete',
  'setup_gitops: apply Namespace project-X',
  'setup_gitops: apply Namespace project-X-qa-eu',
  'setup_gitops: sync credential for qa-eu',
  'setup_gitops: apply ServiceAccount project-X/qa-eu-deployer',
  'setup_gitops: apply RoleBinding project-X-qa-eu/qa-eu-deployer',
  'setup_gitops: apply GitRepository project-X/X-repo',
  'setup_gitops: apply Kustomization project-X/X-qa-eu',
  'setup_gitops: complete',
  'finish: complete',
];

/** Places that differ in what a survivor finds; each of them takes seconds. */
const CUTS = [
  'create_environments: write environments',
  'setup_gitops: apply Namespace project-X-qa-eu',
  'setup_gitops: apply GitRepository project-X/X-repo',
  'finish: complete',
];

describe.each(databaseIds)('adding an environment on %s', id => {
  // One for all of them: to make it takes longer than most tests.
  let open: Awaited<ReturnType<typeof newSharedDatabase>>;
  beforeAll(async () => {
    open = await newSharedDatabase(id, directory);
  });

  async function replica(options: Partial<ReplicaOptions> = {}) {
    const started = await TestReplica.start({
      database: await open(),
      gitHost: { ...sandbox.git, token: sandbox.git.admin.token },
      connections: connections(),
      ...options,
    });
    replicas.push(started);
    return started;
  }

  /** A project that works, with an overlay for more. */
  async function inOperation(portal: TestReplica, overlays = ['qa-eu']) {
    const project = await portal.request(wish());
    await portal.engine.run(project.id);
    for (const overlay of overlays) {
      await commitOverlay(project, overlay);
    }
    return (await portal.stores.projects.get(project.id))!;
  }

  it('says what to commit first, then makes what is missing and nothing else', async () => {
    const portal = await replica();
    const request = wish();
    const project = await portal.request(request);
    await portal.engine.run(project.id);
    const { slug } = project;
    const read = () => portal.stores.projects.get(project.id);
    const before = await read();
    const state = await endState(portal, project);
    expect(state.objects).toEqual(OBJECTS_BEFORE);
    const untouched = await generationsOf(project);

    await expect(portal.addEnvironment(slug, QA)).rejects.toMatchObject({
      name: 'ConflictError',
      message: expect.stringMatching(
        /^Environment 'qa-eu' was not added to project '.*', and nothing was changed: deploy\/overlays\/qa-eu of Repository '.*' at '.*' at commit [0-9a-f]{12} does not exist: commit deploy\/overlays\/qa-eu to 'main' first, then add the environment$/,
      ),
    });
    expect(await read()).toEqual(before);
    expect(await endState(portal, project)).toEqual(state);

    await commitOverlay(project, 'qa-eu');
    portal.logger.lines.length = 0;
    const result = await portal.addEnvironment(slug, QA, OTHER_USER);
    expect(result).toMatchObject({
      slug,
      status: 'active',
      progress: 100,
      repository: { name: slug, commit: expect.any(String) },
      environments: [
        { name: 'staging' },
        { name: 'production' },
        {
          name: 'qa-eu',
          cluster: 'second',
          namespace: `project-${slug}-qa-eu`,
        },
      ],
      gitops: { success: true },
    });
    expect(portal.logger.lines).toEqual(
      [
        'info Creating namespace: project-X-qa-eu',
        'info Creating GitRepository: X-repo in project-X',
        'info Creating Kustomization: X-qa-eu in project-X',
        'info GitOps setup completed for environment: qa-eu',
        'info Environment qa-eu added to project X successfully',
      ].map(line => line.replaceAll('X', slug)),
    );
    expect(await endState(portal, project)).toEqual(ADDED);
    expect(await generationsOf(project)).toEqual(
      expect.arrayContaining(untouched),
    );
    const { items } = await portal.stores.events.listByProject(project.id, {
      limit: 3,
    });
    expect(items.map(({ action, userId }) => [action, userId])).toEqual([
      ['environment-added', OTHER_USER],
      ['project-initialization-started', OTHER_USER],
      ['environment-requested', OTHER_USER],
    ]);

    // The same again, in full and with what may be left out.
    const after = await read();
    for (const again of [QA, { name: 'qa-eu' }, { ...QA, type: 'custom' }]) {
      expect(await portal.addEnvironment(slug, again as typeof QA)).toEqual(
        result,
      );
    }
    expect(await read()).toEqual(after);
    // One that the project was begun with is no less there.
    expect(await portal.addEnvironment(slug, { name: 'staging' })).toEqual(
      result,
    );
    // And so is the project for a template that is run again.
    expect(
      await portal.registrar.createOrGet(
        createProjectRequestSchema.parse(request),
        OTHER_USER,
      ),
    ).toMatchObject({ created: false });
    expect(await read()).toEqual(after);
  });

  it('refuses what cannot be, with nothing changed', async () => {
    const portal = await replica();
    const project = await inOperation(portal, ['qa-eu', 'qa']);
    const { slug } = project;
    const { projects: store } = portal.stores;
    const read = () => store.get(project.id);
    const before = await read();
    for (const [request, name, message] of [
      [
        { name: 'staging', cluster: 'second', displayName: 'Vor der Tür' },
        'ConflictError',
        "has an environment 'staging' on cluster 'first' with another displayName and cluster: ask for the same, or choose another name",
      ],
      [
        { ...QA, cluster: 'moon' },
        'InputError',
        "Cluster 'moon' is unknown; choose one of: first, second",
      ],
      [
        { name: 'Not_A_Name' },
        'InputError',
        "environment name 'Not_A_Name' must consist of",
      ],
      [{ name: 'q'.repeat(60) }, 'InputError', 'Kubernetes allows 63'],
    ] as const) {
      await expect(portal.addEnvironment(slug, request)).rejects.toMatchObject({
        name,
        message: expect.stringContaining(message),
      });
    }

    // A namespace of somebody else, in the cluster or in the portal's own records.
    const name = `project-${slug}-qa-eu`;
    await clusters[1].apply({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels: { 'backstage-gitops.dev/project': 'other' } },
    });
    await expect(portal.addEnvironment(slug, QA)).rejects.toMatchObject({
      name: 'ConflictError',
      message: expect.stringContaining(
        `Namespace ${name} on cluster 'second' exists and does not belong to project '${slug}'`,
      ),
    });
    await clusters[1].delete({ apiVersion: 'v1', kind: 'Namespace', name });

    const elsewhere = await replica({
      connections: [
        connections()[0],
        new DirectClusterConnection('second', {
          url: 'http://127.0.0.1:1',
          token: '',
        }),
      ],
    });
    await expect(elsewhere.addEnvironment(slug, QA)).rejects.toMatchObject({
      name: 'ServiceUnavailableError',
      message: expect.stringContaining("Cluster 'second' cannot be reached"),
    });

    const busy = (await store.acquireLease(project.id, {
      holder: 'a rotation',
      ttlMs: 60_000,
    }))!;
    await expect(
      portal.addEnvironment(slug, { name: 'qa' }),
    ).rejects.toMatchObject({
      name: 'ConflictError',
      message: `Something else is at work on project '${slug}': add environment 'qa' when that has ended`,
    });
    await store.releaseLease(project.id, busy);

    const { credentialRotations: rotations, gitAuths } = portal.stores;
    const rotation = { id: randomUUID(), projectId: project.id };
    await rotations.insert(portal.knex, {
      ...rotation,
      wish: { kind: 'least' },
      oldAuthId: (await gitAuths.getByProject(project.id))!.id,
      newAuthId: randomUUID(),
    });
    await expect(
      portal.addEnvironment(slug, { name: 'qa' }),
    ).rejects.toMatchObject({
      name: 'ConflictError',
      message: `The credential of project '${slug}' is being replaced: add environment 'qa' when that has ended`,
    });
    await rotations.finish(portal.knex, rotation.id, 'completed');

    const { leaseFence, updatedAt, ...rest } = before!;
    expect(await read()).toMatchObject(rest);
    expect(await namesOf(project)).toEqual(OBJECTS_BEFORE);

    for (const [changes, message] of [
      [{ status: 'initializing' }, 'is still being set up'],
      [{ status: 'failed' }, 'retry it first, then add environments'],
      [{ status: 'archived' }, 'is archived'],
      [
        { status: 'inactive', deletionRequestedAt: new Date().toISOString() },
        'is being deleted',
      ],
    ] as const) {
      await store.update(portal.knex, project.id, changes);
      await expect(portal.addEnvironment(slug, QA)).rejects.toMatchObject({
        name: 'ConflictError',
        message: expect.stringContaining(message),
      });
    }
  });

  it('reaches the same end wherever it is killed, with another replica', async () => {
    const slugless = (effect: string) => effect.replaceAll(/shop\d+/g, 'X');
    const effects: string[] = [];
    const undisturbed = await replica();
    const first = await inOperation(undisturbed);
    const watched = await replica({
      afterEffect: async effect => {
        effects.push(slugless(effect));
      },
    });
    await watched.addEnvironment(first.slug, QA);
    expect(effects).toEqual(EFFECTS);
    expect(await endState(watched, first)).toEqual(ADDED);

    for (const effect of CUTS) {
      const times = { ttlMs: 400, renewMs: 100 };
      const project = await inOperation(undisturbed);
      const victim: TestReplica = await replica({
        times,
        afterEffect: async name => {
          if (slugless(name) === effect) {
            await victim.kill();
            throw new Error('killed');
          }
        },
      });
      await expect(victim.addEnvironment(project.slug, QA)).rejects.toThrow();
      const survivor = await replica({ times });
      await until(async () => {
        await survivor.engine.recoverInterrupted();
        const now = await survivor.stores.projects.get(project.id);
        return now?.status === 'active';
      });
      expect({ effect, ...(await endState(survivor, project)) }).toEqual({
        effect,
        ...ADDED,
      });
    }
  });

  it('is gone on with when the replica died before it began', async () => {
    const portal = await replica();
    const project = await inOperation(portal);
    expect(await portal.environmentRegistrar.add(project, QA, OTHER_USER)).toBe(
      'wished',
    );
    const survivor = await replica();
    expect(await survivor.engine.recoverInterrupted()).toEqual([project.slug]);
    expect(await endState(survivor, project)).toEqual(ADDED);
  });

  it('is done once when two replicas are asked at the same time', async () => {
    const effects: string[] = [];
    const afterEffect = async (effect: string) => {
      effects.push(effect);
    };
    const one = await replica({ afterEffect });
    const two = await replica({ afterEffect });
    const project = await inOperation(one);
    effects.length = 0;
    const results = await Promise.all(
      [one, two].map(portal => portal.addEnvironment(project.slug, QA)),
    );
    expect(results[0]).toEqual(results[1]);
    expect(effects).toHaveLength(EFFECTS.length);
    expect(await endState(two, project)).toEqual(ADDED);
  });

  it('fails with the cause, leaves the others at work, and needs no more than a retry', async () => {
    const server = { ...sandbox.clusters[1] };
    let breaks = true;
    const portal = await replica({
      connections: [
        connections()[0],
        new DirectClusterConnection('second', server),
      ],
      afterEffect: async effect => {
        if (breaks && effect.startsWith('setup_gitops: sync credential')) {
          server.url = 'http://127.0.0.1:1';
        }
      },
    });
    breaks = false;
    const project = await inOperation(portal, ['qa-eu', 'qa']);
    breaks = true;
    const { slug } = project;
    const untouched = await generationsOf(project);
    const hostToken = sandbox.git.admin.token;
    await expect(
      portal.addEnvironment(slug, { ...QA, hostToken }),
    ).rejects.toThrow("Cluster 'second' cannot be reached");
    expect(await endState(portal, project)).toMatchObject({
      status: 'failed',
      attempt: 2,
      error: expect.stringContaining("Cluster 'second' cannot be reached"),
      token: undefined,
    });
    expect(await generationsOf(project)).toEqual(untouched);
    await expect(
      portal.addEnvironment(slug, { name: 'qa' }),
    ).rejects.toMatchObject({
      name: 'ConflictError',
      message: `Environment 'qa-eu' could not be added to project '${slug}': retry that first, then add 'qa'`,
    });

    breaks = false;
    server.url = sandbox.clusters[1].url;
    // What is there is answered for meanwhile.
    expect(
      await portal.addEnvironment(slug, { name: 'staging' }),
    ).toMatchObject({ status: 'failed' });
    await portal.addEnvironment(slug, QA);
    expect(await endState(portal, project)).toEqual({ ...ADDED, attempt: 3 });
    // On a cluster that has a source already.
    expect(await portal.addEnvironment(slug, { name: 'qa' })).toMatchObject({
      status: 'active',
    });
    // The source there is asked for the overlay, which is newer than its fetch.
    expect(
      (await objectsOf(project)).find(
        ({ name }) => name === 'first GitRepository project-X/X-repo',
      )?.object.metadata.annotations,
    ).toMatchObject({
      'reconcile.fluxcd.io/requestedAt': expect.any(String),
    });
    expect((await endState(portal, project)).environments.at(-1)).toEqual([
      'qa custom first 3 active',
      true,
      undefined,
    ]);
  });
});
