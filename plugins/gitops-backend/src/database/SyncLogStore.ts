import { randomUUID } from 'node:crypto';
import type { Page } from '@backstage-gitops/plugin-gitops-common';
import type { Knex } from 'knex';
import { decodeTimeCursor, toPage } from './cursor';
import type { NewEntityOf } from './Table';
import { type GitSyncLog, gitSyncLogs as table } from './tables';
import { databaseTime } from './time';

/** What the portal did at Git hosts. */
export interface SyncLogStore {
  append(
    trx: Knex,
    entry: Omit<NewEntityOf<typeof table>, 'id'>,
  ): Promise<void>;
  /** Newest first. */
  listByProject(
    projectId: string,
    page: { limit: number; cursor?: string },
  ): Promise<Page<GitSyncLog>>;
  /** @returns how many it deleted, at most `limit` */
  deleteOlderThan(ageMs: number, limit: number): Promise<number>;
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

  async listByProject(
    projectId: string,
    page: { limit: number; cursor?: string },
  ): Promise<Page<GitSyncLog>> {
    const query = this.knex(table.name)
      .where({ project_id: projectId })
      .orderBy([
        { column: 'started_at', order: 'desc' },
        { column: 'id', order: 'desc' },
      ])
      .limit(page.limit + 1);
    if (page.cursor) {
      const [startedAt, id] = decodeTimeCursor(page.cursor);
      query.whereRaw('(started_at, id) < (?, ?)', [startedAt, id]);
    }
    const rows = (await query).map(row => table.fromRow(row));
    return toPage(
      rows,
      page.limit,
      entry => [entry.startedAt, entry.id],
      entry => entry,
    );
  }

  async deleteOlderThan(ageMs: number, limit: number): Promise<number> {
    const old = this.knex(table.name)
      .select('id')
      .where('started_at', '<', databaseTime(this.knex, -ageMs))
      .limit(limit);
    return this.knex(table.name).whereIn('id', old).delete();
  }
}
