import type { KubeObject } from '@backstage-gitops/sandbox';
import type { FlowBench } from '../../testbench/FlowBench';
import { callGitHost } from '../../testbench/sandboxObjects';
import type { Row } from '../../testbench/PortalRows';

const KINDS = [
  ['v1', 'Namespace'],
  ['v1', 'Secret'],
  ['v1', 'ServiceAccount'],
  ['rbac.authorization.k8s.io/v1', 'RoleBinding'],
  ['source.toolkit.fluxcd.io/v1', 'GitRepository'],
  ['kustomize.toolkit.fluxcd.io/v1', 'Kustomization'],
  ['apps/v1', 'Deployment'],
  ['v1', 'Service'],
  ['networking.k8s.io/v1', 'Ingress'],
];

// What differs from run to run, or counts what happened on the way.
const VOLATILE = new Set([
  'version',
  'lease_fence',
  'duration',
  'initialization_job_id',
  'resourceVersion',
  'managedFields',
  'creationTimestamp',
  'observed',
  'last_refreshed_at',
  'provider_repository_id',
  'clusterIP',
  'clusterIPs',
]);

/** Ids and times become words, so that two projects can be compared. */
function normalise(
  value: unknown,
  known: readonly (readonly [string, string])[],
): unknown {
  if (typeof value === 'string') {
    let text = value;
    for (const [id, name] of known) {
      text = text.replaceAll(id, name);
    }
    return text
      .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
      .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, '<id>');
  }
  if (Array.isArray(value)) {
    return value.map(item => normalise(item, known));
  }
  if (value && typeof value === 'object') {
    return Object.fromEntries(
      Object.entries(value)
        .filter(([key]) => !VOLATILE.has(key))
        .map(([key, item]) => [key, normalise(item, known)]),
    );
  }
  return value;
}

/**
 * Everything that a set-up leaves behind: at the Git host, in the cluster and in
 * the database, without what differs from one undisturbed run to the next.
 */
export async function endState(bench: FlowBench, slug: string) {
  const { rows } = bench;
  const { sandbox } = bench.backing;
  const [{ store }] = sandbox.clusters;
  const project = rows.project(slug)!;
  const tables = {
    repositories: rows.ofProject('repositories', slug, 'id'),
    environments: rows.ofProject('environments', slug, 'position'),
    resources: rows.ofProject('gitops_resources', slug, 'name'),
    gitAuths: rows.ofProject('project_git_auth', slug, 'id'),
    contents: rows.ofProject('project_contents', slug, 'project_id'),
    deployments: rows.select(
      `select d.* from deployments d join environments e on e.id = d.environment_id
        where e.project_id = ? order by e.position, d.started_at`,
      String(project.id),
    ),
  };
  const head = await bench.backing.branchCommit('platform', slug, 'main');
  const named = (name: string, list: Row[]) =>
    list.map((row, index) => [String(row.id), `<${name} ${index}>`] as const);
  const known = [
    [String(project.id), '<project>'],
    [String(project.id).replaceAll('-', '').slice(0, 28), '<project>'],
    [String(head), '<head>'],
    ...named('repository', tables.repositories),
    ...named('environment', tables.environments),
    ...named('resource', tables.resources),
    ...named('git auth', tables.gitAuths),
    [slug, 'X'],
  ] as const;

  const objects: KubeObject[] = [];
  for (const [apiVersion, kind] of KINDS) {
    for (const { status: _, ...object } of store.list(
      store.resolve(apiVersion, kind)!,
    )) {
      const { name, namespace } = object.metadata;
      if ((namespace ?? name).match(`^project-${slug}(-|$)`)) {
        objects.push(object as KubeObject);
      }
    }
  }
  return normalise(
    {
      commits: await callGitHost(
        sandbox,
        'GET',
        `/repos/platform/${slug}/commits?stat=false`,
      ).then(commits => (commits as { sha: string }[]).map(({ sha }) => sha)),
      topics: await callGitHost(
        sandbox,
        'GET',
        `/repos/platform/${slug}/topics`,
      ),
      project,
      steps: rows.steps(slug),
      ...tables,
      objects,
    },
    known,
  );
}
