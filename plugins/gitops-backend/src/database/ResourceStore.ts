import { randomUUID } from 'node:crypto';
import { isDatabaseConflictError } from '@backstage/backend-plugin-api';
import { ConflictError } from '@backstage/errors';
import type { Knex } from 'knex';
import type { EntityOf } from './Table';
import {
  environments,
  type GitopsResource,
  gitopsResources as table,
} from './tables';
import { databaseTime } from './time';

/** What a Flux object is; what state it is in is written by the status engine. */
export type ResourceDefinition = Pick<
  EntityOf<typeof table>,
  | 'projectId'
  | 'environmentId'
  | 'repositoryId'
  | 'type'
  | 'cluster'
  | 'namespace'
  | 'name'
  | 'config'
>;

/** Who suspended an object through the portal; empty when nobody did. */
export type Suspension = Partial<
  Pick<
    GitopsResource,
    'suspendedBy' | 'suspendReason' | 'suspendedAt' | 'suspendedUntil'
  >
>;

/** The Flux objects that projects own. */
export interface ResourceStore {
  /**
   * Adds the row of an object as pending, or finds the one that is there and
   * brings its settings up to date; its state stays. A Kustomization is linked to
   * its environment.
   *
   * @throws ConflictError when another project has the object
   */
  put(trx: Knex, resource: ResourceDefinition): Promise<GitopsResource>;
  /** Writes down the identity that the API server gave. */
  setIdentity(
    trx: Knex,
    id: string,
    identity: { uid: string; generation?: number },
  ): Promise<void>;
  listByProject(projectId: string, trx?: Knex): Promise<GitopsResource[]>;
  /**
   * Writes down who suspended an object, or that nobody did.
   *
   * @param replacing - Only in place of the suspension made at that time.
   */
  setSuspension(
    trx: Knex,
    id: string,
    suspension: Suspension,
    replacing?: string,
  ): Promise<void>;
  /** Kustomizations whose suspension was to end by now, the longest overdue first. */
  listExpiredSuspensions(limit: number): Promise<GitopsResource[]>;
  /** Kustomizations that the portal suspended and that were last seen at work. */
  listOutdatedSuspensions(limit: number): Promise<GitopsResource[]>;
}

export class DatabaseResourceStore implements ResourceStore {
  static create(options: { knex: Knex }): DatabaseResourceStore {
    return new DatabaseResourceStore(options.knex);
  }

  private constructor(private readonly knex: Knex) {}

  async put(trx: Knex, resource: ResourceDefinition): Promise<GitopsResource> {
    const { projectId, environmentId, repositoryId, config } = resource;
    let row: Record<string, unknown> | undefined;
    try {
      [row] = await trx(table.name)
        .insert(
          table.insertion({
            id: randomUUID(),
            suspended: false,
            status: 'pending',
            version: 0,
            ...resource,
          }),
        )
        .onConflict(['cluster', 'namespace', 'type', 'name'])
        .merge(table.update({ repositoryId, config }))
        .where(`${table.name}.project_id`, projectId)
        .returning('*');
    } catch (error) {
      if (isDatabaseConflictError(error)) {
        throw new ConflictError(
          `The environment of ${describe(resource)} has another Kustomization`,
        );
      }
      throw error;
    }
    if (!row) {
      throw new ConflictError(
        `${describe(resource)} belongs to another project`,
      );
    }
    const stored = table.fromRow(row);
    if (environmentId) {
      await trx(environments.name)
        .where({ id: environmentId })
        .update(environments.update({ gitopsResourceId: stored.id }));
    }
    return stored;
  }

  async setIdentity(
    trx: Knex,
    id: string,
    identity: { uid: string; generation?: number },
  ) {
    await trx(table.name).where({ id }).update(table.update(identity));
  }

  async setSuspension(
    trx: Knex,
    id: string,
    { suspendedBy, suspendReason, suspendedAt, suspendedUntil }: Suspension,
    replacing?: string,
  ) {
    const query = trx(table.name).where({ id });
    if (replacing) {
      query.where(table.sql('suspendedAt'), replacing);
    }
    await query.update(
      table.update({ suspendedBy, suspendReason, suspendedAt, suspendedUntil }),
    );
  }

  async listExpiredSuspensions(limit: number) {
    const rows = await this.knex(table.name)
      .where({ type: 'kustomization' })
      .where(table.sql('suspendedUntil'), '<=', databaseTime(this.knex))
      .orderBy(table.sql('suspendedUntil'))
      .limit(limit);
    return rows.map(row => table.fromRow(row));
  }

  async listOutdatedSuspensions(limit: number) {
    const rows = await this.knex(table.name)
      .where({ type: 'kustomization', suspended: false })
      .whereNotNull(table.sql('suspendedAt'))
      .orderBy(table.sql('suspendedAt'))
      .limit(limit);
    return rows.map(row => table.fromRow(row));
  }

  async listByProject(projectId: string, trx: Knex = this.knex) {
    const rows = await trx(table.name)
      .where({ project_id: projectId })
      .orderBy(['cluster', 'type', 'name']);
    return rows.map(row => table.fromRow(row));
  }
}

function describe(resource: ResourceDefinition): string {
  return `The ${resource.type} ${resource.namespace}/${resource.name} on cluster '${resource.cluster}'`;
}
