import { type Manifest, waitUntil } from '@backstage-gitops/control-plane';
import { runMainJob } from '@backstage-gitops/launcher';
import type { DeletionDocument } from '@backstage-gitops/plugin-gitops-common';
import { Workbench } from '../harness/Workbench';

const ENVIRONMENTS = ['development', 'staging', 'production'];

jest.setTimeout(240_000);

let bench: Workbench;

beforeAll(async () => {
  bench = await Workbench.start();
});
afterAll(() => bench?.stop());

async function setUp(slug: string) {
  const { portal, backing } = bench;
  const { result } = await runMainJob({ portal, backing, slug });
  expect(result.problems).toEqual([]);
}

const KINDS = [
  ['kustomize.toolkit.fluxcd.io/v1', 'Kustomization'],
  ['source.toolkit.fluxcd.io/v1', 'GitRepository'],
  ['apps/v1', 'Deployment'],
  ['v1', 'Service'],
  ['v1', 'Secret'],
  ['v1', 'ServiceAccount'],
  ['rbac.authorization.k8s.io/v1', 'RoleBinding'],
];

/** Namespaces of a project, and what else of the project the cluster has. */
async function leftovers(slug: string): Promise<string[]> {
  const { api } = bench.cluster();
  const belongs = (name: string) =>
    new RegExp(`^project-${slug}(-|$)`).test(name);
  const found: string[] = [];
  for (const { metadata } of await api.list<Manifest>({
    apiVersion: 'v1',
    kind: 'Namespace',
  })) {
    if (belongs(metadata.name)) {
      found.push(`Namespace ${metadata.name}`);
      for (const [apiVersion, kind] of KINDS) {
        const objects = await api.list<Manifest>({
          apiVersion,
          kind,
          namespace: metadata.name,
        });
        found.push(
          ...objects.map(
            object => `${kind} ${metadata.name}/${object.metadata.name}`,
          ),
        );
      }
    }
  }
  return found;
}

async function expectRepository(slug: string) {
  const { gitea } = bench;
  const repository = await gitea.request<{ name: string }>(
    'GET',
    `/repos/${gitea.organization}/${slug}`,
  );
  expect(repository).toMatchObject({ name: slug });
}

it('tells what would go, and takes all of it away, workloads first', async () => {
  const slug = 'leaving';
  await setUp(slug);
  const before = await leftovers(slug);
  const preview: DeletionDocument = JSON.parse(
    await bench.client.text('DELETE', `/gitops/projects/${slug}?dryRun=true`),
  );
  const names = preview.items.map(({ kind, namespace, name }) =>
    namespace ? `${kind} ${namespace}/${name}` : `${kind} ${name}`,
  );
  for (const environment of ENVIRONMENTS) {
    const home = `project-${slug}-${environment}`;
    const order = [
      `Deployment ${home}/${slug}`,
      `Kustomization project-${slug}/${slug}-${environment}`,
      `GitRepository project-${slug}/${slug}-repo`,
      `RoleBinding ${home}/${environment}-deployer`,
      `Secret ${home}/${slug}-git-auth`,
      `Namespace ${home}`,
    ].map(name => names.indexOf(name));
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(order[0]).toBeGreaterThanOrEqual(0);
  }
  expect(names.at(-1)).toBe(`Project ${slug}`);
  expect(await leftovers(slug)).toEqual(before);

  const started = Date.now();
  const done: DeletionDocument = JSON.parse(
    await bench.client.text('DELETE', `/gitops/projects/${slug}`),
  );
  process.stderr.write(
    `[e2e] a project with ${preview.items.length} objects was deleted in ${
      Date.now() - started
    } ms\n`,
  );
  expect(done.items).toEqual(preview.items);
  expect(await leftovers(slug)).toEqual([]);
  expect(await bench.client.project(slug)).toBeUndefined();
  await expectRepository(slug);
  const [event] = await bench.database.rows('unified_events', {
    action: 'project-deleted',
  });
  expect(event).toMatchObject({ user_id: 'user:default/guest' });
  expect(
    bench.portal.log.filter(
      ({ plugin, level }) => plugin === 'gitops' && level === 'error',
    ),
  ).toEqual([]);
});

it('is gone on with when the portal was killed in the middle', async () => {
  const slug = 'interrupted';
  await setUp(slug);
  const cut = bench.client
    .text('DELETE', `/gitops/projects/${slug}`)
    .catch(error => error);
  await waitUntil('the first Kustomization to go', async () => {
    const left = await leftovers(slug);
    return left.filter(name => name.startsWith('Kustomization')).length < 3;
  });
  await bench.killPortal();
  await cut;
  await bench.startPortal();
  await waitUntil(
    'the rest to go',
    async () =>
      (await bench.client.project(slug)) === undefined &&
      (await leftovers(slug)).length === 0,
    { limitMs: 120_000 },
  );
  await expectRepository(slug);
});
