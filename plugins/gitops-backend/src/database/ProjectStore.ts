import type {
  Page,
  ProjectStatus,
} from '@backstage-gitops/plugin-gitops-common';
import { isDatabaseConflictError } from '@backstage/backend-plugin-api';
import { ConflictError, NotFoundError } from '@backstage/errors';
import type { Knex } from 'knex';
import { decodeCursor, toPage } from './cursor';
import { isSqlite } from './dialect';
import type { ChangesOf, NewEntityOf } from './Table';
import { readShownVersions } from './shownVersion';
import { type Project, projects as table } from './tables';
import { databaseTime, now } from './time';
import { withTransaction } from './withTransaction';

/** A run's hold on a project: whoever has the highest fence may write. */
export interface Lease {
  fence: number;
}

/** The projects and the lease of whoever sets one up. */
export interface ProjectStore {
  /** @throws ConflictError when the slug or the entity is taken. */
  insert(trx: Knex, project: NewEntityOf<typeof table>): Promise<Project>;
  get(id: string, trx?: Knex): Promise<Project | undefined>;
  /** Reads a project and lets nobody else change it before the transaction ends. */
  lock(trx: Knex, id: string): Promise<Project | undefined>;
  getBySlug(slug: string, trx?: Knex): Promise<Project | undefined>;
  getByEntityRef(entityRef: string, trx?: Knex): Promise<Project | undefined>;
  /** In the order of the slugs. */
  getBySlugs(slugs: readonly string[]): Promise<(Project | undefined)[]>;
  /** Projects in one status, in the order of their slugs. */
  list(query: {
    status: ProjectStatus;
    limit: number;
    cursor?: string;
  }): Promise<Page<Project>>;
  update(
    trx: Knex,
    id: string,
    changes: ChangesOf<typeof table>,
  ): Promise<Project>;
  /** Sets the status and, where it differs, since when it is so. */
  setStatus(trx: Knex, id: string, status: ProjectStatus): Promise<void>;
  /**
   * Says that something visible has changed. In the same transaction as the
   * change; {@link ProjectNotifier} tells the pages once it is committed.
   *
   * @returns the new version
   */
  bumpVersion(trx: Knex, id: string): Promise<number>;
  /** Forgets the token that Flux was to be given: its credential is stored. */
  eraseWishedToken(trx: Knex, id: string): Promise<void>;
  /** Forgets all tokens a set-up was given. */
  eraseSecrets(trx: Knex, id: string): Promise<void>;

  /**
   * Takes hold of a project, unless somebody else holds it by the database's
   * clock, or the holder itself does in another run.
   *
   * @returns the lease, or undefined when it was not to be had
   */
  acquireLease(
    id: string,
    options: { holder: string; ttlMs: number },
    trx?: Knex.Transaction,
  ): Promise<Lease | undefined>;
  /** @returns false when the lease has been lost */
  renewLease(
    id: string,
    lease: Lease,
    options: { ttlMs: number },
  ): Promise<boolean>;
  /** Gives a project free; does nothing when the lease has been lost. */
  releaseLease(id: string, lease: Lease): Promise<void>;
  /**
   * Guards a transaction of a run: no other run can begin before it is committed.
   *
   * @throws ConflictError when somebody else has taken the project over
   */
  fenced(trx: Knex, id: string, lease: Lease): Promise<void>;

  /** Projects whose run ended without giving its lease back: the holder died. */
  findInterrupted(): Promise<Project[]>;
  /** Projects whose deletion ended without giving its lease back. */
  findInterruptedDeletions(): Promise<Project[]>;
  /** Takes the row away, and with it all rows that belong to the project. */
  delete(trx: Knex, id: string): Promise<void>;
  /** Initializing projects that nobody holds and nothing changed for so long. */
  findStuck(options: { olderThanMs: number }): Promise<Project[]>;
}

export class DatabaseProjectStore implements ProjectStore {
  static create(options: { knex: Knex }): DatabaseProjectStore {
    return new DatabaseProjectStore(options.knex);
  }

  private constructor(private readonly knex: Knex) {}

  async insert(
    trx: Knex,
    project: NewEntityOf<typeof table>,
  ): Promise<Project> {
    try {
      const [row] = await trx(table.name)
        .insert(table.insertion(project))
        .returning('*');
      return table.fromRow(row);
    } catch (error) {
      if (isDatabaseConflictError(error)) {
        throw new ConflictError(
          `The project name '${project.slug}' or the entity ${project.entityRef} belongs to another project: choose another name`,
        );
      }
      throw error;
    }
  }

  async get(id: string, trx: Knex = this.knex) {
    return this.first(trx, { id });
  }

  async lock(trx: Knex, id: string) {
    const query = trx(table.name).where({ id });
    const row = await (isSqlite(trx) ? query : query.forUpdate()).first();
    return row && table.fromRow(row);
  }

  async getBySlug(slug: string, trx: Knex = this.knex) {
    return this.first(trx, { slug });
  }

  async getByEntityRef(entityRef: string, trx: Knex = this.knex) {
    return this.first(trx, { entity_ref: entityRef });
  }

  async getBySlugs(slugs: readonly string[]) {
    const rows = await this.knex(table.name).whereIn('slug', slugs);
    const bySlug = new Map<string, Project>();
    for (const row of rows) {
      const project = table.fromRow(row);
      bySlug.set(project.slug, project);
    }
    return slugs.map(slug => bySlug.get(slug));
  }

