import { startSandbox, type Sandbox } from '@backstage-gitops/sandbox';
import { environmentNamespace } from '@backstage-gitops/plugin-gitops-common';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClusterClient, ClusterRegistry } from '../clusters';
import {
  namespaceManifest,
  type BasicAuthSecretObject,
} from '../flux/manifests';
import { CapturedLogger } from '../initialization/__testUtils__/CapturedLogger';
import { DirectClusterConnection } from '../initialization/__testUtils__/DirectClusterConnection';
import { CredentialSync } from './CredentialSync';

jest.setTimeout(60_000);

let directory: string;
let sandbox: Sandbox;
let connections: DirectClusterConnection[];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gitops-sync-'));
  sandbox = await startSandbox({
    dataDir: directory,
    clusters: [{ name: 'one' }, { name: 'two' }],
  });
  connections = sandbox.clusters.map(
    cluster => new DirectClusterConnection(cluster.name, cluster),
  );
});

afterAll(async () => {
  await sandbox.stop();
  await rm(directory, { recursive: true, force: true });
});

function setUp(
  options: {
    syncToEnvironments?: boolean;
    reached?: DirectClusterConnection[];
  } = {},
) {
  const logger = new CapturedLogger();
  const clusters = new ClusterRegistry({
    provider: {
      list: async () => ({
        connections: options.reached ?? connections,
        refused: [],
      }),
    },
    logger,
  });
  const sync = new CredentialSync({
    clusters,
    logger,
    syncToEnvironments: options.syncToEnvironments ?? true,
  });
  return { logger, sync };
}

function project(
  slug: string,
  clusters: Record<string, string> = {
    development: 'one',
    staging: 'one',
    production: 'one',
  },
) {
  return {
    id: `id-of-${slug}`,
    slug,
    environments: Object.entries(clusters).map(([name, cluster]) => ({
      name,
      cluster,
      namespace: environmentNamespace(slug, name),
    })),
    credential: { username: 'git', password: `password of ${slug}` },
  };
}

async function makeNamespace(
  of: ReturnType<typeof project>,
  environment?: string,
  cluster = connections[0],
) {
  await new ClusterClient(cluster).apply(
    namespaceManifest(
      of,
      of.environments.find(({ name }) => name === environment),
    ),
  );
}

/** Passwords by namespace, as the cluster holds them. */
async function passwords(slug: string, cluster = connections[0]) {
  const secrets = await new ClusterClient(cluster).list<BasicAuthSecretObject>({
    apiVersion: 'v1',
    kind: 'Secret',
    labelSelector: `backstage-gitops.dev/project=${slug}`,
  });
  return Object.fromEntries(
    secrets.map(({ metadata, data }) => [
      metadata.namespace,
      Buffer.from(data.password, 'base64').toString(),
    ]),
  );
}

const environmentsOf = (list: { environment?: string }[]) =>
  list.flatMap(({ environment }) => environment ?? []);

describe('CredentialSync', () => {
  it.each([
    ['in order', ['development', 'staging', 'production']],
    ['in another order', ['development', 'production', 'staging']],
  ])(
    'writes one, two and three environments as they are made %s, and skips the rest',
    async (name, order) => {
      const { sync, logger } = setUp();
      const shop = project(name.replaceAll(' ', '-'));
      await makeNamespace(shop);
      const counts: [number, number][] = [];
      const skips: string[] = [];
      for (const [index, environment] of order.entries()) {
        await makeNamespace(shop, environment);
        const { written, skipped } = await sync.syncToClusters(shop);
        counts.push([
          environmentsOf(written).length,
          environmentsOf(skipped).length,
        ]);
        expect(environmentsOf(written).sort()).toEqual(
          order.slice(0, index + 1).sort(),
        );
        skips.push(...skipped.map(({ namespace }) => namespace));
      }
      expect(counts).toEqual([
        [1, 2],
        [2, 1],
        [3, 0],
      ]);
      expect(logger.lines).toEqual(
        skips.map(
          namespace =>
            `debug Namespace ${namespace} does not exist yet, skipping secret sync`,
        ),
      );
      const password = shop.credential.password;
      expect(await passwords(shop.slug)).toEqual({
        [`project-${shop.slug}`]: password,
        [`project-${shop.slug}-development`]: password,
        [`project-${shop.slug}-staging`]: password,
        [`project-${shop.slug}-production`]: password,
      });
    },
  );

  it('can be run again, and brings a new password everywhere', async () => {
    const { sync } = setUp();
    const shop = project('again');
    await makeNamespace(shop);
    await makeNamespace(shop, 'staging');
    const first = await sync.syncToClusters(shop);
    expect(await sync.syncToClusters(shop)).toEqual(first);
    shop.credential.password = 'rotated';
    await sync.syncToClusters(shop);
    expect(await passwords('again')).toEqual({
      'project-again': 'rotated',
      'project-again-staging': 'rotated',
    });
  });

  it('leaves environments alone when switched off', async () => {
    const { sync, logger } = setUp({ syncToEnvironments: false });
    const shop = project('off');
    await makeNamespace(shop);
    await makeNamespace(shop, 'staging');
    expect(await sync.syncToClusters(shop)).toEqual({
      written: [{ cluster: 'one', namespace: 'project-off' }],
      skipped: [],
    });
    expect(logger.lines).toEqual([]);
  });

  it('never writes into a namespace that is not the project’s', async () => {
    const { sync } = setUp();
    const shop = project('mine');
    await makeNamespace(shop);
    await new ClusterClient(connections[0]).apply({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'project-mine-staging' },
    });
    // The same name in a portal with another database.
    await makeNamespace({ ...shop, id: 'another' }, 'production');
    const { written } = await sync.syncToClusters(shop);
    expect(written.map(({ namespace }) => namespace)).toEqual(['project-mine']);
  });

  it('serves the clusters it reaches, and names the one it does not', async () => {
    const shop = project('far', { staging: 'two', production: 'one' });
    await makeNamespace(shop);
    await makeNamespace(shop, 'production');
    await makeNamespace(shop, undefined, connections[1]);
    const { sync } = setUp({
      reached: [
        connections[0],
        new DirectClusterConnection('two', {
          url: 'http://127.0.0.1:1',
          token: '',
        }),
      ],
    });
    await expect(sync.syncToClusters(shop)).rejects.toThrow(
      /^Cluster 'two' cannot be reached/,
    );
    expect(await passwords('far')).toEqual({
      'project-far': 'password of far',
      'project-far-production': 'password of far',
    });
    const { written, skipped } = await setUp().sync.syncToClusters(shop);
    expect(written).toHaveLength(3);
    expect(skipped).toEqual([
      {
        cluster: 'two',
        namespace: 'project-far-staging',
        environment: 'staging',
      },
    ]);
  });
});
