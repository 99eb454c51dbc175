import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import { isSqlite } from './dialect';
import type { ChangesOf, NewEntityOf } from './Table';
import { type Repository, repositories as table } from './tables';
import { databaseTime } from './time';

/** The repository of each project. */
export interface RepositoryStore {
  /** Adds the project's repository, or brings its row up to date. */
  put(
    trx: Knex,
    repository: Omit<NewEntityOf<typeof table>, 'id'>,
  ): Promise<Repository>;
  getByProject(projectId: string, trx?: Knex): Promise<Repository | undefined>;
  getByLocation(
    location: { host: string; owner: string; name: string },
    trx?: Knex,
  ): Promise<Repository | undefined>;
  /** The repository under the lock of its row, for a change that depends on it. */
  getForUpdate(trx: Knex, id: string): Promise<Repository | undefined>;
  /**
   * Repositories of projects that run, which the host was not asked about for so
   * long, those that waited longest first.
   */
  listDue(options: {
    olderThanMs: number;
    limit: number;
  }): Promise<Repository[]>;
  update(
    trx: Knex,
    id: string,
    changes: ChangesOf<typeof table>,
  ): Promise<void>;
}

export class DatabaseRepositoryStore implements RepositoryStore {
  static create(options: { knex: Knex }): DatabaseRepositoryStore {
    return new DatabaseRepositoryStore(options.knex);
  }

  private constructor(private readonly knex: Knex) {}

  async put(trx: Knex, repository: Omit<NewEntityOf<typeof table>, 'id'>) {
    const [row] = await trx(table.name)
      .insert(table.insertion({ id: randomUUID(), ...repository }))
      .onConflict(['project_id'])
      .merge(table.update(repository))
      .returning('*');
    return table.fromRow(row);
  }

  async getByProject(projectId: string, trx: Knex = this.knex) {
    const row = await trx(table.name).where({ project_id: projectId }).first();
    return row && table.fromRow(row);
  }

  async getByLocation(
    location: { host: string; owner: string; name: string },
    trx: Knex = this.knex,
  ) {
    const { host, owner, name } = location;
    const row = await trx(table.name).where({ host, owner, name }).first();
    return row && table.fromRow(row);
  }

  async getForUpdate(trx: Knex, id: string) {
    const query = trx(table.name).where({ id });
    const row = await (isSqlite(trx) ? query : query.forUpdate()).first();
    return row && table.fromRow(row);
  }

  async listDue(options: { olderThanMs: number; limit: number }) {
    const rows = await this.knex(table.name)
      .join('projects', 'projects.id', table.qualified('projectId'))
      .where('projects.status', 'active')
      .where(due =>
        due
          .whereNull(table.qualified('lastRefreshedAt'))
          .orWhere(
            table.qualified('lastRefreshedAt'),
            '<=',
            databaseTime(this.knex, -options.olderThanMs),
          ),
      )
      .orderBy(table.qualified('lastRefreshedAt'), 'asc', 'first')
      .limit(options.limit)
      .select(`${table.name}.*`);
    return rows.map(row => table.fromRow(row));
  }

  async update(trx: Knex, id: string, changes: ChangesOf<typeof table>) {
    await trx(table.name).where({ id }).update(table.update(changes));
  }
}
