import {
  readExistingControlPlane,
  waitUntil,
} from '@backstage-gitops/control-plane';
import type { InitializationResult } from '@backstage-gitops/plugin-gitops-common';
import {
  expectRowsToMatch,
  readProjectState,
} from '../harness/compareWithCluster';
import { changeFile } from '../harness/giteaFiles';
import { serviceFiles } from '../harness/serviceFiles';
import {
  waitForEnvironments,
  waitUntilReadyAt,
} from '../harness/waitForEnvironments';
import { Workbench } from '../harness/Workbench';

jest.setTimeout(180_000);

const SLUG = 'ledger';
const CLUSTER_OF: Record<string, string> = {
  development: 'one',
  staging: 'one',
  production: 'two',
};
const ENVIRONMENTS = Object.keys(CLUSTER_OF);
/** A connection that breaks is news; only a silent one takes longer to notice. */
const NOTICED_MS = 15_000;
const RETURNED_MS = 60_000;

// An API server that others use is not stopped.
const onOwnParts = readExistingControlPlane() ? it.skip : it;

// The tests build on each other: each goes on where the one before ended.
describe('a project on two clusters', () => {
  let bench: Workbench;
  let result: InitializationResult;
  let commit: string;

  beforeAll(async () => {
    bench = await Workbench.start({ clusters: ['one', 'two'] });
    const { client, gitea } = bench;
    await client.createProject({
      slug: SLUG,
      ownerRef: 'group:default/guests',
      repository: {
        host: gitea.host,
        owner: gitea.organization,
        name: SLUG,
      },
      environments: ENVIRONMENTS.map(name => ({
        name,
        cluster: CLUSTER_OF[name],
      })),
      files: serviceFiles(SLUG, ENVIRONMENTS),
    });
    result = await client.initialize(SLUG);
    commit = result.repository!.commit!;
  });
  afterAll(() => bench?.stop());

  it('has a source on each and five resources in all', async () => {
    expect(result.gitops).toMatchObject({
      success: true,
      errors: [],
      gitRepositories: [{ cluster: 'one' }, { cluster: 'two' }],
      kustomizations: ENVIRONMENTS.map(environment => ({
        environment,
        cluster: CLUSTER_OF[environment],
      })),
    });
    await waitUntilReadyAt(bench.client, SLUG, commit);
    const state = await readProjectState(bench, SLUG);
    expectRowsToMatch(state);
    expect(
      state.resources.map(({ row }) => [row.cluster, row.name]).sort(),
    ).toEqual([
      ['one', `${SLUG}-development`],
      ['one', `${SLUG}-repo`],
      ['one', `${SLUG}-staging`],
      ['two', `${SLUG}-production`],
      ['two', `${SLUG}-repo`],
    ]);
    for (const [cluster, namespaces] of [
      ['one', ['', '-development', '-staging']],
      ['two', ['', '-production']],
    ] as const) {
      const standing = await bench
        .cluster(cluster)
        .api.list<{ metadata: { name: string } }>(
          { apiVersion: 'v1', kind: 'Namespace' },
          `?labelSelector=backstage-gitops.dev/project=${SLUG}`,
        );
      expect(standing.map(({ metadata }) => metadata.name).sort()).toEqual(
        namespaces.map(suffix => `project-${SLUG}${suffix}`),
      );
    }
  });

  it('shows everything in one answer', async () => {
    const { document } = await bench.client.entityDocument(SLUG);
    expect(
      document.environments.map(({ name, cluster, resource }) => [
        name,
        cluster,
        resource?.status,
        resource?.commit,
      ]),
    ).toEqual(
      ENVIRONMENTS.map(name => [name, CLUSTER_OF[name], 'ready', commit]),
    );
    expect(
      document.sources.map(({ cluster, status }) => [cluster, status]).sort(),
    ).toEqual([
      ['one', 'ready'],
      ['two', 'ready'],
    ]);
    expect(
      document.clusters.map(({ name, state }) => [name, state]).sort(),
    ).toEqual([
      ['one', 'live'],
      ['two', 'live'],
    ]);
  });

  onOwnParts(
    'says so when one cluster is down, and keeps the other live',
    async () => {
      const { client } = bench;
      const downAt = Date.now();
      await bench.cluster('two').stopPart('kube-apiserver');
      const document = await waitForEnvironments(
        client,
        SLUG,
        'production shown as unknown',
        ({ name, resource }) =>
          name === 'production'
            ? resource?.status === 'unknown'
            : resource?.status === 'ready',
        NOTICED_MS,
      );
      process.stderr.write(
        `[e2e] a cluster that is down was noticed after ${
          Date.now() - downAt
        } ms\n`,
      );
      const two = document.clusters.find(({ name }) => name === 'two')!;
      expect(two).toMatchObject({
        state: 'unreachable',
        lastSyncedAt: expect.any(String),
        ageMs: expect.any(Number),
        error: expect.stringContaining("'two'"),
      });
      expect(document.clusters.find(({ name }) => name === 'one')!.state).toBe(
        'live',
      );
      // What was known is told as what it is: the past.
      for (const resource of [
        document.environments[2].resource!,
        document.sources.find(({ cluster }) => cluster === 'two')!,
      ]) {
        expect(resource).toMatchObject({
          status: 'unknown',
          attributes: { previous: { status: 'ready' } },
        });
      }
      // Why, and what to do, is told once with the cluster, and for each object to
      // who asks for diagnoses.
      const { items } = await client.diagnosis(SLUG);
      expect(items.filter(({ cluster }) => cluster === 'two')).toMatchObject(
        ['git-repository', 'kustomization'].map(type => ({
          resource: { type },
          status: 'unknown',
          diagnosis: {
            cause: expect.stringContaining('cannot read'),
            nextStep: expect.any(String),
          },
        })),
      );

      // The other cluster goes on.
      commit = await changeFile(
        bench.gitea,
        SLUG,
        'deploy/base/deployment.yaml',
        text => text.replace('podinfo:6.9.1', 'podinfo:6.9.2'),
      );
      await client.reconcile(SLUG, 'development');
      await client.reconcile(SLUG, 'staging');
      await waitForEnvironments(
        client,
        SLUG,
        'development and staging at the new commit, production unknown',
        ({ name, resource }) =>
          name === 'production'
            ? resource?.status === 'unknown'
            : resource?.status === 'ready' && resource.commit === commit,
      );
      await expect(client.reconcile(SLUG, 'production')).rejects.toThrow(
        /503 .*'two'/,
      );
    },
  );

  onOwnParts('catches up when the cluster is back', async () => {
    const { client } = bench;
    const upAt = Date.now();
    bench.cluster('two').startPart('kube-apiserver');
    await waitUntil(
      'cluster two live again',
      async () => {
        const { document } = await client.entityDocument(SLUG);
        return document.clusters.every(({ state }) => state === 'live');
      },
      { limitMs: RETURNED_MS },
    );
    process.stderr.write(
      `[e2e] a cluster that is back was noticed after ${
        Date.now() - upAt
      } ms\n`,
    );
    await client.reconcile(SLUG, 'production');
    const document = await waitUntilReadyAt(client, SLUG, commit);
    expect(document.sources.map(({ status }) => status)).toEqual([
      'ready',
      'ready',
    ]);
    expectRowsToMatch(await readProjectState(bench, SLUG));
  });
});
