import {
  Operation,
  applyPatch as applyJsonPatch,
  validate,
} from 'fast-json-patch';
import { StatusError } from '../StatusError';
import { MergeSchema, fieldSchema } from '../apply/MergeSchema';
import { JsonObject, isJsonObject, jsonEqual, mergePatch } from '../json';
import { badRequest } from '../statusErrors';

/** Media types of patches that are computed from the present object; server-side apply is not one of them. */
export const patchTypes = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

/** The object after the patch. Throws 400 for a patch that is none, 422 for one that does not fit the object. */
export function patchObject(
  mediaType: string,
  current: JsonObject,
  patch: unknown,
  schema: MergeSchema,
): unknown {
  switch (mediaType) {
    case patchTypes.json:
      return jsonPatch(current, patch);
    case patchTypes.strategic:
      return strategicMerge(current, requireObject(patch), schema);
    default:
      return mergePatch(current, requireObject(patch));
  }
}

function requireObject(patch: unknown): JsonObject {
  if (!isJsonObject(patch)) {
    throw badRequest(
      'error decoding patch: json: cannot unmarshal value into Go value of type map[string]interface {}',
    );
  }
  return patch;
}

function jsonPatch(current: JsonObject, patch: unknown): unknown {
  if (!Array.isArray(patch)) {
    throw badRequest(
      'error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch',
    );
  }
  const target = structuredClone(current);
  const operations = structuredClone(patch) as Operation[];
  const problem = validate(operations, target);
  if (problem) {
    throw cannotProcess();
  }
  try {
    return applyJsonPatch(target, operations).newDocument;
  } catch {
    // A failed `test` operation; everything else was found by the validation above.
    throw cannotProcess();
  }
}

function cannotProcess(): StatusError {
  return new StatusError(
    422,
    'Invalid',
    'the server rejected our request due to an error in our request',
    {},
  );
}

/**
 * Strategic merge patch: like a merge patch, but lists that are known by keys are merged item by item. The keys are those of
 * server-side apply; where a strategic merge knows fewer of them (ports), the first one decides.
 */
function strategicMerge(
  current: unknown,
  patch: JsonObject,
  schema: MergeSchema,
): unknown {
  if (patch.$patch === 'delete') {
    return undefined;
  }
  const { $patch: directive, ...fields } = patch;
  const result: JsonObject =
    isJsonObject(current) && directive !== 'replace' ? { ...current } : {};
  for (const [field, value] of Object.entries(fields)) {
    if (field.startsWith('$deleteFromPrimitiveList/')) {
      const name = field.slice(field.indexOf('/') + 1);
      const gone = Array.isArray(value) ? value : [];
      const list = result[name];
      if (Array.isArray(list)) {
        result[name] = list.filter(
          item => !gone.some(entry => jsonEqual(entry, item)),
        );
      }
    } else if (!field.startsWith('$')) {
      const merged = mergeField(
        result[field],
        value,
        fieldSchema(schema, field),
      );
      if (merged === undefined) {
        delete result[field];
      } else {
        result[field] = merged;
      }
    }
  }
  return result;
}

function mergeField(
  current: unknown,
  value: unknown,
  schema: MergeSchema,
): unknown {
  if (value === null) {
    return undefined;
  }
  if (isJsonObject(value)) {
    return strategicMerge(current, value, schema);
  }
  if (!Array.isArray(value) || !schema.list) {
    return value;
  }
  const existing = Array.isArray(current) ? current : [];
  if (schema.list.type === 'set') {
    return [
      ...existing,
      ...value.filter(item => !existing.some(entry => jsonEqual(entry, item))),
    ];
  }
  return mergeItems(existing, value, schema.list.keys[0], schema.list.items);
}

function mergeItems(
  existing: unknown[],
  patches: unknown[],
  key: string,
  schema: MergeSchema,
): unknown[] {
  const replaces = patches.some(
    item => isJsonObject(item) && item.$patch === 'replace' && !(key in item),
  );
  const result: unknown[] = replaces ? [] : [...existing];
  for (const item of patches) {
    if (isJsonObject(item) && key in item) {
      const index = result.findIndex(
        entry => isJsonObject(entry) && entry[key] === item[key],
      );
      const merged = strategicMerge(
        index < 0 ? undefined : result[index],
        item,
        schema,
      );
      if (index < 0 && merged !== undefined) {
        result.push(merged);
      } else if (index >= 0) {
        result.splice(index, 1, ...(merged === undefined ? [] : [merged]));
      }
    }
  }
  return result;
}
