import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import type { NewEntityOf } from './Table';
import { type GitSyncLog, gitSyncLogs as table } from './tables';

/** What the portal did at Git hosts. */
export interface SyncLogStore {
  append(
    trx: Knex,
    entry: Omit<NewEntityOf<typeof table>, 'id'>,
  ): Promise<void>;
  /** Newest first. */
  listByProject(projectId: string, limit: number): Promise<GitSyncLog[]>;
}

export class DatabaseSyncLogStore implements SyncLogStore {
  static create(options: { knex: Knex }): DatabaseSyncLogStore {
    return new DatabaseSyncLogStore(options.knex);
  }

  private constructor(private readonly knex: Knex) {}

  async append(trx: Knex, entry: Omit<NewEntityOf<typeof table>, 'id'>) {
    await trx(table.name).insert(
      table.insertion({ id: randomUUID(), ...entry }),
    );
  }

  async listByProject(projectId: string, limit: number) {
    const rows = await this.knex(table.name)
      .where({ project_id: projectId })
      .orderBy('started_at', 'desc')
      .limit(limit);
    return rows.map(row => table.fromRow(row));
  }
}
