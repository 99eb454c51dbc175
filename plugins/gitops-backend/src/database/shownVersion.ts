import type { Knex } from 'knex';
import { gitopsResources, projects } from './tables';

/**
 * SQL for the version of a project as pages see it: that of its own row, and how
 * often its resources have changed. Put together when it is read, so that the
 * change of a resource is one row to write and not two.
 *
 * It only rises: rows of resources go with their project alone.
 *
 * @param project - What the query that it is part of calls the project's row.
 */
export function shownVersion(
  knex: Knex,
  project: string = projects.name,
): Knex.Raw {
  return knex.raw(
    '(?? + coalesce((select sum(changed.version) from ?? as changed where changed.project_id = ??), 0))',
    [`${project}.version`, gitopsResources.name, `${project}.id`],
  );
}

/** Reads the versions of some projects; those that are gone are absent. */
export async function readShownVersions(
  knex: Knex,
  ids: readonly string[],
): Promise<Map<string, number>> {
  const rows: { id: string; version: unknown }[] = await knex(projects.name)
    .whereIn('id', ids)
    .select({ id: 'id', version: shownVersion(knex) });
  return new Map(rows.map(({ id, version }) => [id, Number(version)]));
}
