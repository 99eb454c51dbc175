import { BREAKS, type Break } from '../commands/breaks';
import { runMainJob, serviceValues } from '../demo/runMainJob';
import { PortalClient } from '../portal/PortalClient';
import { FlowBench } from '../testbench/FlowBench';
import { callGitHost, fluxKinds } from '../testbench/sandboxObjects';

jest.setTimeout(180_000);

let bench: FlowBench;

beforeAll(async () => {
  bench = await FlowBench.start();
});

afterAll(async () => {
  await bench?.stop();
});

async function runTemplate(
  slug: string,
  change: Record<string, unknown> = {},
  client: PortalClient = bench.client,
) {
  const id = await client.createTask('gitops-service', {
    ...serviceValues(bench.backing, slug),
    ...change,
  });
  return bench.client.waitForTask(id, { limitMs: 60_000 });
}

/** Namespaces and repositories that bear a name; nothing was made when empty. */
async function traces(slug: string): Promise<string[]> {
  const [{ store }] = bench.backing.sandbox.clusters;
  const repositories = await callGitHost<{ name: string }[]>(
    bench.backing.sandbox,
    'GET',
    '/orgs/platform/repos',
  );
  return [
    ...store
      .list(store.resolve('v1', 'Namespace')!)
      .map(({ metadata }) => metadata.name),
    ...repositories.map(({ name }) => name),
  ].filter(name => name.includes(slug));
}

const failuresLogged = (slug: string) =>
  bench.portal.log
    .filter(({ plugin, level }) => plugin === 'gitops' && level === 'error')
    .map(({ message }) => message)
    .filter(message => message.includes(`project ${slug} `));

describe('a portal without projects', () => {
  it('says that there are none', async () => {
    expect(await bench.client.project('shop')).toBeUndefined();
    await expect(bench.client.entityDocument('shop')).rejects.toThrow(
      "no project for component 'shop'",
    );
    expect(
      JSON.parse(await bench.client.text('GET', '/gitops/projects')),
    ).toMatchObject({ items: [], total: 0, states: {} });
  });
});

describe('what cannot be is refused before anything is made', () => {
  it('a name that Kubernetes would not take', async () => {
    await expect(runTemplate('Wrong_Name')).rejects.toThrow(/400 .*pattern/);
    await expect(runTemplate('x'.repeat(44))).rejects.toThrow(/400 .*43/);
    expect(await traces('Wrong_Name')).toEqual([]);
  });

  it('a Git host that the portal does not know', async () => {
    const task = await runTemplate('elsewhere', {
      repoUrl: 'git.example.com?owner=platform&repo=elsewhere',
    });
    expect(task.status).toBe('failed');
    expect(task.error).toContain('git.example.com');
    expect(bench.rows.project('elsewhere')).toBeUndefined();
    expect(await traces('elsewhere')).toEqual([]);
  });

  it('a cluster that the portal does not know', async () => {
    await expect(
      bench.client.createProject({
        slug: 'nowhere',
        ownerRef: 'group:default/guests',
        repository: {
          host: bench.backing.repositoryHost,
          owner: 'platform',
          name: 'nowhere',
        },
        environments: [{ name: 'production', cluster: 'atlantis' }],
        files: [
          {
            path: 'deploy/overlays/production/kustomization.yaml',
            content: Buffer.from('resources: []\n').toString('base64'),
          },
        ],
      }),
    ).rejects.toThrow(/400 .*'atlantis'.*sandbox/);
    expect(bench.rows.project('nowhere')).toBeUndefined();
  });

  it('a task that no user stands behind', async () => {
    const robot = PortalClient.withToken(bench.portal.url, bench.serviceToken);
    const task = await runTemplate('robotic', {}, robot);
    expect(task).toMatchObject({
      status: 'failed',
      error: expect.stringContaining('No user stands behind this task'),
    });
    expect(bench.rows.project('robotic')).toBeUndefined();
    expect(await traces('robotic')).toEqual([]);
  });
});

