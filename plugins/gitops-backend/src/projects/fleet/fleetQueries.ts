import {
  ATTENTION_ORDER,
  type fleetQuerySchema,
} from '@backstage-gitops/plugin-gitops-common';
import type { Knex } from 'knex';
import type { z } from 'zod/v3';
import {
  decodeCursor,
  encodeCursor,
  unknownCursor,
} from '../../database/cursor';
import { shownVersion } from '../../database/shownVersion';
import { LOST_AFTER_MS } from '../clusterDocument';

/** What was asked for, and what the caller may see of it. */
export interface FleetRequest {
  query: z.output<typeof fleetQuerySchema>;
  /** Narrows a query on `projects`; absent where nothing may be seen. */
  restrict?: (query: Knex.QueryBuilder) => void;
  at: Date;
}

/**
 * State of an environment as it may be told: that of a cluster which is lost is not
 * the present one, and where there is no object yet, it is still to come.
 */
function shownStatus(knex: Knex, resource: string, at: Date): Knex.Raw {
  const lost = knex('cluster_sessions')
    .where({ state: 'unreachable' })
    .orWhere(
      'last_synced_at',
      '<',
      new Date(at.getTime() - LOST_AFTER_MS).toISOString(),
    )
    .select('cluster');
  return knex.raw(
    `case when ${resource}.status is null or ${resource}.status = 'pending' then 'pending' when ${resource}.cluster in (?) then 'unknown' else ${resource}.status end`,
    [lost],
  );
}

/** Projects that match, with what they are sorted by. */
function matching(knex: Knex, request: FleetRequest): Knex.QueryBuilder {
  const { query, restrict, at } = request;
  const projects = knex('projects');
  if (query.status) {
    projects.whereIn('projects.status', query.status);
  }
  if (query.owner) {
    projects.whereIn('projects.owner_ref', query.owner);
  }
  if (query.entity) {
    projects.whereIn('projects.entity_ref', query.entity);
  }
  if (query.text) {
    const pattern = `%${query.text.toLowerCase().replace(/[\\%_]/g, '\\$&')}%`;
    projects.whereRaw(
      String.raw`(lower(projects.slug) like ? escape '\' or lower(projects.name) like ? escape '\')`,
      [pattern, pattern],
    );
  }
  const { state, cluster, environment } = query;
  if (state || cluster || environment) {
    // One environment has to be all of it: production that fails, not production
    // and something that fails.
    const stage = knex('environments as stage')
      .leftJoin(
        'gitops_resources as stage_resource',
        'stage_resource.id',
        'stage.gitops_resource_id',
      )
      .whereRaw('stage.project_id = projects.id');
    if (cluster) {
      stage.whereIn('stage.cluster', cluster);
    }
    if (environment) {
      stage.whereIn('stage.name', environment);
    }
    if (state) {
      stage.whereRaw(`? in (${state.map(() => '?').join(', ')})`, [
        shownStatus(knex, 'stage_resource', at),
        ...state,
      ]);
    }
    projects.whereExists(stage.select(knex.raw('1')));
  }
  if (restrict) {
    restrict(projects);
  } else {
    projects.whereRaw('1 = 0');
  }
  return projects;
}

/** How much a project needs somebody: 0 is the worst. */
function attention(knex: Knex, at: Date): Knex.Raw {
  const cases = ATTENTION_ORDER.map(
    (status, index) => `when '${status}' then ${index}`,
  ).join(' ');
  const worst = knex('gitops_resources as own')
    .whereRaw('own.project_id = projects.id')
    .whereRaw('own.environment_id is not null')
    .select(
      knex.raw(`min(case ? ${cases} end)`, [shownStatus(knex, 'own', at)]),
    );
  return knex.raw(
    `case when projects.status = 'failed' then 0 else coalesce((?), ?) end`,
    [worst, knex.raw(String(ATTENTION_ORDER.indexOf('pending')))],
  );
}

/**
 * One page of projects with their environments, a row for each environment; one
 * project more than was asked for, to learn whether there is another page.
 */
