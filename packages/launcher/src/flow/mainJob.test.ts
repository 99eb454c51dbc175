import { type MainJob, runMainJob, serviceValues } from '../demo/runMainJob';
import type { LogLine } from '../portal/logLine';
import { eventually } from '../testbench/eventually';
import { FlowBench } from '../testbench/FlowBench';
import {
  addOverlay,
  changeBase,
  fluxKinds,
  repositoryNames,
} from '../testbench/sandboxObjects';

jest.setTimeout(180_000);

const slug = 'shop';
const NAMESPACES = [
  'project-shop',
  'project-shop-development',
  'project-shop-staging',
  'project-shop-production',
];

let bench: FlowBench;
let job: MainJob;
let commit: string;
/** The portal's log since it was ready. */
let log: LogLine[];

beforeAll(async () => {
  bench = await FlowBench.start({ LOG_LEVEL: 'debug' });
  const before = bench.portal.log.length;
  job = await runMainJob({
    portal: bench.portal,
    backing: bench.backing,
    slug,
  });
  log = bench.portal.log.slice(before);
  commit = (await bench.backing.branchCommit('platform', slug, 'main'))!;
});

afterAll(async () => {
  await bench?.stop();
});

/** What the plugin says; news of a cluster comes whenever the cluster has some. */
const said = (level: string) =>
  log
    .filter(line => line.plugin === 'gitops' && line.level === level)
    .map(({ message }) => message)
    .filter(message => !/^Cluster 'sandbox' is /.test(message));

const complaints = () =>
  bench.portal.log
    .filter(({ level }) => level === 'warn' || level === 'error')
    .map(({ text }) => text);

/** Name, state and commit of each environment, as its page shows them. */
async function shownStates() {
  const { document } = await bench.client.entityDocument(slug);
  return document.environments.map(({ name, resource }) => [
    name,
    resource?.status,
    resource?.commit,
  ]);
}

/** What must stay as it is when the same set-up runs again. */
function identities() {
  const { rows } = bench;
  return {
    project: rows.project(slug)?.id,
    repositories: rows.ofProject('repositories', slug, 'id'),
    environments: rows.ofProject('environments', slug, 'position'),
    resources: rows
      .ofProject('gitops_resources', slug, 'name')
      .map(({ id, uid, generation }) => ({ id, uid, generation })),
    objects: fluxKinds(bench.backing.sandbox).flatMap(({ list }) =>
      list().map(({ metadata }) => [metadata.uid, metadata.generation]),
    ),
  };
}

