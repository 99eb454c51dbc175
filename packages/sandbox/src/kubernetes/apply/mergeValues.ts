import { JsonObject, isJsonObject } from '../json';
import { FieldSet, itemStep } from './FieldSet';
import { MergeSchema, fieldSchema } from './MergeSchema';

/** Lays an applied configuration over the live value: maps by key, known lists by item, everything else replaced. */
export function mergeValues(
  live: unknown,
  config: unknown,
  schema: MergeSchema,
): unknown {
  if (config === undefined) {
    return live;
  }
  if (isJsonObject(live) && isJsonObject(config) && !schema.atomic) {
    const result: JsonObject = { ...live };
    for (const [field, value] of Object.entries(config)) {
      result[field] = mergeValues(
        live[field],
        value,
        fieldSchema(schema, field),
      );
    }
    return result;
  }
  const { list } = schema;
  if (Array.isArray(live) && Array.isArray(config) && list) {
    const items = list.type === 'map' ? list.items : {};
    const pending = new Map(config.map(item => [itemStep(item, list), item]));
    const result = live.map(item => {
      const step = itemStep(item, list);
      const wanted = pending.get(step);
      pending.delete(step);
      return wanted === undefined ? item : mergeValues(item, wanted, items);
    });
    return [...result, ...pending.values()];
  }
  return structuredClone(config);
}

/**
 * Takes the members of `gone` out of a value. An item or map goes as a whole when it is a member itself and nothing of it is in
 * `kept`; a map or list that becomes empty this way goes too unless it is kept.
 */
export function removeFields(
  value: unknown,
  gone: FieldSet,
  kept: FieldSet,
  schema: MergeSchema,
): unknown {
  if (isJsonObject(value) && !schema.atomic) {
    const result: JsonObject = {};
    for (const [field, entry] of Object.entries(value)) {
      const rest = removeChild(
        entry,
        `f:${field}`,
        gone,
        kept,
        fieldSchema(schema, field),
      );
      if (rest !== undefined) {
        result[field] = rest;
      }
    }
    return Object.keys(result).length === 0 && Object.keys(value).length > 0
      ? undefined
      : result;
  }
  const { list } = schema;
  if (Array.isArray(value) && list) {
    const items = list.type === 'map' ? list.items : {};
    const result = value
      .map(item => {
        const rest = removeChild(item, itemStep(item, list), gone, kept, items);
        // What identifies an item stays as long as the item does.
        return list.type === 'map' && isJsonObject(rest) && isJsonObject(item)
          ? { ...pick(item, list.keys), ...rest }
          : rest;
      })
      .filter(item => item !== undefined);
    return result.length === 0 && value.length > 0 ? undefined : result;
  }
  return value;
}

function removeChild(
  value: unknown,
  step: string,
  gone: FieldSet,
  kept: FieldSet,
  schema: MergeSchema,
): unknown {
  const below = gone.children.get(step);
  if (!below) {
    return value;
  }
  const keptBelow = kept.children.get(step);
  if (below.self && (!keptBelow || keptBelow.isEmpty)) {
    return undefined;
  }
  return removeFields(value, below, keptBelow ?? new FieldSet(), schema);
}

function pick(object: JsonObject, fields: readonly string[]): JsonObject {
  return Object.fromEntries(
    fields
      .filter(field => field in object)
      .map(field => [field, object[field]]),
  );
}