describe('what goes wrong on the way is told and leaves nothing half-done', () => {
  it('a repository that belongs to somebody else', async () => {
    await callGitHost(bench.backing.sandbox, 'POST', '/orgs/platform/repos', {
      name: 'taken',
      auto_init: true,
      default_branch: 'main',
    });
    const head = await bench.backing.branchCommit('platform', 'taken', 'main');
    const task = await runTemplate('taken');
    const message = `Repository 'platform/taken' at '${bench.backing.repositoryHost}' exists and was not made for project 'taken': choose another repository name, or remove the repository if nobody needs it`;
    expect(task).toMatchObject({
      status: 'failed',
      error: expect.stringContaining(message),
    });
    expect(bench.rows.project('taken')).toMatchObject({
      status: 'failed',
      initialization_error: message,
      initialization_host_token: null,
      lease_holder: null,
    });
    expect(failuresLogged('taken')).toEqual([
      `Set-up of project taken failed at step create_repository: ${message}`,
    ]);
    expect(bench.rows.steps('taken')).toEqual([
      'resolve_credentials completed',
      'create_repository failed',
      'push_template pending',
      'create_records pending',
      'create_environments pending',
      'setup_gitops pending',
      'finish pending',
    ]);
    expect(await bench.backing.branchCommit('platform', 'taken', 'main')).toBe(
      head,
    );
    expect(await traces('taken')).toEqual(['taken']);
  });

  it('a cluster that is switched off, until it is on again', async () => {
    const { cluster } = bench.gates;
    cluster.close();
    const task = await runTemplate('patient');
    expect(task.status).toBe('failed');
    expect(task.error).toContain("'sandbox'");
    const project = bench.rows.project('patient')!;
    expect(project).toMatchObject({
      status: 'failed',
      initialization_host_token: null,
      lease_holder: null,
    });
    expect(task.error).toContain(project.initialization_error);
    expect(failuresLogged('patient')).toEqual([
      `Set-up of project patient failed at step setup_gitops: ${project.initialization_error}`,
    ]);
    expect(bench.rows.steps('patient').slice(4)).toEqual([
      'create_environments completed',
      'setup_gitops failed',
      'finish pending',
    ]);
    expect(bench.rows.ofProject('gitops_resources', 'patient', 'id')).toEqual(
      [],
    );
    expect(await traces('patient')).toEqual(['patient']);

    cluster.open();
    expect(await runTemplate('patient')).toMatchObject({
      status: 'completed',
      error: undefined,
    });
    expect(bench.rows.project('patient')).toMatchObject({
      status: 'active',
      initialization_error: null,
    });
    expect(
      fluxKinds(bench.backing.sandbox).flatMap(({ list }) =>
        list().filter(
          ({ metadata }) => metadata.namespace === 'project-patient',
        ),
      ),
    ).toHaveLength(4);
  });
});

describe('what Flux cannot reconcile fails the task with cause and next step', () => {
  const expected: Record<Break, { id: string; cause: string }> = {
    path: { id: 'K4', cause: './deploy/overlays/prod' },
    credentials: { id: 'G4', cause: 'spoiled-credentials-git-auth' },
    branch: { id: 'G7', cause: 'trunk' },
  };

  it.each(BREAKS)('%s', async what => {
    const slug = `spoiled-${what}`;
    await bench.backing.arrangeBreak(what, slug);
    const { result, task } = await runMainJob({
      portal: bench.portal,
      backing: bench.backing,
      slug,
    });
    expect(result.ok).toBe(false);
    // Set-up itself went well: its objects are there.
    expect(bench.rows.project(slug)).toMatchObject({ status: 'active' });
    const [diagnosis] = result.diagnoses;
    expect(diagnosis.id).toBe(expected[what].id);
    expect(diagnosis.cause).toContain(expected[what].cause);
    expect(task).toMatchObject({ status: 'failed' });
    expect(task.error).toContain(
      `Cause: ${diagnosis.cause} Next step: ${diagnosis.nextStep}`,
    );
  });
});