describe('the main job, from the template to Ready', () => {
  it('holds everything that the demo expects', () => {
    expect(job.result.problems).toEqual([]);
    expect(job.task.status).toBe('completed');
    expect(commit).toMatch(/^[0-9a-f]{40}$/);
  });

  it('leaves the rows of an active project and nothing half-way', () => {
    const { rows } = bench;
    expect(rows.project(slug)).toMatchObject({
      slug,
      status: 'active',
      entity_ref: 'component:default/shop',
      owner_ref: 'group:default/guests',
      created_by: 'user:default/guest',
      initialization_attempt: 1,
      initialization_error: null,
      // Secrets of the run end with it.
      initialization_host_token: null,
      lease_holder: null,
    });
    expect(rows.ofProject('project_contents', slug, 'project_id')).toEqual([]);
    expect(rows.steps(slug)).toEqual([
      'resolve_credentials completed',
      'create_repository completed',
      'push_template completed',
      'create_records completed',
      'create_environments completed',
      'setup_gitops completed',
      'finish completed',
    ]);
    for (const step of rows.ofProject(
      'project_initialization_steps',
      slug,
      'sequence',
    )) {
      expect(step).toMatchObject({ progress: 100, error: null });
      expect(Number(step.duration)).toBeGreaterThanOrEqual(0);
    }
    expect(rows.ofProject('repositories', slug, 'id')).toMatchObject([
      {
        provider: 'gitea',
        owner: 'platform',
        name: slug,
        visibility: 'private',
        default_branch: 'main',
        first_commit: commit,
      },
    ]);

    const environments = rows.ofProject('environments', slug, 'position');
    expect(
      environments.map(row => [row.name, row.display_name, row.namespace]),
    ).toEqual([
      ['development', 'Development', 'project-shop-development'],
      ['staging', 'Staging', 'project-shop-staging'],
      ['production', 'Production', 'project-shop-production'],
    ]);

    const resources = rows.ofProject('gitops_resources', slug, 'type');
    const [source, ...kustomizations] = resources;
    expect(source).toMatchObject({
      type: 'git-repository',
      name: 'shop-repo',
      namespace: 'project-shop',
      environment_id: null,
      status: 'ready',
      last_applied_revision: `main@sha1:${commit}`,
    });
    expect(kustomizations).toHaveLength(3);
    for (const environment of environments) {
      const own = kustomizations.filter(
        row => row.environment_id === environment.id,
      );
      expect(own).toMatchObject([
        {
          type: 'kustomization',
          id: environment.gitops_resource_id,
          name: `shop-${environment.name}`,
          namespace: 'project-shop',
          repository_id: source.repository_id,
          status: 'ready',
          last_applied_revision: `main@sha1:${commit}`,
        },
      ]);
    }
  });

  it('leaves in the cluster what the rows say, and nothing beyond', () => {
    const rows = bench.rows.ofProject('gitops_resources', slug, 'name');
    for (const { type, list } of fluxKinds(bench.backing.sandbox)) {
      const ofType = rows.filter(row => row.type === type);
      expect(
        list().map(({ metadata, spec }) => ({
          uid: metadata.uid,
          namespace: metadata.namespace,
          name: metadata.name,
          generation: metadata.generation,
          ...(type === 'kustomization'
            ? {
                path: spec.path,
                targetNamespace: spec.targetNamespace,
                serviceAccountName: spec.serviceAccountName,
                interval: spec.interval,
              }
            : {
                url: spec.url,
                branch: (spec.ref as { branch: string }).branch,
                interval: spec.interval,
              }),
        })),
      ).toEqual(
        ofType.map(row => {
          const config = JSON.parse(String(row.config));
          return {
            uid: row.uid,
            namespace: row.namespace,
            name: row.name,
            generation: row.generation,
            interval: config.interval,
            ...(type === 'kustomization'
              ? {
                  path: config.path,
                  targetNamespace: config.targetNamespace,
                  serviceAccountName: config.serviceAccountName,
                }
              : { url: config.url, branch: config.branch }),
          };
        }),
      );
    }
    const [{ store }] = bench.backing.sandbox.clusters;
    expect(
      store
        .list(store.resolve('v1', 'Namespace')!)
        .map(({ metadata }) => metadata.name)
        .filter(name => name.startsWith('project-')),
    ).toEqual([...NAMESPACES].sort());
  });

  it('is logged line by line in the agreed words, without one warning', () => {
    expect(said('info')).toEqual([
      'Creating credential for project shop',
      'Created token credential for project shop',
      'Creating namespace: project-shop-development',
      'Creating GitRepository: shop-repo in project-shop',
      'Creating Kustomization: shop-development in project-shop',
      'GitOps setup completed for environment: development',
      'Creating namespace: project-shop-staging',
      'Creating Kustomization: shop-staging in project-shop',
      'GitOps setup completed for environment: staging',
      'Creating namespace: project-shop-production',
      'Creating Kustomization: shop-production in project-shop',
      'GitOps setup completed for environment: production',
      'Project shop initialization completed successfully',
    ]);
    expect(complaints()).toEqual([]);
    const token = bench.backing.sandbox.git.admin.token;
    expect(bench.portal.log.filter(({ text }) => text.includes(token))).toEqual(
      [],
    );
  });

  it('tells the same to the person at the task page, with counts', () => {
    const expected = [
      ...said('info').slice(0, -1),
      'GitOps resources created: 4 namespaces, 1 repositories, 3 kustomizations',
      ...said('info').slice(-1),
    ];
    const told = job.task.messages.flatMap(message => {
      const [, text] = /info\S*: (.*)$/.exec(message) ?? [];
      return text && expected.includes(text) ? [text] : [];
    });
    expect(told).toEqual(expected);
  });

  it('synchronises the credential into each namespace as soon as it is there', () => {
    // A pass begins with the question which namespaces there are.
    const passes: { compared: string[]; written: string[] }[] = [];
    for (const { method, url } of bench.gates.cluster.passages) {
      if (url.includes('/namespaces?') && url.includes('labelSelector')) {
        passes.push({ compared: [], written: [] });
      }
      const [, namespace] =
        /\/namespaces\/([^/]+)\/secrets[/?].*shop-git-auth/.exec(url) ?? [];
      if (namespace) {
        const pass = passes.at(-1)!;
        (method === 'GET' ? pass.compared : pass.written).push(namespace);
      }
    }
    // Each looks after all that are there, at once, and writes what is not right.
    for (const { compared } of passes) {
      compared.sort();
    }
    expect(passes).toEqual([
      {
        compared: NAMESPACES.slice(0, 2),
        written: NAMESPACES.slice(0, 2),
      },
      {
        compared: NAMESPACES.slice(0, 3).sort(),
        written: NAMESPACES.slice(2, 3),
      },
      { compared: [...NAMESPACES].sort(), written: NAMESPACES.slice(3) },
    ]);
    expect(
      said('debug').filter(message => message.includes('skipping secret sync')),
    ).toEqual([
      'Namespace project-shop-staging does not exist yet, skipping secret sync',
      'Namespace project-shop-production does not exist yet, skipping secret sync',
      'Namespace project-shop-production does not exist yet, skipping secret sync',
    ]);
    const [{ store }] = bench.backing.sandbox.clusters;
    const secrets = NAMESPACES.map(namespace =>
      store.get(store.resolve('v1', 'Secret')!, namespace, 'shop-git-auth'),
    );
    expect(
      new Set(secrets.map(secret => JSON.stringify(secret?.data))),
    ).toEqual(new Set([JSON.stringify(secrets[0]!.data)]));
  });

  it('answers a page view from the database, within 4 KB', async () => {
    const gates = [bench.gates.git, bench.gates.cluster];
    const before = gates.map(({ passages }) => passages.length);
    for (let view = 0; view < 20; view += 1) {
      const { document, bytes } = await bench.client.entityDocument(slug);
      expect(bytes).toBeLessThanOrEqual(4096);
      expect(
        document.environments.map(({ resource }) => resource?.commit),
      ).toEqual([commit, commit, commit]);
      expect(document.clusters).toMatchObject([{ state: 'live' }]);
    }
    // What goes on by its own clock, whoever looks: a watch ends and begins again,
    // kinds that are not served are looked for, commits are read at the Git host,
    // the catalog reads its files again.
    const byItself =
      /watch=true|\/apis\/[^/?]+\/[^/?]+$|\/git\/commits\/|\/contents\/catalog-info\.yaml\?/;
    expect(
      gates
        .flatMap(({ passages }, index) => passages.slice(before[index]))
        .filter(({ url }) => !byItself.test(url)),
    ).toEqual([]);
  });

  it('comes to the same end when the same form is sent again', async () => {
    const before = identities();
    const task = await bench.client.waitForTask(
      await bench.client.createTask(
        'gitops-service',
        serviceValues(bench.backing, slug),
      ),
      { limitMs: 60_000 },
    );
    expect(task).toMatchObject({ status: 'completed', error: undefined });
    expect(task.output).toEqual(job.task.output);
    expect(identities()).toEqual(before);
    expect(await repositoryNames(bench.backing.sandbox)).toEqual([slug]);
    expect(await bench.backing.branchCommit('platform', slug, 'main')).toBe(
      commit,
    );
    expect(complaints()).toEqual([]);
  });

  it('follows a push into every environment and remembers both deployments', async () => {
    const next = await changeBase(bench.backing.sandbox, slug);
    expect(next).not.toBe(commit);
    await bench.client.reconcile(slug, 'development');
    await eventually(async () => {
      expect(await shownStates()).toEqual([
        ['development', 'ready', next],
        ['staging', 'ready', next],
        ['production', 'ready', next],
      ]);
    });
    await eventually(async () => {
      const { items } = await bench.client.deployments(slug);
      expect(items.map(({ status }) => status)).toEqual(
        items.map(() => 'succeeded'),
      );
      const commitsOf = (name: string) =>
        items
          .filter(({ environment }) => environment === name)
          .map(item => item.commit);
      expect(commitsOf('staging')).toEqual([next, commit]);
      expect(commitsOf('production')).toEqual([next, commit]);
      // Flux may have handled the request just before it had the new commit.
      expect([...new Set(commitsOf('development'))]).toEqual([next, commit]);
      expect(
        items
          .filter(({ method }) => method === 'manual')
          .map(({ environment, deployedBy }) => [environment, deployedBy]),
      ).toEqual([['development', 'user:default/guest']]);
      // The host is asked about commits last, and what it tells changes the project.
      expect(
        items.filter(({ commitInfo }) => !commitInfo?.committedAt),
      ).toEqual([]);
    });
    expect(complaints()).toEqual([]);
  });

  it('takes one more environment once its overlay is in the repository', async () => {
    const { sandbox } = bench.backing;
    const before = identities();
    const projectBefore = bench.rows.project(slug);
    const wish = { name: 'canary', description: 'For a few customers' };
    await expect(bench.client.addEnvironment(slug, wish)).rejects.toThrow(
      / 409 .*commit deploy\/overlays\/canary to 'main' first, then add the environment$/,
    );
    expect(bench.rows.project(slug)).toEqual(projectBefore);
    expect(identities()).toEqual(before);

    const head = await addOverlay(sandbox, slug, 'canary');
    const result = await bench.client.addEnvironment(slug, wish);
    expect(result).toMatchObject({
      status: 'active',
      progress: 100,
      gitops: { success: true },
    });
    expect(result.environments.map(({ name }) => name)).toEqual([
      'development',
      'staging',
      'production',
      'canary',
    ]);
    await eventually(async () => {
      expect(await shownStates()).toEqual(
        ['development', 'staging', 'production', 'canary'].map(name => [
          name,
          'ready',
          head,
        ]),
      );
    });

    // Its overlay was fetched before it was asked for: nothing failed on the way.
    await eventually(async () => {
      const { items } = await bench.client.deployments(slug);
      expect(
        items.flatMap(({ environment, status, commit: deployed }) =>
          environment === 'canary' ? [[status, deployed]] : [],
        ),
      ).toEqual([['succeeded', head]]);
    });

    // What stood there stands untouched, and the same request changes nothing.
    const after = identities();
    expect(after.objects).toEqual(expect.arrayContaining(before.objects));
    expect(after.objects).toHaveLength(before.objects.length + 1);
    expect(after.environments).toEqual([
      ...before.environments,
      expect.objectContaining({ name: 'canary', position: 3 }),
    ]);
    const project = bench.rows.project(slug);
    expect(await bench.client.addEnvironment(slug, wish)).toEqual(result);
    expect(bench.rows.project(slug)?.initialization_attempt).toBe(
      project?.initialization_attempt,
    );
    expect(identities()).toEqual(after);
    expect(complaints()).toEqual([]);
  });
});
