import type { Knex } from 'knex';
import type { NewEntityOf } from './Table';
import { gitConnectionAuthorizations as table } from './tables';
import { databaseTime } from './time';
import { withTransaction } from './withTransaction';

/** Users who are at a Git host to consent. */
export interface AuthorizationStore {
  add(authorization: NewEntityOf<typeof table>): Promise<void>;
  /** @returns false when it was taken before, or never made */
  take(id: string): Promise<boolean>;
  deleteExpired(): Promise<number>;
}

export class DatabaseAuthorizationStore implements AuthorizationStore {
  static create(options: { knex: Knex }): DatabaseAuthorizationStore {
    return new DatabaseAuthorizationStore(options.knex);
  }

  private constructor(private readonly knex: Knex) {}

  async add(authorization: NewEntityOf<typeof table>) {
    await withTransaction(this.knex, async trx => {
      await trx(table.name).insert(table.insertion(authorization));
    });
  }

  async take(id: string) {
    return withTransaction(this.knex, async trx => {
      return (await trx(table.name).where({ id }).delete()) > 0;
    });
  }

  async deleteExpired() {
    return withTransaction(this.knex, trx =>
      trx(table.name).where('expires_at', '<=', databaseTime(trx)).delete(),
    );
  }
}
