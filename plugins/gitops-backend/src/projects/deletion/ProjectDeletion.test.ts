import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServiceUnavailableError } from '@backstage/errors';
import { startSandbox, type Sandbox } from '@backstage-gitops/sandbox';
import { ClusterClient, ClusterRegistry } from '../../clusters';
import { unifiedEvents } from '../../database/tables';
import { DirectClusterConnection } from '../../initialization/__testUtils__/DirectClusterConnection';
import { SET_UP_KINDS } from '../../initialization/__testUtils__/setUpKinds';
import { TestReplica } from '../../initialization/__testUtils__/TestReplica';
import { until } from '../../__testUtils__/until';
import { ProjectNotifier } from '../ProjectNotifier';
import { type DeletionServices, ProjectDeletion } from './ProjectDeletion';

jest.setTimeout(120_000);

const USER = 'user:default/maria';
const ENVIRONMENTS = ['development', 'production'];

let directory: string;
let sandbox: Sandbox;
let portal: TestReplica;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gitops-deletion-'));
  sandbox = await startSandbox({
    dataDir: join(directory, 'sandbox'),
    clusters: [{ name: 'one' }, { name: 'two' }],
  });
  portal = await startPortal(join(directory, 'portal.sqlite'));
});

afterAll(async () => {
  await portal?.stop();
  await sandbox?.stop();
  await rm(directory, { recursive: true, force: true });
});

const connections = (unreachable?: string) =>
  sandbox.clusters.map(
    ({ name, url, token }) =>
      new DirectClusterConnection(name, {
        // Nobody listens on the discard port.
        url: name === unreachable ? 'http://127.0.0.1:9' : url,
        token,
      }),
  );

const clusterClient = (name: string) =>
  new ClusterClient(
    connections().find(connection => connection.cluster === name)!,
  );

function startPortal(database: string) {
  return TestReplica.start({
    database,
    gitHost: { ...sandbox.git, token: sandbox.git.admin.token },
    connections: connections(),
  });
}

/** What the projects of these tests have is the token of the host's own account. */
const NO_HOST_CREDENTIALS = {
  listManaged: async () => [],
  endAll: async () => {},
};

function deletionOf(
  replica: TestReplica,
  options: Partial<DeletionServices> & {
    unreachable?: string;
    stageMs?: number;
  } = {},
) {
  const { unreachable, stageMs, ...services } = options;
  return ProjectDeletion.create({
    ...replica.stores,
    knex: replica.knex,
    logger: replica.logger,
    hostCredentials: NO_HOST_CREDENTIALS,
    notifier: ProjectNotifier.create({ logger: replica.logger }),
    clusters: new ClusterRegistry({
      provider: {
        list: async () => ({
          connections: connections(unreachable),
          refused: [],
        }),
      },
      logger: replica.logger,
    }),
    times: {
      ttlMs: 1_500,
      renewMs: 300,
      stageMs: stageMs ?? 30_000,
      pollMs: 50,
    },
    ...services,
  });
}

let projects = 0;
/** A project that is wholly there: development on one cluster, production on the other. */
async function setUp() {
  projects += 1;
  const slug = `shop${projects}`;
  const manifest = Buffer.from(
    'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\n',
  ).toString('base64');
  const kustomization = Buffer.from('resources: [settings.yaml]\n').toString(
    'base64',
  );
  const project = await portal.request({
    slug,
    ownerRef: 'group:default/team',
    repository: { host: sandbox.git.host, owner: 'platform', name: slug },
    environments: [
      { name: 'development', cluster: 'one' },
      { name: 'production', cluster: 'two' },
    ],
    files: ENVIRONMENTS.flatMap(name => [
      {
        path: `deploy/overlays/${name}/kustomization.yaml`,
        content: kustomization,
      },
      { path: `deploy/overlays/${name}/settings.yaml`, content: manifest },
    ]),
  });
  await portal.engine.run(project.id);
  for (const [name, cluster] of [
    ['development', 'one'],
    ['production', 'two'],
  ]) {
    await until(async () =>
      Boolean(
        await clusterClient(cluster).get({
          apiVersion: 'v1',
          kind: 'ConfigMap',
          namespace: `project-${slug}-${name}`,
          name: 'settings',
        }),
      ),
    );
  }
  return (await portal.stores.projects.get(project.id))!;
}

/** Every object of both clusters that names the project in its name or namespace. */
function leftovers(slug: string): string[] {
  return sandbox.clusters.flatMap(({ name: cluster, store }) =>
    [...SET_UP_KINDS, ['v1', 'ConfigMap']].flatMap(([apiVersion, kind]) =>
      store
        .list(store.resolve(apiVersion, kind)!)
        .map(
          ({ metadata: { name, namespace } }) =>
            `${cluster} ${kind} ${namespace ?? ''}/${name}`,
        )
        .filter(text => new RegExp(`project-${slug}(-|/|$)`).test(text)),
    ),
  );
}

