import { startSandbox, type Sandbox } from '@backstage-gitops/sandbox';
import { environmentNamespace } from '@backstage-gitops/plugin-gitops-common';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { ClusterClient, ClusterRegistry } from '../clusters';
import { namespaceManifest, type GitAuthSecretObject } from '../flux/manifests';
import { createTestDatabases } from '../database/__testUtils__/createTestDatabases';
import { newProject } from '../database/__testUtils__/seedProject';
import { createStores } from '../database/createStores';
import { CapturedLogger } from '../initialization/__testUtils__/CapturedLogger';
import { DirectClusterConnection } from '../initialization/__testUtils__/DirectClusterConnection';
import { CredentialSync } from './CredentialSync';
import type { BasicCredential, FluxCredential } from './kinds/FluxCredential';

jest.setTimeout(60_000);

let directory: string;
let sandbox: Sandbox;
let connections: DirectClusterConnection[];
let knex: Knex;
let stores: ReturnType<typeof createStores>;
const databases = createTestDatabases();

beforeAll(async () => {
  knex = await databases.migrated(databases.ids[0]);
  stores = createStores(knex);
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
    knex,
    credentialLocations: stores.credentialLocations,
    clusters,
    logger,
    syncToEnvironments: options.syncToEnvironments ?? true,
  });
  return { logger, sync };
}

async function project(
  slug: string,
  clusters: Record<string, string> = {
    development: 'one',
    staging: 'one',
    production: 'one',
  },
) {
  const { id } = await knex.transaction(trx =>
    stores.projects.insert(trx, newProject(slug)),
  );
  const credential: FluxCredential & BasicCredential = {
    authId: randomUUID(),
    kind: 'basic',
    username: 'git',
    password: `password of ${slug}`,
  };
  return {
    id,
    slug,
    environments: Object.entries(clusters).map(([name, cluster]) => ({
      name,
      cluster,
      namespace: environmentNamespace(slug, name),
    })),
    credential,
  };
}

async function makeNamespace(
  of: Awaited<ReturnType<typeof project>>,
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
  const secrets = await new ClusterClient(cluster).list<GitAuthSecretObject>({
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
      const shop = await project(name.replaceAll(' ', '-'));
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
    const shop = await project('again');
    await makeNamespace(shop);
    await makeNamespace(shop, 'staging');
    await sync.syncToClusters(shop);
    const { written } = await sync.syncToClusters(shop);
    expect(written.map(({ found }) => found)).toEqual(['current', 'current']);
    shop.credential.authId = randomUUID();
    shop.credential.password = 'rotated';
    await sync.syncToClusters(shop);
    expect(await passwords('again')).toEqual({
      'project-again': 'rotated',
      'project-again-staging': 'rotated',
    });
  });

  it('notes where the credential stands, and puts right what others changed', async () => {
    const { sync } = setUp();
    const shop = await project('drift');
    const client = new ClusterClient(connections[0]);
    const secret = (namespace: string) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      name: 'drift-git-auth',
      namespace,
    });
    const found = async () =>
      (await sync.syncToClusters(shop)).written.map(one => one.found);
    for (const environment of [undefined, 'staging', 'production']) {
      await makeNamespace(shop, environment);
    }
    await sync.syncToClusters(shop);
    expect(
      (await stores.credentialLocations.listByProject(shop.id)).map(
        ({ environment, status, authId, syncedAt }) => [
          environment,
          status,
          authId,
          syncedAt !== undefined,
        ],
      ),
    ).toEqual([
      [undefined, 'current', shop.credential.authId, true],
      ['development', 'missing', undefined, false],
      ['production', 'current', shop.credential.authId, true],
      ['staging', 'current', shop.credential.authId, true],
    ]);

    // Flux would read the key that somebody added before ours.
    await client.mergePatch(secret('project-drift'), {
      data: { bearerToken: 'eA==', username: 'eA==' },
    });
    await client.delete(secret('project-drift-staging'));
    expect(await found()).toEqual(['drifted', 'missing', 'current']);
    expect(await found()).toEqual(['current', 'current', 'current']);
    const restored = await client.get<GitAuthSecretObject>(
      secret('project-drift'),
    );
    expect(Object.keys(restored!.data).sort()).toEqual([
      'password',
      'username',
    ]);

    // Another kind needs another type of Secret, which cannot be changed.
    const key = {
      ...shop,
      credential: {
        authId: randomUUID(),
        kind: 'ssh' as const,
        identity: 'i',
        publicKey: 'p',
        knownHosts: 'k',
        url: 'ssh://git@host/drift.git',
      },
    };
    const { written } = await sync.syncToClusters(key);
    expect(written.map(one => one.found)).toEqual([
      'outdated',
      'outdated',
      'outdated',
    ]);
    expect(
      await client.get<GitAuthSecretObject>(secret('project-drift')),
    ).toMatchObject({ type: 'Opaque', data: { identity: 'aQ==' } });
  });

  it('leaves environments alone when switched off', async () => {
    const { sync, logger } = setUp({ syncToEnvironments: false });
    const shop = await project('off');
    await makeNamespace(shop);
    await makeNamespace(shop, 'staging');
    expect(await sync.syncToClusters(shop)).toEqual({
      written: [{ cluster: 'one', namespace: 'project-off', found: 'missing' }],
      skipped: [],
    });
    expect(logger.lines).toEqual([]);
  });

  it('never writes into a namespace that is not the project’s', async () => {
    const { sync } = setUp();
    const shop = await project('mine');
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
    const shop = await project('far', { staging: 'two', production: 'one' });
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
    // Both of them out of reach is no less a matter of waiting than one.
    await expect(
      setUp({
        reached: ['one', 'two'].map(
          name =>
            new DirectClusterConnection(name, {
              url: 'http://127.0.0.1:1',
              token: '',
            }),
        ),
      }).sync.syncToClusters(shop),
    ).rejects.toMatchObject({
      name: 'ServiceUnavailableError',
      message: expect.stringMatching(
        /^Cluster 'two' cannot be reached.*, Cluster 'one' cannot be reached/,
      ),
    });
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
