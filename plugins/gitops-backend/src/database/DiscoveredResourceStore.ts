import type { Knex } from 'knex';
import { randomUUID } from 'node:crypto';
import {
  discoveredResources as table,
  type DiscoveredResource,
} from './tables';
import { updateMany } from './updateMany';

/** Names a Flux object within its cluster, by its kind. */
export interface DiscoveredKey {
  kind: string;
  namespace: string;
  name: string;
}

/** What is written of a discovered object; its key and what points to it stay. */
export type DiscoveredChanges = Partial<
  Pick<DiscoveredResource, (typeof OBSERVED)[number]>
>;

const OBSERVED = [
  'kubernetesId',
  'status',
  'statusReason',
  'statusMessage',
  'statusSince',
  'lastStatusUpdateAt',
  'revision',
  'observed',
  'attributes',
  'diagnosis',
] as const satisfies readonly (keyof DiscoveredResource)[];

/** Flux objects that the portal did not create and that entities point to. */
export interface DiscoveredResourceStore {
  /**
   * What an entity shows: the objects its annotation names, and those whose
   * label has the same value as its own annotation `backstage.io/kubernetes-id`.
   * Sorted by cluster, namespace, kind and name; at most 100.
   */
  listFor(entity: {
    references: readonly (DiscoveredKey & { cluster: string })[];
    kubernetesId?: string;
  }): Promise<DiscoveredResource[]>;
  /**
   * Brings the rows of annotated objects to those that entities name now.
   *
   * @returns true when something has changed.
   */
  setAnnotated(
    references: readonly (DiscoveredKey & { cluster: string })[],
  ): Promise<boolean>;
  /** Keys of one cluster's rows; `unobservedOnly`: those that hold no object yet. */
  keys(
    cluster: string,
    options?: { kind?: string; unobservedOnly?: boolean },
  ): Promise<DiscoveredKey[]>;
  /** Reads rows and keeps others from changing them until `trx` ends. */
  lock(
    trx: Knex.Transaction,
    cluster: string,
    keys: readonly DiscoveredKey[],
  ): Promise<DiscoveredResource[]>;
  insert(
    trx: Knex.Transaction,
    cluster: string,
    rows: readonly (DiscoveredKey & DiscoveredChanges)[],
  ): Promise<void>;
  update(
    trx: Knex.Transaction,
    updates: readonly {
      resource: DiscoveredResource;
      changes: DiscoveredChanges;
    }[],
  ): Promise<void>;
  delete(trx: Knex.Transaction, ids: readonly string[]): Promise<void>;
}

const KEY = ['cluster', 'namespace', 'kind', 'name'] as const;
const MOST = 100;

export class DatabaseDiscoveredResourceStore
  implements DiscoveredResourceStore
{
  static create(options: { knex: Knex }): DatabaseDiscoveredResourceStore {
    return new DatabaseDiscoveredResourceStore(options.knex);
  }

  private constructor(private readonly knex: Knex) {}

  async listFor(entity: {
    references: readonly (DiscoveredKey & { cluster: string })[];
    kubernetesId?: string;
  }) {
    const { references, kubernetesId } = entity;
    const rows = await this.knex(table.name)
      .where(query => {
        query.whereIn([...KEY], references.map(valuesOf));
        if (kubernetesId) {
          query.orWhere({ kubernetes_id: kubernetesId });
        }
      })
      .orderBy([...KEY])
      .limit(MOST);
    return rows.map(row => table.fromRow(row));
  }

  async setAnnotated(
    references: readonly (DiscoveredKey & { cluster: string })[],
  ) {
    return this.knex.transaction(async trx => {
      const rows = await trx(table.name)
        .where({ annotated: true })
        .select('id', 'kubernetes_id', ...KEY);
      const wanted = new Map(references.map(item => [keyOf(item), item]));
      const gone = rows.filter(row => !wanted.delete(keyOf(row)));
      const added = [...wanted.values()];
      for (const reference of added) {
        await trx(table.name)
          .insert(
            table.insertion({
              ...reference,
              id: randomUUID(),
              annotated: true,
              status: 'pending',
              version: 0,
            }),
          )
          .onConflict([...KEY])
          .merge(table.update({ annotated: true }));
      }
      const labelled = gone.filter(row => row.kubernetes_id !== null);
      await trx(table.name)
        .whereIn(
          'id',
          labelled.map(row => row.id),
        )
        .update(table.update({ annotated: false }));
      await this.delete(
        trx,
        gone.filter(row => row.kubernetes_id === null).map(row => row.id),
      );
      return added.length + gone.length > 0;
    });
  }

  async keys(
    cluster: string,
    options: { kind?: string; unobservedOnly?: boolean } = {},
  ) {
    const query = this.knex(table.name).where({ cluster });
    if (options.kind) {
      query.andWhere({ kind: options.kind });
    }
    if (options.unobservedOnly) {
      query.whereNull('observed');
    }
    return query.select<DiscoveredKey[]>('kind', 'namespace', 'name');
  }

  async lock(
    trx: Knex.Transaction,
    cluster: string,
    keys: readonly DiscoveredKey[],
  ) {
    if (keys.length === 0) {
      return [];
    }
    const rows = await trx(table.name)
      .whereIn(
        [...KEY],
        keys.map(key => valuesOf({ cluster, ...key })),
      )
      .orderBy('id')
      .forUpdate();
    return rows.map(row => table.fromRow(row));
  }

  async insert(
    trx: Knex.Transaction,
    cluster: string,
    rows: readonly (DiscoveredKey & DiscoveredChanges)[],
  ) {
    if (rows.length > 0) {
      await trx(table.name)
        .insert(
          rows.map(row =>
            table.insertion({
              status: 'pending',
              ...row,
              id: randomUUID(),
              cluster,
              annotated: false,
              version: 1,
            }),
          ),
        )
        // An entity may have named it in the meantime; it is written next time.
        .onConflict([...KEY])
        .ignore();
    }
  }

  async update(
    trx: Knex.Transaction,
    updates: readonly {
      resource: DiscoveredResource;
      changes: DiscoveredChanges;
    }[],
  ) {
    await updateMany(
      trx,
      table.name,
      updates.map(({ resource, changes }) => ({
        id: resource.id,
        ...table.update({
          ...Object.fromEntries(OBSERVED.map(key => [key, resource[key]])),
          ...changes,
          version: resource.version + 1,
        }),
      })),
    );
  }

  async delete(trx: Knex.Transaction, ids: readonly string[]) {
    if (ids.length > 0) {
      await trx(table.name).whereIn('id', ids).delete();
    }
  }
}

function valuesOf(key: DiscoveredKey & { cluster: string }): string[] {
  return KEY.map(column => key[column]);
}

function keyOf(key: DiscoveredKey & { cluster: string }): string {
  return valuesOf(key).join('/');
}
