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
/** Alias of the newest deployment, whatever came of it. */
const ATTEMPT = 'attempt';

/**
 * Reads the environments of a project in their order, in one query: each with its
 * Kustomization, the source it reads, what is known of the knowledge of its
 * cluster, the deployment that brought what runs, and the newest one.
 */
export async function readStages(
  knex: Knex,
  projectId: string,
): Promise<Stage[]> {
  const newest = () =>
    knex(`${deployments.name} as newest`)
      .whereRaw('newest.environment_id = environments.id')
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
      join.on(
        knex.raw('?? = (?)', [
          deployments.qualified('id'),
          newest().where('newest.status', 'succeeded'),
        ]),
      ),
    )
    .leftJoin(`${deployments.name} as ${ATTEMPT}`, join =>
      join.on(knex.raw('?? = (?)', [`${ATTEMPT}.id`, newest()])),
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
      ...shownDeployments.sqlColumns.map(
        column => `${ATTEMPT}.${column} as a_${column}`,
      ),
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
    ...(row.a_id !== null && {
      attempt: shownDeployments.fromRow(row, 'a_'),
    }),
  }));
}
