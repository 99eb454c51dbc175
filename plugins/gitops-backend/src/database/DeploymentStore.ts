import type { Page } from '@backstage-gitops/plugin-gitops-common';
import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { decodeTimeCursor, toPage } from './cursor';
import type { ChangesOf, NewEntityOf } from './Table';
import { deployments as table, environments, type Deployment } from './tables';

/** Narrows and pages a project's history. */
export interface DeploymentQuery {
  /** Name of an environment; all of them if absent. */
  environment?: string;
  limit: number;
  cursor?: string;
}

/** History of what reached which environment. */
export interface DeploymentStore {
  /** The deployment under way; there is at most one per environment. */
  running(trx: Knex, environmentId: string): Promise<Deployment | undefined>;
  /** The newest deployment that has ended. */
  latest(trx: Knex, environmentId: string): Promise<Deployment | undefined>;
  insert(
    trx: Knex,
    deployment: Omit<NewEntityOf<typeof table>, 'id'>,
  ): Promise<Deployment>;
  update(
    trx: Knex,
    id: string,
    changes: ChangesOf<typeof table>,
  ): Promise<void>;
  /** Newest first, each with the name of its environment. */
  listByProject(
    projectId: string,
    query: DeploymentQuery,
  ): Promise<Page<Deployment & { environment: string }>>;
}

export class DatabaseDeploymentStore implements DeploymentStore {
  static create(options: { knex: Knex }): DatabaseDeploymentStore {
    return new DatabaseDeploymentStore(options.knex);
  }

  private constructor(private readonly knex: Knex) {}

  async running(trx: Knex, environmentId: string) {
    const row = await trx(table.name)
      .where({ environment_id: environmentId, status: 'running' })
      .first();
    return row && table.fromRow(row);
  }

  async latest(trx: Knex, environmentId: string) {
    const row = await trx(table.name)
      .where({ environment_id: environmentId })
      .whereNot({ status: 'running' })
      .orderBy([
        { column: 'started_at', order: 'desc' },
        { column: 'created_at', order: 'desc' },
      ])
      .first();
    return row && table.fromRow(row);
  }

  async insert(
    trx: Knex,
    deployment: Omit<NewEntityOf<typeof table>, 'id'>,
  ): Promise<Deployment> {
    const [row] = await trx(table.name)
      .insert(table.insertion({ id: randomUUID(), ...deployment }))
      .returning('*');
    return table.fromRow(row);
  }

  async update(trx: Knex, id: string, changes: ChangesOf<typeof table>) {
    await trx(table.name).where({ id }).update(table.update(changes));
  }

  async listByProject(projectId: string, query: DeploymentQuery) {
    const { environment, limit, cursor } = query;
    const builder = this.knex(table.name)
      .join(
        environments.name,
        environments.qualified('id'),
        table.qualified('environmentId'),
      )
      .where(environments.qualified('projectId'), projectId)
      .select(
        `${table.name}.*`,
        `${environments.qualified('name')} as environment`,
      )
      .orderBy([
        { column: table.qualified('startedAt'), order: 'desc' },
        { column: table.qualified('id'), order: 'desc' },
      ])
      .limit(limit + 1);
    if (environment) {
      builder.where(environments.qualified('name'), environment);
    }
    if (cursor) {
      const [startedAt, id] = decodeTimeCursor(cursor);
      builder.whereRaw(
        `(${table.qualified('startedAt')}, ${table.qualified('id')}) < (?, ?)`,
        [startedAt, id],
      );
    }
    const rows = (await builder).map(row => ({
      ...table.fromRow(row),
      environment: String(row.environment),
    }));
    return toPage(
      rows,
      limit,
      row => [row.startedAt, row.id],
      row => row,
    );
  }
}
