import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import type { PlannedProject } from './LoadPlan';

const ROWS_AT_ONCE = 50;

/**
 * Writes planned projects into the portal's database, as if they had been set up:
 * what is measured is following them, not making them.
 */
export async function seedProjects(
  database: Knex,
  projects: readonly PlannedProject[],
): Promise<void> {
  const rows = {
    projects: [] as object[],
    repositories: [] as object[],
    environments: [] as object[],
    gitops_resources: [] as object[],
  };
  for (const { slug, namespace, environments } of projects) {
    const projectId = randomUUID();
    const repositoryId = randomUUID();
    rows.projects.push({
      id: projectId,
      slug,
      name: slug,
      status: 'active',
      entity_ref: `component:default/${slug}`,
      owner_ref: 'group:default/guests',
      created_by: 'user:default/guest',
      wishes: JSON.stringify({
        repository: {
          host: 'git.example.com',
          owner: 'load',
          name: slug,
          visibility: 'private',
          defaultBranch: 'main',
        },
        environments: [],
      }),
    });
    rows.repositories.push({
      id: repositoryId,
      project_id: projectId,
      provider: 'gitea',
      host: 'git.example.com',
      owner: 'load',
      name: slug,
      visibility: 'private',
      url: `https://git.example.com/load/${slug}`,
      clone_url: `https://git.example.com/load/${slug}.git`,
      default_branch: 'main',
      provider_repository_id: slug,
    });
    const served = new Set<string>();
    for (const [position, planned] of environments.entries()) {
      const environmentId = randomUUID();
      rows.environments.push({
        id: environmentId,
        project_id: projectId,
        name: planned.name,
        display_name: planned.name,
        type: planned.name,
        status: 'active',
        cluster: planned.cluster,
        namespace: `${namespace}-${planned.name}`,
        position,
      });
      const resource = {
        project_id: projectId,
        repository_id: repositoryId,
        cluster: planned.cluster,
        namespace,
        config: JSON.stringify({}),
      };
      rows.gitops_resources.push({
        ...resource,
        id: randomUUID(),
        environment_id: environmentId,
        type: 'kustomization',
        name: planned.kustomization,
      });
      if (!served.has(planned.cluster)) {
        served.add(planned.cluster);
        rows.gitops_resources.push({
          ...resource,
          id: randomUUID(),
          environment_id: null,
          type: 'git-repository',
          name: planned.source,
        });
      }
    }
  }
  await database.transaction(async trx => {
    for (const [table, values] of Object.entries(rows)) {
      await trx.batchInsert(table, values, ROWS_AT_ONCE);
    }
    // Each stands in the other's row.
    await trx('environments').update({
      gitops_resource_id: trx('gitops_resources')
        .whereRaw('gitops_resources.environment_id = environments.id')
        .select('id'),
    });
  });
}