async function eventsOf(projectId: string): Promise<string[]> {
  const rows = await portal
    .knex(unifiedEvents.name)
    .where({ project_id: projectId })
    .orderBy('timestamp');
  return rows.map(({ action }) => String(action));
}

async function expectGone(id: string, slug: string) {
  expect(leftovers(slug)).toEqual([]);
  expect(await portal.stores.projects.get(id)).toBeUndefined();
  expect(await portal.stores.environments.listByProject(id)).toEqual([]);
  expect(await portal.stores.resources.listByProject(id)).toEqual([]);
  expect(await portal.stores.gitAuths.getByProject(id)).toBeUndefined();
  expect(await eventsOf(id)).toContain('project-deleted');
  const response = await fetch(
    `${sandbox.git.url}/api/v1/repos/platform/${slug}`,
    { headers: { authorization: `token ${sandbox.git.admin.token}` } },
  );
  expect(response.status).toBe(200);
}

it('tells what would go, from the clusters, in the order in which it would', async () => {
  const { id, slug } = await setUp();
  const before = leftovers(slug);
  const { items, kept, dryRun } = await deletionOf(portal).preview(id);
  const perCluster = (cluster: string, environment: string) => [
    `ConfigMap project-${slug}-${environment}/settings on ${cluster}`,
    `Kustomization project-${slug}/${slug}-${environment} on ${cluster}`,
    `GitRepository project-${slug}/${slug}-repo on ${cluster}`,
    `RoleBinding project-${slug}-${environment}/${environment}-deployer on ${cluster}`,
    `ServiceAccount project-${slug}/${environment}-deployer on ${cluster}`,
    `Secret project-${slug}/${slug}-git-auth on ${cluster}`,
    `Secret project-${slug}-${environment}/${slug}-git-auth on ${cluster}`,
    `Namespace /project-${slug} on ${cluster}`,
    `Namespace /project-${slug}-${environment} on ${cluster}`,
  ];
  expect(
    items.map(
      item =>
        `${item.kind} ${item.namespace ?? ''}/${item.name} on ${item.cluster}`,
    ),
  ).toEqual([
    ...perCluster('one', 'development'),
    ...perCluster('two', 'production'),
    `Project /${slug} on undefined`,
  ]);
  expect(dryRun).toBe(true);
  expect(kept.join(' ')).toContain(`Repository platform/${slug}`);
  expect(leftovers(slug)).toEqual(before);
  expect(await portal.stores.projects.get(id)).toMatchObject({
    status: 'active',
  });
});

it('deletes all of it, sees it gone, and keeps the repository and the history', async () => {
  const { id, slug } = await setUp();
  const deletion = deletionOf(portal);
  const { items } = await deletion.preview(id);
  expect(await deletion.delete(id, { userRef: USER })).toEqual(
    expect.objectContaining({ slug, dryRun: false, items }),
  );
  await expectGone(id, slug);
  expect((await eventsOf(id)).slice(-2)).toEqual([
    'project-deletion-started',
    'project-deleted',
  ]);
  await expect(deletion.delete(id)).rejects.toMatchObject({
    name: 'NotFoundError',
  });
});

it('ends the credentials at the host when nothing reads with them any more, and stops when it cannot', async () => {
  const { id, slug } = await setUp();
  const left: string[][] = [];
  let away = true;
  const hostCredentials = {
    listManaged: async () => [
      { kind: 'deploy key', name: 'a key', host: 'git.example.com' },
    ],
    endAll: async () => {
      left.push(leftovers(slug));
      if (away) {
        throw new ServiceUnavailableError(
          "Git host 'git.example.com' cannot be reached",
        );
      }
    },
  };
  const error = await deletionOf(portal, { hostCredentials })
    .delete(id)
    .catch(reason => reason);
  expect(error.message).toMatch(/not wholly deleted.*'git.example.com'/);
  expect(left).toEqual([[]]);
  expect(await portal.stores.projects.get(id)).toMatchObject({
    status: 'inactive',
  });
  away = false;
  const { items } = await deletionOf(portal, { hostCredentials }).delete(id);
  expect(items).toEqual([
    { kind: 'deploy key', name: 'a key at git.example.com' },
    { kind: 'Project', name: slug },
  ]);
  await expectGone(id, slug);
});

it('takes what a suspended Kustomization applied with it', async () => {
  const { id, slug } = await setUp();
  await clusterClient('one').mergePatch(
    {
      apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
      kind: 'Kustomization',
      namespace: `project-${slug}`,
      name: `${slug}-development`,
    },
    { spec: { suspend: true } },
  );
  let pruned = false;
  const [{ store }] = sandbox.clusters;
  const unwatch = store.watch(store.resolve('v1', 'ConfigMap')!, event => {
    if (
      event.type === 'DELETED' &&
      event.object.metadata.namespace === `project-${slug}-development`
    ) {
      // By Flux, not by the end of its namespace.
      pruned = Boolean(
        store.get(
          store.resolve('v1', 'Namespace')!,
          undefined,
          `project-${slug}-development`,
        )?.metadata.deletionTimestamp === undefined,
      );
    }
  });
  await deletionOf(portal).delete(id);
  unwatch();
  expect(pruned).toBe(true);
  await expectGone(id, slug);
});

