import { ConflictError } from '@backstage/errors';
import type { Knex } from 'knex';
import type { Notice } from '../words/notice';
import { isSqlite } from './dialect';
import { validationColumns } from './GitAuthStore';
import type { ChangesOf, NewEntityOf } from './Table';
import {
  type GitPlatformConnection,
  gitPlatformConnections as table,
  projectGitAuth,
  projectGitAuthOauth,
  projects,
} from './tables';
import { databaseTime } from './time';
import { withTransaction } from './withTransaction';

/** The account a connection is to, and whose it is. */
export type ConnectionAccount = Pick<
  GitPlatformConnection,
  'userId' | 'provider' | 'serverUrl' | 'providerAccountId'
>;

/** Which renewal may be begun, and by whom. */
export interface RenewalClaim {
  /** Names the renewal until its outcome is written. */
  attempt: string;
  /** After so long without an outcome it is lost. */
  ttlMs: number;
  /** This connection, at this revision, now; otherwise whichever is most overdue. */
  only?: { id: string; revision: number };
  /** Roots of hosts that asked for a pause. */
  except?: readonly string[];
}

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
  /** Reads a row that nobody else may change or begin to use until the end of `trx`. */
  lock(trx: Knex, id: string): Promise<GitPlatformConnection | undefined>;
  listByUser(userId: string): Promise<GitPlatformConnection[]>;
  /** Slugs of the projects that read with each of the connections, in order. */
  usedBy(ids: readonly string[], trx?: Knex): Promise<Map<string, string[]>>;
  /**
   * Changes a row while its tokens are those that the caller knows.
   *
   * @returns undefined when they are other ones by now, or the row is gone
   */
  change(
    trx: Knex,
    known: Pick<GitPlatformConnection, 'id' | 'revision'>,
    changes: ChangesOf<typeof table>,
  ): Promise<GitPlatformConnection | undefined>;

  /**
   * Marks one connection as being renewed, so that nobody else asks its host. The
   * caller asks the host at once: a mark without an outcome counts as a lost answer.
   *
   * @returns undefined when there is none that may be renewed
   */
  claimRenewal(claim: RenewalClaim): Promise<GitPlatformConnection | undefined>;
  /** Renewals without an outcome whose time is over. */
  findLostRenewals(): Promise<GitPlatformConnection[]>;
  /**
   * Takes the next connection that is due for a check, so that nobody else checks it.
   *
   * @param options - `again`: when it is due next unless the check says otherwise
   */
  claimValidation(options: {
    againMs: number;
    except?: readonly string[];
  }): Promise<GitPlatformConnection | undefined>;
  /** Connections called active whose token has ended. */
  findOverdue(limit: number): Promise<GitPlatformConnection[]>;

  /**
   * Says of every credential that reads with a connection that it no longer works.
   *
   * @returns ids of the projects
   */
  invalidateUsers(trx: Knex, id: string, why: Notice): Promise<string[]>;
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

  async lock(trx: Knex, id: string) {
    const query = trx(table.name).where({ id });
    const row = await (isSqlite(trx) ? query : query.forUpdate()).first();
    return row && table.fromRow(row);
  }

  async listByUser(userId: string) {
    const rows = await this.knex(table.name)
      .where({ user_id: userId })
      .orderBy(['server_url', 'username', 'id']);
    return rows.map(row => table.fromRow(row));
  }

  async usedBy(ids: readonly string[], trx: Knex = this.knex) {
    const found = new Map<string, string[]>(ids.map(id => [id, []]));
    const rows = await trx(projectGitAuthOauth.name)
      .join(
        projectGitAuth.name,
        projectGitAuth.qualified('id'),
        projectGitAuthOauth.qualified('authId'),
      )
      .join(
        projects.name,
        projects.qualified('id'),
        projectGitAuth.qualified('projectId'),
      )
      .whereIn(projectGitAuthOauth.qualified('oauthAccountId'), [...ids])
      .distinct(
        `${projectGitAuthOauth.qualified('oauthAccountId')} as connection`,
        `${projects.qualified('slug')} as slug`,
      )
      .orderBy('slug');
    for (const { connection, slug } of rows) {
      found.get(String(connection))?.push(String(slug));
    }
    return found;
  }

  async change(
    trx: Knex,
    known: Pick<GitPlatformConnection, 'id' | 'revision'>,
    changes: ChangesOf<typeof table>,
  ) {
    const [row] = await trx(table.name)
      .where({ id: known.id, revision: known.revision })
      .update(table.update(changes))
      .returning('*');
    return row && table.fromRow(row);
  }

  async claimRenewal(claim: RenewalClaim) {
    const { attempt, ttlMs, only, except = [] } = claim;
    return withTransaction(this.knex, async trx => {
      const candidates = trx(table.name)
        .whereNotNull('refresh_token')
        .whereNull('refresh_attempt')
        .whereIn('status', ['active', 'expired']);
      if (only) {
        candidates.where({ id: only.id, revision: only.revision });
      } else {
        candidates
          .where('refresh_at', '<=', databaseTime(trx))
          .whereNotIn('server_url', [...except])
          .orderBy('refresh_at');
      }
      const candidate = await this.first(trx, candidates);
      if (!candidate) {
        return undefined;
      }
      const [row] = await trx(table.name)
        .where({ id: candidate.id })
        .update({
          refresh_attempt: attempt,
          refresh_until: databaseTime(trx, ttlMs),
        })
        .returning('*');
      return table.fromRow(row);
    });
  }

  async findLostRenewals() {
    const rows = await this.knex(table.name)
      .whereNotNull('refresh_attempt')
      .where('refresh_until', '<=', databaseTime(this.knex));
    return rows.map(row => table.fromRow(row));
  }

  async claimValidation(options: {
    againMs: number;
    except?: readonly string[];
  }) {
    return withTransaction(this.knex, async trx => {
      const candidate = await this.first(
        trx,
        trx(table.name)
          .where({ status: 'active' })
          .whereNull('refresh_attempt')
          .whereNotIn('server_url', [...(options.except ?? [])])
          .where(due =>
            due
              .whereNull('validate_at')
              .orWhere('validate_at', '<=', databaseTime(trx)),
          )
          .orderBy('validate_at'),
      );
      if (!candidate) {
        return undefined;
      }
      const [row] = await trx(table.name)
        .where({ id: candidate.id })
        .update({ validate_at: databaseTime(trx, options.againMs) })
        .returning('*');
      return table.fromRow(row);
    });
  }

  async findOverdue(limit: number) {
    const rows = await this.knex(table.name)
      .where({ status: 'active' })
      .whereNull('refresh_attempt')
      .where('expires_at', '<=', databaseTime(this.knex))
      .orderBy('expires_at')
      .limit(limit);
    return rows.map(row => table.fromRow(row));
  }

  async invalidateUsers(trx: Knex, id: string, why: Notice) {
    const rows = await trx(projectGitAuth.name)
      .whereIn(
        'id',
        trx(projectGitAuthOauth.name)
          .where({ oauth_account_id: id })
          .select('auth_id'),
      )
      .update(
        projectGitAuth.update(validationColumns({ status: 'invalid', ...why })),
      )
      .returning('project_id');
    return [...new Set(rows.map(row => String(row.project_id)))];
  }

  async delete(trx: Knex, id: string) {
    const slugs = (await this.usedBy([id], trx)).get(id) ?? [];
    if (slugs.length > 0) {
      throw new ConflictError(
        `The repository of ${slugs.join(
          ', ',
        )} is read through this connection: give it another credential first`,
      );
    }
    return (await trx(table.name).where({ id }).delete()) > 0;
  }

  /** One row for this transaction alone; rows that another one has are passed over. */
  private async first(
    trx: Knex,
    query: Knex.QueryBuilder,
  ): Promise<{ id: string } | undefined> {
    return (isSqlite(trx) ? query : query.forUpdate().skipLocked()).first('id');
  }
}
