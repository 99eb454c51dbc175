import {
  phrase,
  sayInEnglish,
  type FluxObject,
  type ProjectDocument,
} from '@backstage-gitops/plugin-gitops-common';
import type { Knex } from 'knex';
import { randomUUID } from 'node:crypto';
import { createTestDatabases } from '../database/__testUtils__/createTestDatabases';
import { seedProject } from '../database/__testUtils__/seedProject';
import { createStores } from '../database/createStores';
import type { NewDeployment } from '../database/DeploymentStore';
import {
  clusterSessions,
  type Environment,
  type GitopsResource,
  gitopsResources,
  projectGitAuth,
  repositories,
} from '../database/tables';
import { ProjectReader } from './ProjectReader';

const databases = createTestDatabases();
const COMMIT = '0123456789012345678901234567890123456789';
const REVISION = `main@sha1:${COMMIT}`;
const ALLOWED = { update: true, delete: true };
const minutesAgo = (minutes: number) =>
  new Date(Date.now() - minutes * 60_000).toISOString();

/** What a run in its middle looks like, begun a while ago. */
function running(resource: GitopsResource, since: string): FluxObject {
  return {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
    metadata: {
      name: resource.name,
      namespace: resource.namespace,
      generation: 1,
      creationTimestamp: since,
    },
    spec: { interval: '10m', timeout: '1m' },
    status: {
      observedGeneration: 1,
      conditions: [
        {
          type: 'Ready',
          status: 'Unknown',
          reason: 'Progressing',
          message: 'running health checks',
          observedGeneration: 1,
          lastTransitionTime: since,
        },
        {
          type: 'Reconciling',
          status: 'True',
          reason: 'Progressing',
          message: 'running health checks',
          observedGeneration: 1,
          lastTransitionTime: since,
        },
      ],
    },
  };
}

