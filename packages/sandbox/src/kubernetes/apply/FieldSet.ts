import { JsonObject, isJsonObject, jsonEqual } from '../json';
import { MergeSchema, fieldSchema } from './MergeSchema';

/**
 * A set of field paths as `fieldsV1` writes it: steps are `f:field`, `k:{"key":"value"}` (item of a list known by keys) or
 * `v:value` (item of a set); a node is a member of the set itself when `self` is true.
 */
export class FieldSet {
  self = false;
  readonly children = new Map<string, FieldSet>();

  /** Reads `fieldsV1`. */
  static parse(fields: unknown): FieldSet {
    const set = new FieldSet();
    if (isJsonObject(fields)) {
      for (const [step, rest] of Object.entries(fields)) {
        if (step === '.') {
          set.self = true;
        } else {
          const child = FieldSet.parse(rest);
          if (child.children.size === 0) {
            child.self = true;
          }
          set.children.set(step, child);
        }
      }
    }
    return set;
  }

  /** All fields of a value. */
  static of(value: unknown, schema: MergeSchema): FieldSet {
    const set = new FieldSet();
    set.addValue(value, schema);
    return set;
  }

  get isEmpty(): boolean {
    return !this.self && [...this.children.values()].every(c => c.isEmpty);
  }

  child(step: string): FieldSet {
    let child = this.children.get(step);
    if (!child) {
      child = new FieldSet();
      this.children.set(step, child);
    }
    return child;
  }

  /** Writes `fieldsV1`. */
  toFields(): JsonObject {
    const fields: JsonObject = {};
    if (this.self && this.children.size > 0) {
      fields['.'] = {};
    }
    for (const step of [...this.children.keys()].sort()) {
      const child = this.children.get(step)!;
      if (!child.isEmpty) {
        fields[step] = child.toFields();
      }
    }
    return fields;
  }

  clone(): FieldSet {
    return new FieldSet().union(this);
  }

  /** Adds every member of `other`; returns this set. */
  union(other: FieldSet): this {
    this.self ||= other.self;
    for (const [step, child] of other.children) {
      this.child(step).union(child);
    }
    return this;
  }

  /** Members of both. */
  intersection(other: FieldSet): FieldSet {
    const result = new FieldSet();
    result.self = this.self && other.self;
    for (const [step, child] of this.children) {
      const match = other.children.get(step);
      const common = match && child.intersection(match);
      if (common && !common.isEmpty) {
        result.children.set(step, common);
      }
    }
    return result;
  }

  /** Members of this set that `other` does not have. */
  difference(other: FieldSet): FieldSet {
    const result = new FieldSet();
    result.self = this.self && !other.self;
    for (const [step, child] of this.children) {
      const match = other.children.get(step);
      const rest = match ? child.difference(match) : child.clone();
      if (!rest.isEmpty) {
        result.children.set(step, rest);
      }
    }
    return result;
  }

  /** Takes away members of `other` and everything below them. */
  withoutTrees(other: FieldSet): FieldSet {
    const result = new FieldSet();
    if (other.self) {
      return result;
    }
    result.self = this.self;
    for (const [step, child] of this.children) {
      const match = other.children.get(step);
      const rest = match ? child.withoutTrees(match) : child.clone();
      if (!rest.isEmpty) {
        result.children.set(step, rest);
      }
    }
    return result;
  }

  equals(other: FieldSet): boolean {
    return this.difference(other).isEmpty && other.difference(this).isEmpty;
  }

  /** Members as the API server prints them: `.spec.containers[name="web"].image`. */
  paths(prefix = ''): string[] {
    const result: string[] = [];
    if (this.self) {
      result.push(prefix);
    }
    for (const step of [...this.children.keys()].sort()) {
      result.push(...this.children.get(step)!.paths(prefix + printStep(step)));
    }
    return result;
  }

  private addValue(value: unknown, schema: MergeSchema): void {
    if (isJsonObject(value) && !schema.atomic) {
      const entries = Object.entries(value);
      if (entries.length === 0) {
        this.self = true;
      }
      for (const [field, entry] of entries) {
        this.child(`f:${field}`).addValue(entry, fieldSchema(schema, field));
      }
    } else if (Array.isArray(value) && schema.list) {
      if (value.length === 0) {
        this.self = true;
      }
      for (const item of value) {
        const child = this.child(itemStep(item, schema.list));
        child.self = true;
        if (schema.list.type === 'map') {
          child.addValue(item, schema.list.items);
        }
      }
    } else {
      this.self = true;
    }
  }
}

/** The step that identifies an item of a set or of a list known by keys. */
export function itemStep(
  item: unknown,
  list: NonNullable<MergeSchema['list']>,
): string {
  if (list.type === 'set') {
    return `v:${JSON.stringify(item)}`;
  }
  const keys: JsonObject = {};
  for (const key of [...list.keys].sort()) {
    const value = isJsonObject(item) ? item[key] : undefined;
    keys[key] = value ?? list.keyDefaults?.[key];
  }
  return `k:${JSON.stringify(keys)}`;
}

function printStep(step: string): string {
  const text = step.slice(2);
  switch (step[0]) {
    case 'k': {
      const keys = JSON.parse(text) as JsonObject;
      return `[${Object.entries(keys)
        .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
        .join(',')}]`;
    }
    case 'v':
      return `[=${text}]`;
    default:
      return `.${text}`;
  }
}

/** What differs between two values, as sets of leaf fields. */
export interface Comparison {
  added: FieldSet;
  modified: FieldSet;
  removed: FieldSet;
}

/** Compares two values field by field, in the terms of the schema. */
export function compareValues(
  before: unknown,
  after: unknown,
  schema: MergeSchema,
): Comparison {
  const result: Comparison = {
    added: new FieldSet(),
    modified: new FieldSet(),
    removed: new FieldSet(),
  };
  compareInto(before, after, schema, result);
  return result;
}

function compareInto(
  before: unknown,
  after: unknown,
  schema: MergeSchema,
  into: Comparison,
): void {
  if (before === undefined) {
    if (after !== undefined) {
      into.added.union(FieldSet.of(after, schema));
      into.added.self = true;
    }
    return;
  }
  if (after === undefined) {
    into.removed.union(FieldSet.of(before, schema));
    into.removed.self = true;
    return;
  }
  if (isJsonObject(before) && isJsonObject(after) && !schema.atomic) {
    for (const field of new Set([
      ...Object.keys(before),
      ...Object.keys(after),
    ])) {
      compareInto(
        before[field],
        after[field],
        fieldSchema(schema, field),
        below(into, `f:${field}`),
      );
    }
    return;
  }
  const { list } = schema;
  if (Array.isArray(before) && Array.isArray(after) && list) {
    const old = new Map(before.map(item => [itemStep(item, list), item]));
    const fresh = new Map(after.map(item => [itemStep(item, list), item]));
    const items = list.type === 'map' ? list.items : {};
    for (const step of new Set([...old.keys(), ...fresh.keys()])) {
      compareInto(old.get(step), fresh.get(step), items, below(into, step));
    }
    return;
  }
  if (!jsonEqual(before, after)) {
    into.modified.self = true;
  }
}

function below(comparison: Comparison, step: string): Comparison {
  return {
    added: comparison.added.child(step),
    modified: comparison.modified.child(step),
    removed: comparison.removed.child(step),
  };
}