it('leaves alone what does not carry our label, and says so', async () => {
  const { id, slug } = await setUp();
  const namespace = `project-${slug}-development`;
  await clusterClient('one').mergePatch(
    { apiVersion: 'v1', kind: 'Namespace', name: namespace },
    { metadata: { labels: { 'backstage-gitops.dev/project': 'other' } } },
  );
  const { kept } = await deletionOf(portal).delete(id);
  expect(kept.join(' ')).toContain(`Namespace ${namespace} on cluster 'one'`);
  expect(leftovers(slug)).toContain(`one Namespace /${namespace}`);
  expect(leftovers(slug).filter(text => !text.includes(namespace))).toEqual([]);
});

it('touches nothing while a cluster cannot be reached, names it, and finishes when it is back', async () => {
  const { id, slug } = await setUp();
  const before = leftovers(slug);
  for (const attempt of ['preview', 'delete'] as const) {
    await expect(
      deletionOf(portal, { unreachable: 'two' })[attempt](id),
    ).rejects.toMatchObject({
      name: 'ServiceUnavailableError',
      message: expect.stringContaining("'two'"),
    });
  }
  expect(leftovers(slug)).toEqual(before);
  expect(await portal.stores.projects.get(id)).toMatchObject({
    status: 'active',
  });
  await deletionOf(portal).delete(id);
  await expectGone(id, slug);
});

it('says what holds an object that does not go, and goes on when asked again', async () => {
  const { id, slug } = await setUp();
  const reference = {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
    namespace: `project-${slug}`,
    name: `${slug}-repo`,
  };
  const finalizers = (value: string[]) =>
    clusterClient('two').mergePatch(reference, {
      metadata: { finalizers: value },
    });
  await finalizers(['example.com/held']);
  const error = await deletionOf(portal, { stageMs: 300 })
    .delete(id, { userRef: USER })
    .catch(reason => reason);
  expect(error.name).toBe('ServiceUnavailableError');
  for (const part of [
    `Project '${slug}' is not wholly deleted`,
    `GitRepository project-${slug}/${slug}-repo (example.com/held`,
    "cluster 'two'",
    'delete it again',
  ]) {
    expect(error.message).toContain(part);
  }
  const project = await portal.stores.projects.get(id);
  expect(project).toMatchObject({
    status: 'inactive',
    deletionError: error.message,
    deletionRequestedBy: USER,
  });
  expect(project?.leaseHolder).toBeUndefined();
  // It cannot be set up again from here.
  await portal.engine.run(id);
  expect(leftovers(slug).filter(text => / Kustomization /.test(text))).toEqual(
    [],
  );
  await finalizers([]);
  await deletionOf(portal).delete(id);
  await expectGone(id, slug);
});

it('is gone on with by another replica when the one at work dies anywhere', async () => {
  const effects: string[] = [];
  const { id: model } = await setUp();
  await deletionOf(portal, {
    afterEffect: async effect => {
      effects.push(effect);
    },
  }).delete(model);
  // First, middle and last thing done.
  const places = [0, Math.floor(effects.length / 2), effects.length - 1];
  for (const place of places) {
    const { id, slug } = await setUp();
    const doomed = await startPortal(join(directory, 'portal.sqlite'));
    let done = 0;
    const dying = deletionOf(doomed, {
      afterEffect: async () => {
        if (done === place) {
          await doomed.kill();
        }
        done += 1;
      },
    });
    await expect(dying.delete(id, { userRef: USER })).rejects.toThrow();
    const deletion = deletionOf(portal);
    await until(async () =>
      (await deletion.resumeInterrupted()).includes(slug),
    );
    await expectGone(id, slug);
    const rows = await portal
      .knex(unifiedEvents.name)
      .where({ project_id: id, action: 'project-deleted' });
    expect(rows.map(({ user_id }) => user_id)).toEqual([USER]);
  }
});

it('does not begin while something else is at work on the project', async () => {
  const { id, slug } = await setUp();
  const lease = await portal.stores.projects.acquireLease(id, {
    holder: randomUUID(),
    ttlMs: 60_000,
  });
  await expect(deletionOf(portal).delete(id)).rejects.toMatchObject({
    name: 'ConflictError',
    message: expect.stringContaining(`project '${slug}'`),
  });
  await portal.stores.projects.releaseLease(id, lease!);
  const both = await Promise.allSettled([
    deletionOf(portal).delete(id),
    deletionOf(portal).delete(id),
  ]);
  expect(both.map(({ status }) => status).sort()).toEqual([
    'fulfilled',
    'rejected',
  ]);
  await expectGone(id, slug);
});
