import type {
  ResourceStatus,
  ResourceType,
} from '@backstage-gitops/plugin-gitops-common';
import type { Knex } from 'knex';
import { readShownVersions } from './shownVersion';
import { gitopsResources, projects, type GitopsResource } from './tables';
import { updateMany } from './updateMany';

/** Names a resource within its cluster. */
export interface ResourceKey {
  type: ResourceType;
  namespace: string;
  name: string;
}

/** What is read of a resource to find out which ones need a closer look. */
export interface ResourceHead extends ResourceKey {
  uid?: string;
  status: ResourceStatus;
  /** True once an object of the cluster was written into the row. */
  observed: boolean;
  /** RFC 3339 */
  updatedAt: string;
}

/** The observed side of `gitops_resources`; the wished side is the set-up's. */
export interface ResourceStateStore {
  /**
   * Rows of one cluster, without their content.
   *
   * @param options - `unobservedOnly`: only rows that hold no object yet.
   */
  heads(
    cluster: string,
    options?: { type?: ResourceType; unobservedOnly?: boolean },
  ): Promise<ResourceHead[]>;
  /** Reads rows and keeps others from changing them until `trx` ends. */
  lock(
    trx: Knex.Transaction,
    cluster: string,
    keys: readonly ResourceKey[],
  ): Promise<GitopsResource[]>;
  /** Changes many rows in one statement; what is not given stays. */
  update(
    trx: Knex.Transaction,
    updates: readonly ResourceStateUpdate[],
  ): Promise<void>;
  /** Notes in one statement that projects have changed beside their resources. */
  bumpProjects(trx: Knex.Transaction, ids: readonly string[]): Promise<void>;
  /** Versions of projects as pages see them now. */
  projectVersions(ids: readonly string[]): Promise<Map<string, number>>;
}

/** What is to be changed in a row that was locked. */
export interface ResourceStateUpdate {
  resource: GitopsResource;
  changes: ResourceStateChanges;
}

/** The columns that the status engine writes. */
const OBSERVED = [
  'uid',
  'generation',
  'suspended',
  'status',
  'statusReason',
  'statusMessage',
  'statusSince',
  'lastStatusUpdateAt',
  'readySince',
  'recheckAt',
  'lastAppliedRevision',
  'lastAppliedAt',
  'lastAttemptedRevision',
  'lastAttemptedAt',
  'errorMessage',
  'observed',
  'attributes',
  'diagnosis',
] as const satisfies readonly (keyof GitopsResource)[];

export type ResourceStateChanges = Partial<
  Pick<GitopsResource, (typeof OBSERVED)[number]>
>;

export class DatabaseResourceStateStore implements ResourceStateStore {
  static create(options: { knex: Knex }): DatabaseResourceStateStore {
    return new DatabaseResourceStateStore(options.knex);
  }

  private constructor(private readonly knex: Knex) {}

  async heads(
    cluster: string,
    options: { type?: ResourceType; unobservedOnly?: boolean } = {},
  ): Promise<ResourceHead[]> {
    const query = this.knex(gitopsResources.name).where({ cluster });
    if (options.type) {
      query.andWhere({ type: options.type });
    }
    if (options.unobservedOnly) {
      query.whereNull('observed');
    }
    const rows = await query.select(
      'type',
      'namespace',
      'name',
      'uid',
      'status',
      'updated_at',
      this.knex.raw('observed is not null as seen'),
    );
    return rows.map(row => ({
      type: row.type,
      namespace: row.namespace,
      name: row.name,
      ...(row.uid && { uid: row.uid }),
      status: row.status,
      observed: Boolean(row.seen),
      updatedAt: gitopsResources.columns.updatedAt.read(row.updated_at),
    }));
  }

  async lock(
    trx: Knex.Transaction,
    cluster: string,
    keys: readonly ResourceKey[],
  ): Promise<GitopsResource[]> {
    const rows = await trx(gitopsResources.name)
      .where({ cluster })
      .whereIn(
        ['type', 'namespace', 'name'],
        keys.map(({ type, namespace, name }) => [type, namespace, name]),
      )
      // Always in the same order, so that two writers wait instead of blocking
      // each other.
      .orderBy('id')
      .forUpdate();
    return rows.map(row => gitopsResources.fromRow(row));
  }

  async update(
    trx: Knex.Transaction,
    updates: readonly ResourceStateUpdate[],
  ): Promise<void> {
    await updateMany(
      trx,
      gitopsResources.name,
      updates.map(({ resource, changes }) => ({
        id: resource.id,
        ...gitopsResources.update({
          ...Object.fromEntries(OBSERVED.map(key => [key, resource[key]])),
          ...changes,
          version: resource.version + 1,
        }),
      })),
    );
  }

  async bumpProjects(trx: Knex.Transaction, ids: readonly string[]) {
    if (ids.length === 0) {
      return;
    }
    await trx(projects.name)
      .whereIn(
        'id',
        // In one order, so that two writers wait instead of blocking each other.
        trx(projects.name)
          .whereIn('id', ids)
          .orderBy('id')
          .forUpdate()
          .select('id'),
      )
      .update({ ...projects.update({}), version: trx.raw('version + 1') });
  }

  async projectVersions(ids: readonly string[]) {
    return ids.length === 0
      ? new Map<string, number>()
      : readShownVersions(this.knex, ids);
  }
}
