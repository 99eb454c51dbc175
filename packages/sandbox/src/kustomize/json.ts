/** A JSON object whose fields are not known beforehand. */
export type JsonObject = { [key: string]: unknown };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The object at a key, made when absent. */
export function childObject(parent: JsonObject, key: string): JsonObject {
  if (!isObject(parent[key])) {
    parent[key] = {};
  }
  return parent[key] as JsonObject;
}

/**
 * All values at a path; lists on the way are walked through.
 *
 * @returns for each place the object that holds the last field
 */
export function holdersAt(
  value: unknown,
  path: readonly string[],
  create = false,
): JsonObject[] {
  if (Array.isArray(value)) {
    return value.flatMap(item => holdersAt(item, path, create));
  }
  if (!isObject(value)) {
    return [];
  }
  if (path.length === 1) {
    return [value];
  }
  const [key, ...rest] = path;
  if (create && value[key] === undefined) {
    value[key] = {};
  }
  return holdersAt(value[key], rest, create);
}