export function fleetRows(
  knex: Knex,
  request: FleetRequest,
): Knex.QueryBuilder {
  const { query, at } = request;
  const byAttention = query.order === 'attention';
  const order = byAttention ? ['attention', 'name', 'slug'] : ['name', 'slug'];
  const found = matching(knex, request).select([
    'projects.id',
    'projects.slug',
    'projects.name',
    'projects.status',
    'projects.entity_ref',
    'projects.owner_ref',
    'projects.version',
    ...(byAttention ? [knex.raw('? as attention', [attention(knex, at)])] : []),
  ]);
  const page = knex
    .select('*')
    .from(found.as('found'))
    .orderBy(order)
    .limit(query.limit + 1);
  if (query.cursor) {
    const [, ...after] = decodeFleetCursor(query.cursor, query.order);
    page.whereRaw(
      `(${order.join(', ')}) > (${order.map(() => '?').join(', ')})`,
      byAttention ? [Number(after[0]), ...after.slice(1)] : after.slice(1),
    );
  }
  return knex
    .from(page.as('page'))
    .leftJoin('environments', 'environments.project_id', 'page.id')
    .leftJoin(
      'gitops_resources as resource',
      'resource.id',
      'environments.gitops_resource_id',
    )
    .leftJoin(
      'cluster_sessions',
      'cluster_sessions.cluster',
      'environments.cluster',
    )
    .orderBy([
      ...order.map(column => `page.${column}`),
      'environments.position',
    ])
    .select([
      'page.*',
      knex.raw('? as shown_version', [shownVersion(knex, 'page')]),
      'environments.name as environment',
      'environments.cluster',
      knex.raw('? as shown', [shownStatus(knex, 'resource', at)]),
      'resource.status_since',
      'resource.last_applied_revision',
      knex.raw(
        `case when resource.status <> 'ready' then resource.diagnosis end as diagnosis`,
      ),
      'cluster_sessions.error as cluster_error',
      'cluster_sessions.wording as cluster_wording',
      'cluster_sessions.last_synced_at',
    ]);
}

/** Counts of all that matches, and what is known of the clusters. */
export function fleetTotals(
  knex: Knex,
  request: FleetRequest,
): Knex.QueryBuilder {
  const shown = shownStatus(knex, 'resource', request.at);
  // What is known of clusters comes first: it gives the columns their types.
  return knex('cluster_sessions')
    .select([
      knex.raw(`'cluster' as kind`),
      'cluster as key',
      knex.raw('0 as amount'),
      'state',
      'error',
      'wording',
      'last_synced_at',
    ])
    .unionAll([
      matching(knex, request).select([
        knex.raw(`'project'`),
        knex.raw('null'),
        knex.raw('count(*)'),
        knex.raw('null'),
        knex.raw('null'),
        knex.raw('null'),
        knex.raw('null'),
      ]),
      knex
        .from(matching(knex, request).select('projects.id').as('matching'))
        .join('environments', 'environments.project_id', 'matching.id')
        .leftJoin(
          'gitops_resources as resource',
          'resource.id',
          'environments.gitops_resource_id',
        )
        .groupByRaw('2')
        .select([
          knex.raw(`'environment'`),
          shown,
          knex.raw('count(*)'),
          knex.raw('null'),
          knex.raw('null'),
          knex.raw('null'),
          knex.raw('null'),
        ]),
    ]);
}

/** Where a page ended; the order belongs to it. */
export function encodeFleetCursor(
  order: string,
  row: { attention?: unknown; name: unknown; slug: unknown },
): string {
  return encodeCursor([
    order,
    String(row.attention ?? ''),
    String(row.name),
    String(row.slug),
  ]);
}

/** @throws InputError when it is not a cursor of this order. */
function decodeFleetCursor(cursor: string, order: string): string[] {
  const keys = decodeCursor(cursor, 4);
  if (keys[0] !== order || !/^\d*$/.test(keys[1])) {
    throw unknownCursor();
  }
  return keys;
}
