import type {
  DeploymentMethod,
  DeploymentStatus,
} from '@backstage-gitops/plugin-gitops-common';
import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { deployments, type Deployment } from './tables';

/** History of what reached which environment. */
export class DeploymentStore {
  /** The deployment under way; a unique index allows one per environment. */
  async running(
    trx: Knex,
    environmentId: string,
  ): Promise<Deployment | undefined> {
    const row = await trx(deployments.name)
      .where({ environment_id: environmentId, status: 'running' })
      .first();
    return row && deployments.fromRow(row);
  }

  /** The newest deployment that has ended. */
  async latest(
    trx: Knex,
    environmentId: string,
  ): Promise<Deployment | undefined> {
    const row = await trx(deployments.name)
      .where({ environment_id: environmentId })
      .whereNot({ status: 'running' })
      .orderBy([
        { column: 'started_at', order: 'desc' },
        { column: 'created_at', order: 'desc' },
      ])
      .first();
    return row && deployments.fromRow(row);
  }

  async insert(
    trx: Knex,
    deployment: {
      environmentId: string;
      gitopsResourceId: string;
      commitHash: string;
      deploymentMethod: DeploymentMethod;
      status: DeploymentStatus;
      deployedBy?: string;
      startedAt: string;
      finishedAt?: string;
      message?: string;
    },
  ): Promise<Deployment> {
    const row = deployments.insertion({ id: randomUUID(), ...deployment });
    await trx(deployments.name).insert(row);
    return deployments.fromRow(row);
  }

  async update(
    trx: Knex,
    id: string,
    changes: {
      commitHash?: string;
      deploymentMethod?: DeploymentMethod;
      deployedBy?: string;
      startedAt?: string;
      status?: DeploymentStatus;
      finishedAt?: string;
      message?: string;
    },
  ): Promise<void> {
    await trx(deployments.name)
      .where({ id })
      .update(deployments.update(changes));
  }

  /** Newest first. */
  async list(
    environmentId: string,
    knex: Knex,
    limit: number,
  ): Promise<Deployment[]> {
    const rows = await knex(deployments.name)
      .where({ environment_id: environmentId })
      .orderBy([
        { column: 'started_at', order: 'desc' },
        { column: 'id', order: 'desc' },
      ])
      .limit(limit);
    return rows.map(row => deployments.fromRow(row));
  }
}
