import type { Knex } from 'knex';
import {
  clusterSessions,
  deployments,
  environments,
  gitopsResources,
} from '../database/tables';
import type { Stage } from './ResourceView';
import {
  shownDeployments,
  shownEnvironments,
  shownResources,
  shownSessions,
} from './shownColumns';

/** Alias of the source's row, which is in the same table as the Kustomization's. */
const SOURCE = 'source';

/**
 * Reads the environments of a project in their order, in one query: each with its
 * Kustomization, the source it reads, what is known of the knowledge of its
 * cluster, and the deployment that brought what runs.
 */
export async function readStages(
  knex: Knex,
  projectId: string,
): Promise<Stage[]> {
  const newest = knex(`${deployments.name} as newest`)
    .whereRaw('newest.environment_id = environments.id')
    .where('newest.status', 'succeeded')
    .orderBy([
      { column: 'newest.started_at', order: 'desc' },
      { column: 'newest.id', order: 'desc' },
    ])
    .limit(1)
    .select('newest.id');
  const rows: Record<string, unknown>[] = await knex(environments.name)
    .leftJoin(
      clusterSessions.name,
      clusterSessions.qualified('cluster'),
      environments.qualified('cluster'),
    )
    .leftJoin(
      gitopsResources.name,
      gitopsResources.qualified('id'),
      environments.qualified('gitopsResourceId'),
    )
    .leftJoin(`${gitopsResources.name} as ${SOURCE}`, join =>
      join
        .on(`${SOURCE}.project_id`, environments.qualified('projectId'))
        .andOn(`${SOURCE}.cluster`, environments.qualified('cluster'))
        .andOnVal(`${SOURCE}.type`, 'git-repository'),
    )
    .leftJoin(deployments.name, join =>
      join.on(knex.raw('?? = (?)', [deployments.qualified('id'), newest])),
    )
    .where(environments.qualified('projectId'), projectId)
    .orderBy(environments.qualified('position'))
    .select([
      ...shownEnvironments.selection('e_'),
      ...shownSessions.selection('c_'),
      ...shownResources.selection('k_'),
      ...shownResources.sqlColumns.map(
        column => `${SOURCE}.${column} as s_${column}`,
      ),
      ...shownDeployments.selection('d_'),
    ]);
  return rows.map(row => ({
    environment: shownEnvironments.fromRow(row, 'e_'),
    ...(row.c_cluster !== null && {
      session: shownSessions.fromRow(row, 'c_'),
    }),
    ...(row.k_id !== null && {
      kustomization: shownResources.fromRow(row, 'k_'),
    }),
    ...(row.s_id !== null && { source: shownResources.fromRow(row, 's_') }),
    ...(row.d_id !== null && {
      deployment: shownDeployments.fromRow(row, 'd_'),
    }),
  }));
}