  async list(query: { status: ProjectStatus; limit: number; cursor?: string }) {
    const { status, limit, cursor } = query;
    const builder = this.knex(table.name)
      .where({ status })
      .orderBy('slug')
      .limit(limit + 1);
    if (cursor) {
      const [slug] = decodeCursor(cursor, 1);
      builder.where('slug', '>', slug);
    }
    return toPage(
      await builder,
      limit,
      row => [row.slug],
      row => table.fromRow(row),
    );
  }

  async update(trx: Knex, id: string, changes: ChangesOf<typeof table>) {
    const [row] = await trx(table.name)
      .where({ id })
      .update(table.update(changes))
      .returning('*');
    if (!row) {
      throw new NotFoundError(`There is no project ${id}`);
    }
    return table.fromRow(row);
  }

  async setStatus(trx: Knex, id: string, status: ProjectStatus) {
    await trx(table.name)
      .where({ id })
      .whereNot({ status })
      .update(table.update({ status, statusSince: now() }));
  }

  async bumpVersion(trx: Knex, id: string): Promise<number> {
    await trx(table.name)
      .where({ id })
      .update({ ...table.update({}), version: this.knex.raw('version + 1') });
    const version = (await readShownVersions(trx, [id])).get(id);
    if (version === undefined) {
      throw new NotFoundError(`There is no project ${id}`);
    }
    return version;
  }

  async eraseWishedToken(trx: Knex, id: string): Promise<void> {
    const wishes = (await this.get(id, trx))?.wishes;
    const credential = wishes?.credential;
    if (wishes && credential?.kind === 'token' && credential.sealedToken) {
      await this.update(trx, id, {
        wishes: {
          ...wishes,
          credential: { ...credential, sealedToken: undefined },
        },
      });
    }
    if (wishes && credential?.kind === 'app' && credential.sealedPrivateKey) {
      await this.update(trx, id, {
        wishes: {
          ...wishes,
          credential: { ...credential, sealedPrivateKey: undefined },
        },
      });
    }
  }

  async eraseSecrets(trx: Knex, id: string): Promise<void> {
    await this.eraseWishedToken(trx, id);
    await trx(table.name)
      .where({ id })
      .update(table.update({ initializationHostToken: undefined }));
  }

  async acquireLease(
    id: string,
    options: { holder: string; ttlMs: number },
    outer?: Knex.Transaction,
  ): Promise<Lease | undefined> {
    const acquire = async (trx: Knex.Transaction) => {
      const [row] = await trx(table.name)
        .where({ id })
        .where(free =>
          free
            .whereNull('lease_until')
            .orWhere('lease_until', '<=', databaseTime(trx)),
        )
        .update({
          lease_holder: options.holder,
          lease_until: databaseTime(trx, options.ttlMs),
          lease_fence: trx.raw('lease_fence + 1'),
        })
        .returning('lease_fence');
      return row && { fence: Number(row.lease_fence) };
    };
    return outer ? acquire(outer) : withTransaction(this.knex, acquire);
  }

  async renewLease(id: string, lease: Lease, options: { ttlMs: number }) {
    return withTransaction(this.knex, async trx => {
      const changed = await trx(table.name)
        .where({ id, lease_fence: lease.fence })
        .whereNotNull('lease_holder')
        .update({ lease_until: databaseTime(trx, options.ttlMs) });
      return changed > 0;
    });
  }

  async releaseLease(id: string, lease: Lease): Promise<void> {
    await withTransaction(this.knex, async trx => {
      await trx(table.name)
        .where({ id, lease_fence: lease.fence })
        .update({ lease_holder: null, lease_until: null });
    });
  }

  async fenced(trx: Knex, id: string, lease: Lease): Promise<void> {
    const project = await this.lock(trx, id);
    if (project?.leaseFence !== lease.fence) {
      throw new ConflictError(
        `The set-up of project ${id} has been taken over by another run: follow that one`,
      );
    }
  }

  async findInterrupted(): Promise<Project[]> {
    const rows = await this.knex(table.name)
      .where({ status: 'initializing' })
      .whereNotNull('lease_holder')
      .where('lease_until', '<=', databaseTime(this.knex))
      .orderBy('lease_until');
    return rows.map(row => table.fromRow(row));
  }

  async findInterruptedDeletions(): Promise<Project[]> {
    const rows = await this.knex(table.name)
      .whereNotNull('deletion_requested_at')
      .whereNotNull('lease_holder')
      .where('lease_until', '<=', databaseTime(this.knex))
      .orderBy('lease_until');
    return rows.map(row => table.fromRow(row));
  }

  async delete(trx: Knex, id: string): Promise<void> {
    await trx(table.name).where({ id }).delete();
  }

  async findStuck(options: { olderThanMs: number }): Promise<Project[]> {
    const rows = await this.knex(table.name)
      .where({ status: 'initializing' })
      .where('updated_at', '<=', databaseTime(this.knex, -options.olderThanMs))
      .where(free =>
        free
          .whereNull('lease_until')
          .orWhere('lease_until', '<=', databaseTime(this.knex)),
      )
      .orderBy('updated_at');
    return rows.map(row => table.fromRow(row));
  }

  private async first(
    trx: Knex,
    where: Record<string, string>,
  ): Promise<Project | undefined> {
    const row = await trx(table.name).where(where).first();
    return row && table.fromRow(row);
  }
}
