/** A JSON object of unknown shape. */
export type JsonObject = Record<string, unknown>;

/** True for a JSON object: no array, no null. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Equality of JSON values; the order of keys does not count. */
export function jsonEqual(left: unknown, right: unknown): boolean {
  if (left === right) {
    return true;
  }
  if (Array.isArray(left)) {
    return (
      Array.isArray(right) &&
      left.length === right.length &&
      left.every((entry, index) => jsonEqual(entry, right[index]))
    );
  }
  if (!isJsonObject(left) || !isJsonObject(right)) {
    return false;
  }
  const keys = Object.keys(left).filter(key => left[key] !== undefined);
  const others = Object.keys(right).filter(key => right[key] !== undefined);
  return (
    keys.length === others.length &&
    keys.every(key => key in right && jsonEqual(left[key], right[key]))
  );
}

/** Freezes a JSON value all the way down and returns it. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const child of Object.values(value)) {
      deepFreeze(child);
    }
  }
  return value;
}

/** The object found by following `path`, undefined when something else is there. */
export function objectAt(
  value: unknown,
  ...path: string[]
): JsonObject | undefined {
  let current: unknown = value;
  for (const step of path) {
    current = isJsonObject(current) ? current[step] : undefined;
  }
  return isJsonObject(current) ? current : undefined;
}

/** The array found by following `path`, empty when something else is there. */
export function arrayAt(value: unknown, ...path: string[]): unknown[] {
  const last = path[path.length - 1];
  const found = objectAt(value, ...path.slice(0, -1))?.[last];
  return Array.isArray(found) ? found : [];
}

/** JSON merge patch, RFC 7396. */
export function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) {
    return structuredClone(patch);
  }
  const result: JsonObject = isJsonObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) {
      delete result[key];
    } else {
      result[key] = mergePatch(result[key], value);
    }
  }
  return result;
}
