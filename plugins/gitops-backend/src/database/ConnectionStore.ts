import type { ConnectionStatus } from '@backstage-gitops/plugin-gitops-common';
import { ConflictError } from '@backstage/errors';
import type { Knex } from 'knex';
import type { NewEntityOf } from './Table';
import {
  type GitPlatformConnection,
  gitPlatformConnections as table,
  projectGitAuthOauth,
} from './tables';
import { now } from './time';

/** The account a connection is to, and whose it is. */
export type ConnectionAccount = Pick<
  GitPlatformConnection,
  'userId' | 'provider' | 'serverUrl' | 'providerAccountId'
>;

/** Users' links to Git hosts. Tokens are vault envelopes. */
export interface ConnectionStore {
  find(
    account: ConnectionAccount,
    trx?: Knex,
  ): Promise<GitPlatformConnection | undefined>;
  /**
   * Adds a connection, or replaces what is stored under its id.
   *
   * @param connection - `id` is given by the caller, because the tokens are
   * sealed for the row: that of {@link ConnectionStore.find}, or a new one.
   */
  put(
    trx: Knex,
    connection: NewEntityOf<typeof table>,
  ): Promise<GitPlatformConnection>;
  get(id: string, trx?: Knex): Promise<GitPlatformConnection | undefined>;
  listByUser(userId: string): Promise<GitPlatformConnection[]>;
  setStatus(trx: Knex, id: string, status: ConnectionStatus): Promise<void>;
  /**
   * @returns false when there was none
   * @throws ConflictError while a project's git auth uses it
   */
  delete(trx: Knex, id: string): Promise<boolean>;
}

export class DatabaseConnectionStore implements ConnectionStore {
  static create(options: { knex: Knex }): DatabaseConnectionStore {
    return new DatabaseConnectionStore(options.knex);
  }

  private constructor(private readonly knex: Knex) {}

  async find(account: ConnectionAccount, trx: Knex = this.knex) {
    const row = await trx(table.name)
      .where({
        user_id: account.userId,
        provider: account.provider,
        server_url: account.serverUrl,
        provider_account_id: account.providerAccountId,
      })
      .first();
    return row && table.fromRow(row);
  }

  async put(trx: Knex, connection: NewEntityOf<typeof table>) {
    const { id, ...changes } = connection;
    const [row] = await trx(table.name)
      .insert(table.insertion(connection))
      .onConflict(['id'])
      .merge(table.update(changes))
      .returning('*');
    return table.fromRow(row);
  }

  async get(id: string, trx: Knex = this.knex) {
    const row = await trx(table.name).where({ id }).first();
    return row && table.fromRow(row);
  }

  async listByUser(userId: string) {
    const rows = await this.knex(table.name)
      .where({ user_id: userId })
      .orderBy(['server_url', 'username', 'id']);
    return rows.map(row => table.fromRow(row));
  }

  async setStatus(trx: Knex, id: string, status: ConnectionStatus) {
    await trx(table.name)
      .where({ id })
      .whereNot({ status })
      .update(table.update({ status, statusSince: now() }));
  }

  async delete(trx: Knex, id: string) {
    const used = await trx(projectGitAuthOauth.name)
      .where({ oauth_account_id: id })
      .first('auth_id');
    if (used) {
      throw new ConflictError(
        'A project reads its repository through this connection: give the project another credential first',
      );
    }
    return (await trx(table.name).where({ id }).delete()) > 0;
  }
}
