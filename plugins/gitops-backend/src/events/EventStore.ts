import { randomUUID } from 'node:crypto';
import type { Page, Severity } from '@backstage-gitops/plugin-gitops-common';
import type { Knex } from 'knex';
import { decodeTimeCursor, toPage } from '../database/cursor';
import type { NewEntityOf } from '../database/Table';
import { type UnifiedEvent, unifiedEvents as table } from '../database/tables';
import { databaseTime, now } from '../database/time';

/** What happened; id and, where absent, time are added. */
export type NewEvent = Omit<
  NewEntityOf<typeof table>,
  'id' | 'timestamp' | 'severity'
> & { timestamp?: string; severity?: Severity };

/** The history. Rows are added in the transaction of what they tell of. */
export interface EventStore {
  append(trx: Knex, ...events: NewEvent[]): Promise<void>;
  /** Newest first. */
  listByProject(
    projectId: string,
    page: { limit: number; cursor?: string },
  ): Promise<Page<UnifiedEvent>>;
  /** @returns how many it deleted, at most `limit` */
  deleteOlderThan(ageMs: number, limit: number): Promise<number>;
}

export class DatabaseEventStore implements EventStore {
  static create(options: { knex: Knex }): DatabaseEventStore {
    return new DatabaseEventStore(options.knex);
  }

  private constructor(private readonly knex: Knex) {}

  async append(trx: Knex, ...events: NewEvent[]) {
    if (events.length === 0) {
      return;
    }
    const rows = events.map(event =>
      table.insertion({
        id: randomUUID(),
        timestamp: now(),
        severity: 'info',
        ...event,
      }),
    );
    await trx(table.name).insert(rows);
  }

  async deleteOlderThan(ageMs: number, limit: number): Promise<number> {
    const old = this.knex(table.name)
      .select('id')
      .where('timestamp', '<', databaseTime(this.knex, -ageMs))
      .limit(limit);
    return this.knex(table.name).whereIn('id', old).delete();
  }

  async listByProject(
    projectId: string,
    page: { limit: number; cursor?: string },
  ): Promise<Page<UnifiedEvent>> {
    const query = this.knex(table.name)
      .where({ project_id: projectId })
      .orderBy([
        { column: 'timestamp', order: 'desc' },
        { column: 'id', order: 'desc' },
      ])
      .limit(page.limit + 1);
    if (page.cursor) {
      const [timestamp, id] = decodeTimeCursor(page.cursor);
      query.whereRaw('("timestamp", id) < (?, ?)', [timestamp, id]);
    }
    const rows = (await query).map(row => table.fromRow(row));
    return toPage(
      rows,
      page.limit,
      event => [event.timestamp, event.id],
      event => event,
    );
  }
}
