import { randomUUID } from 'node:crypto';
import type { EnvironmentStatus } from '@backstage-gitops/plugin-gitops-common';
import { isDatabaseConflictError } from '@backstage/backend-plugin-api';
import { ConflictError } from '@backstage/errors';
import type { Knex } from 'knex';
import type { NewEntityOf } from './Table';
import { type Environment, environments as table } from './tables';
import { now } from './time';

/** What an environment is, apart from its life. */
export type EnvironmentDefinition = Omit<
  NewEntityOf<typeof table>,
  'id' | 'status' | 'statusSince' | 'gitopsResourceId'
>;

/** The stages of projects. */
export interface EnvironmentStore {
  /**
   * Adds an environment, or brings the row of that name up to date; its cluster
   * and namespace stay, since things may stand there.
   *
   * @throws ConflictError when another project has the namespace on that cluster
   */
  put(trx: Knex, environment: EnvironmentDefinition): Promise<Environment>;
  /** @throws ConflictError when another environment has the namespace there */
  checkNamespaceIsFree(
    trx: Knex,
    environment: Pick<
      EnvironmentDefinition,
      'projectId' | 'name' | 'cluster' | 'namespace'
    >,
  ): Promise<void>;
  /** In their order. */
  listByProject(projectId: string, trx?: Knex): Promise<Environment[]>;
  getByName(
    projectId: string,
    name: string,
    trx?: Knex,
  ): Promise<Environment | undefined>;
  setStatus(trx: Knex, id: string, status: EnvironmentStatus): Promise<void>;
}

export class DatabaseEnvironmentStore implements EnvironmentStore {
  static create(options: { knex: Knex }): DatabaseEnvironmentStore {
    return new DatabaseEnvironmentStore(options.knex);
  }

  private constructor(private readonly knex: Knex) {}

  async put(trx: Knex, environment: EnvironmentDefinition) {
    const { displayName, type, description, position, config } = environment;
    await this.checkNamespaceIsFree(trx, environment);
    try {
      const [row] = await trx(table.name)
        .insert(
          table.insertion({
            id: randomUUID(),
            status: 'pending',
            statusSince: now(),
            ...environment,
          }),
        )
        .onConflict(['project_id', 'name'])
        .merge(
          table.update({ displayName, type, description, position, config }),
        )
        .returning('*');
      return table.fromRow(row);
    } catch (error) {
      if (isDatabaseConflictError(error)) {
        throw namespaceTaken(environment);
      }
      throw error;
    }
  }

  async checkNamespaceIsFree(
    trx: Knex,
    environment: Pick<
      EnvironmentDefinition,
      'projectId' | 'name' | 'cluster' | 'namespace'
    >,
  ) {
    const { projectId, name, cluster, namespace } = environment;
    const holder = await trx(table.name).where({ cluster, namespace }).first();
    if (holder && (holder.project_id !== projectId || holder.name !== name)) {
      throw namespaceTaken(environment);
    }
  }

  async listByProject(projectId: string, trx: Knex = this.knex) {
    const rows = await trx(table.name)
      .where({ project_id: projectId })
      .orderBy('position');
    return rows.map(row => table.fromRow(row));
  }

  async getByName(projectId: string, name: string, trx: Knex = this.knex) {
    const row = await trx(table.name)
      .where({ project_id: projectId, name })
      .first();
    return row && table.fromRow(row);
  }

  async setStatus(trx: Knex, id: string, status: EnvironmentStatus) {
    await trx(table.name)
      .where({ id })
      .whereNot({ status })
      .update(table.update({ status, statusSince: now() }));
  }
}

function namespaceTaken(
  environment: Pick<EnvironmentDefinition, 'cluster' | 'namespace'>,
): ConflictError {
  return new ConflictError(
    `Namespace ${environment.namespace} on cluster '${environment.cluster}' belongs to another environment: choose another project or environment name`,
  );
}
