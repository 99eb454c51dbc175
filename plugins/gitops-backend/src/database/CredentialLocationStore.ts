import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import type { NewEntityOf } from './Table';
import {
  type CredentialLocation,
  projectGitAuthLocations as table,
} from './tables';
import { now } from './time';

/** A Secret as it was written or found. */
export type SeenLocation = Omit<
  NewEntityOf<typeof table>,
  'id' | 'projectId' | 'statusSince'
>;

/** Where the credentials of projects stand in the clusters. */
export interface CredentialLocationStore {
  /** Adds or changes one place. Without `authId` and `syncedAt` those stay as they are. */
  put(trx: Knex, projectId: string, seen: SeenLocation): Promise<void>;
  /** Forgets the places on a cluster that are not among those named. */
  retain(
    trx: Knex,
    projectId: string,
    cluster: string,
    namespaces: readonly string[],
  ): Promise<void>;
  /** In the order of cluster and namespace. */
  listByProject(projectId: string): Promise<CredentialLocation[]>;
}

export class DatabaseCredentialLocationStore
  implements CredentialLocationStore
{
  static create(options: { knex: Knex }): DatabaseCredentialLocationStore {
    return new DatabaseCredentialLocationStore(options.knex);
  }

  private constructor(private readonly knex: Knex) {}

  async put(trx: Knex, projectId: string, seen: SeenLocation) {
    const { cluster, namespace, secretName, ...rest } = seen;
    const place = { cluster, namespace, secret_name: secretName };
    const row = await trx(table.name).where(place).first();
    const existing = row && table.fromRow(row);
    if (existing?.projectId === projectId) {
      await trx(table.name)
        .where({ id: existing.id })
        .update(
          table.update({
            ...rest,
            ...(existing.status !== seen.status && { statusSince: now() }),
          }),
        );
      return;
    }
    // A deleted project of the same name may have left its row behind.
    await trx(table.name).where(place).delete();
    await trx(table.name).insert(
      table.insertion({
        id: randomUUID(),
        projectId,
        statusSince: now(),
        ...seen,
      }),
    );
  }

  async retain(
    trx: Knex,
    projectId: string,
    cluster: string,
    namespaces: readonly string[],
  ) {
    await trx(table.name)
      .where({ project_id: projectId, cluster })
      .whereNotIn('namespace', namespaces)
      .delete();
  }

  async listByProject(projectId: string) {
    const rows = await this.knex(table.name)
      .where({ project_id: projectId })
      .orderBy(['cluster', 'namespace']);
    return rows.map(row => table.fromRow(row));
  }
}
