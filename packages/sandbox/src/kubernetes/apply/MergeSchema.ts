/**
 * What server-side apply must know about a value's type: whether a map is merged key by key or replaced as one, and whether a list
 * is replaced as one, a set of scalars, or a list of items known by keys. Fields that are not listed are merged as maps, and
 * replaced as lists.
 */
export interface MergeSchema {
  /** The whole value belongs to one owner. */
  atomic?: boolean;
  fields?: Readonly<Record<string, MergeSchema>>;
  /** Schema of every value of a map with free keys. */
  values?: MergeSchema;
  list?: ListSchema;
}

/** Topology of a list; absent means atomic. */
export type ListSchema =
  | { type: 'set' }
  | {
      type: 'map';
      keys: readonly string[];
      /** Values of keys that may be left out. */
      keyDefaults?: Readonly<Record<string, unknown>>;
      items: MergeSchema;
    };

/** For values about which nothing is declared. */
export const plain: MergeSchema = {};

/** Schema of a field of a map. */
export function fieldSchema(schema: MergeSchema, field: string): MergeSchema {
  return schema.fields?.[field] ?? schema.values ?? plain;
}
