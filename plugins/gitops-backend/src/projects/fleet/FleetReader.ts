import {
  commitOfRevision,
  resourceStatusSchema,
  type Diagnosis,
  type EnvironmentSummaryDocument,
  type FleetPage,
  type ProjectSummaryDocument,
} from '@backstage-gitops/plugin-gitops-common';
import type { Knex } from 'knex';
import {
  clusterSessions,
  gitopsResources,
  projects,
} from '../../database/tables';
import { troubleOf, type KnownSession } from '../clusterDocument';
import {
  encodeFleetCursor,
  fleetRows,
  fleetTotals,
  type FleetRequest,
} from './fleetQueries';

type Row = Record<string, unknown>;

/** A page with what is known of the clusters, where it is the first one. */
export interface FleetReading {
  page: Omit<FleetPage, 'clusters'>;
  sessions?: KnownSession[];
}

/**
 * Many projects at a glance, from the database alone: one query for a page, one
 * more for the totals of the first. States are those that were last stored, since
 * deriving a thousand anew is no glance; of clusters that are lost, none is told.
 */
export class FleetReader {
  constructor(private readonly knex: Knex) {}

  async read(request: Omit<FleetRequest, 'at'>): Promise<FleetReading> {
    const { knex } = this;
    const asked = { ...request, at: new Date() };
    const { limit, order, cursor } = request.query;
    const [rows, totals]: Row[][] = await Promise.all([
      fleetRows(knex, asked),
      cursor === undefined ? fleetTotals(knex, asked) : [],
    ]);
    const grouped = new Map<unknown, Row[]>();
    for (const row of rows) {
      const group = grouped.get(row.id);
      if (group) {
        group.push(row);
      } else {
        grouped.set(row.id, [row]);
      }
    }
    const shown = [...grouped.values()].slice(0, limit);
    const last = shown.at(-1)?.[0];
    return {
      page: {
        items: shown.map(projectSummary),
        ...(grouped.size > limit &&
          last && {
            nextCursor: encodeFleetCursor(order, {
              attention: last.attention,
              name: last.name,
              slug: last.slug,
            }),
          }),
        ...(cursor === undefined && countsOf(totals)),
      },
      ...(cursor === undefined && { sessions: sessionsOf(totals) }),
    };
  }
}

function projectSummary(rows: Row[]): ProjectSummaryDocument {
  const [row] = rows;
  const { columns } = projects;
  return {
    slug: columns.slug.read(row.slug),
    name: columns.name.read(row.name),
    status: columns.status.read(row.status),
    entityRef: columns.entityRef.read(row.entity_ref),
    ownerRef: columns.ownerRef.read(row.owner_ref),
    version: columns.version.read(row.shown_version),
    environments: rows.flatMap(each =>
      each.environment === null ? [] : [environmentSummary(each)],
    ),
  };
}

function environmentSummary(row: Row): EnvironmentSummaryDocument {
  const { columns } = gitopsResources;
  const status = columns.status.read(row.shown);
  const cluster = String(row.cluster);
  const commit = commitOfRevision(
    columns.lastAppliedRevision.read(row.last_applied_revision),
  );
  // Unknown is told of lost clusters: that is since they were last heard of.
  const lost = status === 'unknown' && row.cluster_error !== null;
  const since = lost
    ? clusterSessions.columns.lastSyncedAt.read(row.last_synced_at)
    : columns.statusSince.read(row.status_since);
  const diagnosis: Diagnosis | undefined = columns.diagnosis.read(
    row.diagnosis,
  );
  const told = lost
    ? clusterCause(row)
    : diagnosis && { cause: diagnosis.cause, wording: diagnosis.wording };
  return {
    name: String(row.environment),
    cluster,
    status,
    ...(commit && { commit }),
    ...(since && { since }),
    ...told,
  };
}

function clusterCause(
  row: Row,
): Pick<EnvironmentSummaryDocument, 'cause' | 'wording'> {
  const { columns } = clusterSessions;
  const { error: cause, wording } = troubleOf({
    error: columns.error.read(row.cluster_error),
    wording: columns.wording.read(row.cluster_wording),
  });
  return { cause, ...(wording && { wording }) };
}

function countsOf(totals: readonly Row[]): Pick<FleetPage, 'total' | 'states'> {
  const states: FleetPage['states'] = {};
  let total = 0;
  for (const { kind, key, amount } of totals) {
    if (kind === 'project') {
      total = Number(amount);
    } else if (kind === 'environment') {
      states[resourceStatusSchema.parse(key)] = Number(amount);
    }
  }
  return { total, states };
}

function sessionsOf(totals: readonly Row[]): KnownSession[] {
  const { columns } = clusterSessions;
  return totals.flatMap(row =>
    row.kind === 'cluster'
      ? [
          {
            cluster: columns.cluster.read(row.key),
            state: columns.state.read(row.state),
            error: columns.error.read(row.error),
            wording: columns.wording.read(row.wording),
            lastSyncedAt: columns.lastSyncedAt.read(row.last_synced_at),
          },
        ]
      : [],
  );
}
