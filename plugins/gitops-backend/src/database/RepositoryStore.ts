import { randomUUID } from 'node:crypto';
import type { Knex } from 'knex';
import type { ChangesOf, NewEntityOf } from './Table';
import { type Repository, repositories as table } from './tables';

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

  async update(trx: Knex, id: string, changes: ChangesOf<typeof table>) {
    await trx(table.name).where({ id }).update(table.update(changes));
  }
}