describe.each(databases.ids)('on %s', id => {
  let knex: Knex;
  let reader: ProjectReader;
  let queries: string[];

  beforeAll(async () => {
    knex = await databases.migrated(id);
    reader = ProjectReader.create({ knex });
    knex.on('query', ({ sql }) => queries.push(sql));
  });

  beforeEach(async () => {
    queries = [];
    await knex('projects').delete();
    await session({ state: 'live', lastSyncedAt: minutesAgo(0) });
  });

  /** What is known of the knowledge of the cluster. */
  async function session(
    changes: Partial<Parameters<typeof clusterSessions.insertion>[0]>,
  ) {
    await knex('cluster_sessions').delete();
    await knex('cluster_sessions').insert(
      clusterSessions.insertion({
        cluster: 'sandbox',
        fence: 1,
        state: 'live',
        stateSince: minutesAgo(60),
        ...changes,
      }),
    );
  }

  /** The commit reached an environment, unless told otherwise. */
  async function deployTo(
    { id: environmentId }: Pick<Environment, 'id'>,
    changes: Partial<NewDeployment>,
  ) {
    return createStores(knex).deployments.insert(knex, {
      environmentId,
      commitHash: COMMIT,
      deploymentMethod: 'gitops',
      status: 'succeeded',
      startedAt: minutesAgo(20),
      ...changes,
    });
  }

  async function change(
    resource: GitopsResource,
    changes: Parameters<typeof gitopsResources.update>[0],
  ) {
    await knex('gitops_resources')
      .where({ id: resource.id })
      .update(gitopsResources.update(changes));
  }

  async function read(slug: string, options?: { wordings: boolean }) {
    const record = await reader.find({ slug });
    return reader.document(record!, ALLOWED, options);
  }

  it('tells all of a project in two queries', async () => {
    const { project, source, environments } = await seedProject(knex, 'shop');
    for (const { kustomization } of [
      ...environments,
      { kustomization: source },
    ]) {
      await change(kustomization, {
        status: 'ready',
        statusSince: minutesAgo(5),
        lastAppliedRevision: REVISION,
      });
    }
    queries = [];
    const document = await read('shop');
    expect(queries).toHaveLength(2);
    expect(document).toMatchObject({
      id: project.id,
      status: 'active',
      repository: { host: 'git.example.com', owner: 'acme', name: 'shop' },
      initialization: { attempt: 1, progress: 100, running: false },
      clusters: [{ name: 'sandbox', state: 'live' }],
      allowed: ALLOWED,
    });
    expect(document.initialization.steps).toBeUndefined();
    expect(document.environments.map(({ name }) => name)).toEqual([
      'development',
      'staging',
      'production',
    ]);
    for (const { resource } of document.environments) {
      expect(resource).toMatchObject({
        status: 'ready',
        commit: COMMIT,
        type: 'kustomization',
      });
    }
    expect(document.sources).toMatchObject([
      { name: 'shop-repo', status: 'ready', commit: COMMIT },
    ]);
  });

  it('tells a set-up under way in two queries, with the steps of its newest attempt', async () => {
    const { project } = await seedProject(knex, 'under-way', {
      project: { status: 'failed', initializationAttempt: 2 },
    });
    const { steps } = createStores(knex);
    await knex.transaction(trx => steps.addAttempt(trx, project.id, 2));
    await knex.transaction(trx =>
      steps.complete(trx, {
        projectId: project.id,
        attempt: 2,
        step: 'resolve_credentials',
      }),
    );
    queries = [];
    const document = await read('under-way');
    expect(queries).toHaveLength(2);
    expect(document.initialization).toMatchObject({ attempt: 2, progress: 4 });
    expect(document.initialization.steps!.map(({ status }) => status)).toEqual([
      'completed',
      ...Array(6).fill('pending'),
    ]);

    await knex('projects').update({ status: 'active' });
    expect((await read('under-way')).initialization.steps).toBeUndefined();
    const record = await reader.find({ id: project.id }, { history: true });
    expect(record!.steps).toHaveLength(7);
  });

  it('tells of the credential in use, and of what the host says otherwise', async () => {
    const { project, repository } = await seedProject(knex, 'kept');
    const credential = (changes: object) =>
      knex('project_git_auth').insert(
        projectGitAuth.insertion({
          id: randomUUID(),
          projectId: project.id,
          authType: 'token',
          slot: 'current',
          createdBy: 'user:default/ada',
          validationStatus: 'valid',
          ...changes,
        }),
      );
    const expiresAt = minutesAgo(-60);
    await credential({ expiresAt });
    await credential({ slot: 'next', authType: 'ssh' });
    const conflict = {
      kind: 'renamed' as const,
      recorded: 'kept',
      actual: 'moved',
      since: minutesAgo(1),
      message: 'The repository is called moved: rename it back.',
    };
    await knex('repositories')
      .where({ id: repository.id })
      .update(repositories.update({ conflict }));
    const document = await read('kept');
    expect(document.credential).toEqual({
      authType: 'token',
      validationStatus: 'valid',
      expiresAt,
    });
    expect(document.repositoryConflict).toEqual(conflict);
  });

  it('tells what is known of the commits, each environment by its own history', async () => {
    const { source, environments } = await seedProject(knex, 'commits');
    const [development, staging] = environments;
    for (const resource of [source, development.kustomization]) {
      await change(resource, { lastAppliedRevision: REVISION });
    }
    const committedAt = minutesAgo(30);
    const deploy = (changes: Partial<NewDeployment>) =>
      deployTo(development.environment, changes);
    await deploy({ startedAt: minutesAgo(90), commitTitle: 'Older' });
    await deploy({
      commitTitle: 'Sell more',
      commitAuthor: 'Ada',
      committedAt,
    });
    await deploy({ startedAt: minutesAgo(1), status: 'failed' });
    await deploy({ environmentId: staging.environment.id });
    const document = await read('commits');
    const commitInfo = {
      id: COMMIT,
      title: 'Sell more',
      author: 'Ada',
      committedAt,
    };
    expect(document.environments[0].resource).toMatchObject({ commitInfo });
    expect(document.environments[1].resource!.commitInfo).toBeUndefined();
    expect(document.sources).toMatchObject([{ commitInfo }]);

    // A commit that fails wherever it comes has an author, too.
    const next = 'd'.repeat(40);
    await change(source, { lastAppliedRevision: `main@sha1:${next}` });
    await deploy({
      commitHash: next,
      status: 'failed',
      startedAt: minutesAgo(0),
      commitTitle: 'Break it',
    });
    const failing = await read('commits');
    expect(failing.sources).toMatchObject([
      { commit: next, commitInfo: { id: next, title: 'Break it' } },
    ]);
    expect(failing.environments[0].resource).toMatchObject({ commitInfo });
  });

  it('says who suspended an environment, if it was done through the portal', async () => {
    const { environments } = await seedProject(knex, 'stopped');
    const { kustomization } = environments[0];
    const since = minutesAgo(10);
    const until = minutesAgo(-10);
    const observed = (marker?: string): FluxObject => ({
      ...running(kustomization, minutesAgo(20)),
      metadata: {
        ...running(kustomization, minutesAgo(20)).metadata,
        annotations: marker
          ? { 'backstage-gitops.dev/suspended-at': marker }
          : undefined,
      },
    });
    await change(kustomization, {
      status: 'suspended',
      statusSince: minutesAgo(9),
      suspended: true,
      suspendedBy: 'user:default/ada',
      suspendReason: 'black friday',
      suspendedAt: since,
      suspendedUntil: until,
      observed: observed(since),
    });
    const ours = await read('stopped');
    expect(ours.environments[0].resource!.suspension).toEqual({
      by: 'user:default/ada',
      reason: 'black friday',
      since,
      until,
    });

    await change(kustomization, { observed: observed() });
    const theirs = await read('stopped');
    expect(Object.keys(theirs.environments[0].resource!.suspension!)).toEqual([
      'since',
    ]);
  });

  it('says when Flux looks again, as long as no further run can have been', async () => {
    const { environments } = await seedProject(knex, 'next');
    const { kustomization } = environments[0];
    const ended = minutesAgo(3);
    const observed = running(kustomization, ended);
    await change(kustomization, { status: 'ready', observed });
    const { resource } = (await read('next')).environments[0];
    expect(resource!.nextReconciliationAt).toBe(
      new Date(Date.parse(ended) + 600_000).toISOString(),
    );
    await change(kustomization, {
      status: 'ready',
      observed: running(kustomization, minutesAgo(11)),
    });
    const later = (await read('next')).environments[0].resource!;
    expect(later.nextReconciliationAt).toBeUndefined();
  });

  it('stays within 4 KB when everything is wrong at once', async () => {
    const { source, environments } = await seedProject(knex, 'all-wrong');
    const message = `kustomize build failed: ${'long words '.repeat(200)}`;
    for (const { kustomization } of [
      ...environments,
      { kustomization: source },
    ]) {
      await change(kustomization, {
        status: 'failed',
        statusSince: minutesAgo(5),
        statusReason: 'BuildFailed',
        statusMessage: message,
        lastAppliedRevision: REVISION,
        attributes: { retrying: true },
        diagnosis: {
          id: 'K5',
          cause:
            'The overlay cannot be built, because a file that it names is not in the repository.',
          subject: {
            kind: 'Kustomization',
            namespace: kustomization.namespace,
            name: kustomization.name,
            field: 'spec.path',
          },
          nextStep: 'Add the file, or take it out of kustomization.yaml.',
          message,
          wording: phrase('kustomizationUnder', { path: 'x'.repeat(150) }),
        },
      });
    }
    for (const { environment } of environments) {
      await deployTo(environment, {
        commitTitle: 'A title that goes on and on '.repeat(10),
        commitAuthor: 'Augusta Ada King, Countess of Lovelace',
        committedAt: minutesAgo(30),
      });
    }
    const document = await read('all-wrong');
    const sizeOf = (answer: ProjectDocument) =>
      Buffer.byteLength(JSON.stringify(answer));
    expect(sizeOf(document)).toBeLessThanOrEqual(4096);
    const [{ resource }] = document.environments;
    const told = await read('all-wrong', { wordings: true });
    expect(sizeOf(told)).toBeLessThanOrEqual(4096);
    // Of one that fails there is room for all of it.
    for (const { kustomization } of environments.slice(1)) {
      await change(kustomization, { status: 'ready', diagnosis: undefined });
    }
    await change(source, { status: 'ready', diagnosis: undefined });
    const wording = { id: 'kustomizationUnder' };
    expect((await read('all-wrong')).environments[0].resource).toMatchObject({
      diagnosis: expect.not.objectContaining({ wording }),
      commitInfo: { title: expect.stringMatching(/^A title that goes on/) },
    });
    const one = await read('all-wrong', { wordings: true });
    expect(sizeOf(one)).toBeLessThanOrEqual(4096);
    expect(one.environments[0].resource).toMatchObject({
      diagnosis: { wording },
      commitInfo: { title: expect.stringMatching(/^A title that goes on/) },
    });
    expect(resource!.message!.length).toBeLessThanOrEqual(300);
    expect(resource!.diagnosis!.message).toBeUndefined();

    const record = await reader.find({ slug: 'all-wrong' });
    const { items } = await reader.diagnosis(record!.project);
    expect(items).toHaveLength(4);
    expect(items[0]).toMatchObject({
      environment: undefined,
      resource: { type: 'git-repository' },
    });
    expect(items[1]).toMatchObject({
      environment: 'development',
      message,
      diagnosis: { id: 'K5', message },
    });
  });

  it('derives a state anew once time alone may have changed it', async () => {
    const { environments } = await seedProject(knex, 'time');
    const { kustomization } = environments[0];
    const stored = {
      status: 'ready' as const,
      observed: running(kustomization, minutesAgo(10)),
    };
    // What the engine settled stands, whatever the object says in passing.
    await change(kustomization, { ...stored, recheckAt: minutesAgo(-1) });
    const before = await read('time');
    expect(before.environments[0].resource).toMatchObject({ status: 'ready' });

    await change(kustomization, { ...stored, recheckAt: minutesAgo(1) });
    const after = await read('time');
    expect(after.environments[0].resource).toMatchObject({
      status: 'reconciling',
      attributes: { overdue: true },
    });
  });

  it('never shows the state of an unreachable cluster as the present one', async () => {
    const { environments } = await seedProject(knex, 'lost');
    const { kustomization } = environments[0];
    await change(kustomization, {
      status: 'ready',
      lastAppliedRevision: REVISION,
      observed: running(kustomization, minutesAgo(60)),
    });
    await session({
      state: 'unreachable',
      error: 'connect ECONNREFUSED',
      // Of an error before; a replica that knows no wordings has left it.
      wording: phrase('clusterVersionOld'),
      lastSyncedAt: minutesAgo(5),
    });
    const document = await read('lost', { wordings: true });
    expect(document.clusters).toMatchObject([
      { state: 'unreachable', error: 'connect ECONNREFUSED' },
    ]);
    expect(document.clusters[0].wording).toBeUndefined();
    expect(document.environments[0].resource).toMatchObject({
      status: 'unknown',
      commit: COMMIT,
      attributes: { previous: { status: 'ready' } },
    });
    // Never seen before the cluster was lost: nothing to remember.
    expect(document.environments[1].resource).toMatchObject({
      status: 'pending',
    });
  });

  it('tells of the commits of a lost cluster, and why it is lost once', async () => {
    const { source, environments } = await seedProject(knex, 'far');
    for (const { kustomization } of [
      ...environments,
      { kustomization: source },
    ]) {
      await change(kustomization, {
        status: 'ready',
        lastAppliedRevision: REVISION,
        statusReason: 'ReconciliationSucceeded',
        statusMessage: `Applied revision: ${REVISION}`,
        observed: running(kustomization, minutesAgo(60)),
      });
    }
    for (const { environment } of environments) {
      await deployTo(environment, {
        commitTitle: 'Name the patch as it is called',
        commitAuthor: 'Ada Lovelace',
        committedAt: minutesAgo(30),
      });
    }
    const wording = phrase('clusterUnreachable', {
      cluster: 'sandbox',
      said: 'socket hang up',
    });
    const error =
      "Cluster 'sandbox' cannot be reached: socket hang up; check that its API server runs and that its URL and credential in the kubernetes configuration are right";
    expect(sayInEnglish(wording)).toBe(error);
    await session({
      state: 'unreachable',
      error,
      wording,
      lastSyncedAt: minutesAgo(5),
    });
    const document = await read('far', { wordings: true });
    expect(Buffer.byteLength(JSON.stringify(document))).toBeLessThan(4096);
    expect(document.clusters).toMatchObject([{ error, wording }]);
    for (const { resource } of document.environments) {
      expect(resource).toMatchObject({
        status: 'unknown',
        commitInfo: {
          title: 'Name the patch as it is called',
          author: 'Ada Lovelace',
        },
      });
      expect(resource!.message).toBeUndefined();
    }
  });

  it.each([
    ['live', 1, 'live', /^$/, undefined],
    ['live', 3, 'delayed', /silent/, 'clusterSilent'],
    ['delayed', 3, 'delayed', /^$/, undefined],
    ['connecting', 1, 'connecting', /^$/, undefined],
    ['live', 11, 'unreachable', /long time/, 'clusterLost'],
    ['connecting', 11, 'unreachable', /long time/, 'clusterLost'],
  ] as const)(
    'a cluster that was %s %s minutes ago is %s',
    async (state, age, shown, error, wording) => {
      await seedProject(knex, 'fresh');
      await session({ state, lastSyncedAt: minutesAgo(age) });
      const { clusters } = await read('fresh', { wordings: true });
      expect(clusters).toMatchObject([{ name: 'sandbox', state: shown }]);
      expect(clusters[0].error ?? '').toMatch(error);
      expect(clusters[0].wording?.id).toBe(wording);
    },
  );

  it('a cluster that was never read says so', async () => {
    await seedProject(knex, 'new');
    await knex('cluster_sessions').delete();
    const { clusters } = await read('new', { wordings: true });
    expect(clusters).toMatchObject([
      {
        state: 'connecting',
        error: expect.any(String),
        wording: { id: 'clusterUnread' },
      },
    ]);
    expect(clusters[0].lastSyncedAt).toBeUndefined();
  });
});
