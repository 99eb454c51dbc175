import { waitUntil } from '@backstage-gitops/control-plane';
import {
  expectRowsToMatch,
  readProjectState,
} from '../harness/compareWithCluster';
import { waitUntilReadyAt } from '../harness/waitForEnvironments';
import { Workbench } from '../harness/Workbench';

jest.setTimeout(240_000);

const ENVIRONMENTS = ['development', 'staging', 'production'];

/** Tells when the moment has come to end the portal. */
type Moment = (bench: Workbench, slug: string) => Promise<unknown>;

const logged =
  (message: (slug: string) => string): Moment =>
  (bench, slug) =>
    waitUntil(
      `'${message(slug)}' in the log`,
      async () => bench.portal.log.some(line => line.message === message(slug)),
      { everyMs: 2 },
    );

const MOMENTS: { slug: string; title: string; moment: Moment }[] = [
  {
    slug: 'crash-one',
    title: 'as soon as the repository is there',
    moment: ({ gitea }, slug) =>
      waitUntil(
        'the repository',
        () => gitea.request('GET', `/repos/${gitea.organization}/${slug}`),
        { everyMs: 2 },
      ),
  },
  {
    slug: 'crash-two',
    title: 'before the source is made',
    moment: logged(
      slug => `Creating GitRepository: ${slug}-repo in project-${slug}`,
    ),
  },
  {
    slug: 'crash-three',
    title: 'between two environments',
    moment: logged(
      slug => `Creating Kustomization: ${slug}-staging in project-${slug}`,
    ),
  },
];

describe('a portal that is killed in the middle of a set-up', () => {
  let bench: Workbench;
  const tasks = new Map<string, string>();

  beforeAll(async () => {
    bench = await Workbench.start();
  });
  afterAll(() => bench?.stop());

  it.each(MOMENTS)('$title ends where any other does', async options => {
    const { slug, moment } = options;
    const { gitea } = bench;
    await bench.client.waitForEntity('template', 'gitops-service');
    const task = await bench.client.createTask('gitops-service', {
      name: slug,
      owner: 'group:default/guests',
      repoUrl: `${gitea.host}?owner=${gitea.organization}&repo=${slug}`,
      environments: ENVIRONMENTS,
    });
    tasks.set(slug, task);
    await moment(bench, slug);
    await bench.killPortal();
    const [{ status }] = await bench.database.rows('projects', { slug });
    expect(status).toBe('initializing');

    await bench.startPortal();
    // The page follows from the moment the project is known again.
    await waitUntil(
      `'${slug}' active`,
      async () => (await bench.client.project(slug))?.status === 'active',
      { limitMs: 60_000 },
    );
    const commits = await gitea.request<{ sha: string }[]>(
      'GET',
      `/repos/${gitea.organization}/${slug}/commits?sha=main`,
    );
    expect(commits).toHaveLength(1);
    await waitUntilReadyAt(bench.client, slug, commits![0].sha);

    const state = await readProjectState(bench, slug);
    expectRowsToMatch(state);
    expect(state.environments.map(({ name }) => name)).toEqual(ENVIRONMENTS);
    expect(state.resources).toHaveLength(4);
    const steps = await bench.database.rows(
      'project_initialization_steps',
      { project_id: state.project.id },
      'sequence',
    );
    expect(steps.map(step => [step.attempt, step.status])).toEqual(
      Array(7).fill([1, 'completed']),
    );
    for (const namespace of ['', ...ENVIRONMENTS.map(name => `-${name}`)]) {
      expect(
        await bench.cluster().api.list({
          apiVersion: 'v1',
          kind: 'Secret',
          namespace: `project-${slug}${namespace}`,
        }),
      ).toHaveLength(1);
    }
  });

  it('goes on with the tasks, too', async () => {
    for (const [slug, task] of tasks) {
      const outcome = await bench.client.waitForTask(task, {
        limitMs: 120_000,
      });
      expect([slug, outcome.status, outcome.error]).toEqual([
        slug,
        'completed',
        undefined,
      ]);
      await bench.client.waitForEntity('component', slug);
    }
  });

  it('leaves one repository for each', async () => {
    const { gitea } = bench;
    const repositories = await gitea.request<{ name: string }[]>(
      'GET',
      `/orgs/${gitea.organization}/repos`,
    );
    expect(
      repositories!
        .map(({ name }) => name)
        .filter(name => name.startsWith('crash-'))
        .sort(),
    ).toEqual(MOMENTS.map(({ slug }) => slug).sort());
  });
});
