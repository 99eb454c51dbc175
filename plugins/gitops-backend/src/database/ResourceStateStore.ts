import type { ResourceType } from '@backstage-gitops/plugin-gitops-common';
import type { Knex } from 'knex';
import type { ChangesOf } from './Table';
import { gitopsResources, projects, type GitopsResource } from './tables';

/** Names a resource within its cluster. */
export interface ResourceKey {
  type: ResourceType;
  namespace: string;
  name: string;
}

/** What is read of a resource to find out which ones need a closer look. */
export interface ResourceHead extends ResourceKey {
  uid?: string;
  /** True once an object of the cluster was written into the row. */
  observed: boolean;
  /** RFC 3339 */
  updatedAt: string;
}

export type ResourceStateChanges = ChangesOf<typeof gitopsResources>;

/** The observed side of `gitops_resources`; the wished side is the set-up's. */
export class ResourceStateStore {
  constructor(private readonly knex: Knex) {}

  /**
   * Rows of one cluster, without their content.
   *
   * @param options.unobservedOnly - Only rows that hold no object yet.
   */
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
      'updated_at',
      this.knex.raw('observed is not null as seen'),
    );
    return rows.map(row => ({
      type: row.type,
      namespace: row.namespace,
      name: row.name,
      ...(row.uid && { uid: row.uid }),
      observed: Boolean(row.seen),
      updatedAt: gitopsResources.columns.updatedAt.read(row.updated_at),
    }));
  }

  /** Reads rows and keeps others from changing them until `trx` ends. */
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
    resource: GitopsResource,
    changes: ResourceStateChanges,
  ): Promise<void> {
    await trx(gitopsResources.name)
      .where({ id: resource.id })
      .update(
        gitopsResources.update({ ...changes, version: resource.version + 1 }),
      );
  }

  /** Gives projects a new version. @returns id and version of each. */
  async bumpProjects(
    trx: Knex.Transaction,
    projectIds: Iterable<string>,
  ): Promise<{ id: string; version: number }[]> {
    const bumped: { id: string; version: number }[] = [];
    for (const id of [...projectIds].sort()) {
      const [row] = await trx(projects.name)
        .where({ id })
        .update({ version: trx.raw('version + 1'), ...projects.update({}) })
        .returning(['id', 'version']);
      if (row) {
        bumped.push({ id: row.id, version: Number(row.version) });
      }
    }
    return bumped;
  }
}
