import { isObject, JsonObject } from './json';

/** Fields by which the elements of a list are the same, in the built-in kinds. */
const MERGE_KEYS: Record<string, string> = {
  containers: 'name',
  initContainers: 'name',
  ephemeralContainers: 'name',
  env: 'name',
  volumes: 'name',
  volumeMounts: 'mountPath',
  volumeDevices: 'devicePath',
  imagePullSecrets: 'name',
  hostAliases: 'ip',
  topologySpreadConstraints: 'topologyKey',
  conditions: 'type',
  ownerReferences: 'uid',
  secrets: 'name',
};

/** Kinds of other groups have no merge keys: their lists are replaced. */
export function isBuiltInGroup(apiVersion: unknown): boolean {
  const group = String(apiVersion ?? '').split('/')[0];
  return (
    ['v1', 'apps', 'batch', 'autoscaling', 'policy', 'extensions'].includes(
      group,
    ) || group.endsWith('.k8s.io')
  );
}

function mergeKeyOf(field: string, items: unknown[]): string | undefined {
  if (field === 'ports') {
    const isContainers = items.some(
      item => isObject(item) && item.containerPort !== undefined,
    );
    return isContainers ? 'containerPort' : 'port';
  }
  return MERGE_KEYS[field];
}

const isDirective = (key: string) =>
  key.startsWith('$setElementOrder/') ||
  key === '$retainKeys' ||
  key === '$patch';

/** A patch's own value, freed of directives and of fields it wants removed. */
function clean(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value
      .filter(item => !(isObject(item) && item.$patch === 'delete'))
      .map(clean);
  }
  if (!isObject(value)) {
    return value;
  }
  return Object.fromEntries(
    Object.entries(value)
      .filter(
        ([key, field]) =>
          field !== null &&
          !isDirective(key) &&
          !key.startsWith('$deleteFromPrimitiveList/'),
      )
      .map(([key, field]) => [key, clean(field)]),
  );
}

function mergeList(
  field: string,
  target: unknown[],
  patch: unknown[],
  builtIn: boolean,
): unknown[] {
  const key = builtIn ? mergeKeyOf(field, [...target, ...patch]) : undefined;
  const replaces = patch.some(
    item => isObject(item) && item.$patch === 'replace',
  );
  if (replaces) {
    return patch
      .filter(item => !(isObject(item) && item.$patch === 'replace'))
      .map(clean);
  }
  if (builtIn && field === 'finalizers') {
    return [...new Set([...target, ...patch])];
  }
  if (!key) {
    return patch.map(clean);
  }
  // kustomize puts what the patch names first, in the patch's order, then the rest.
  const rest = [...target];
  const named: unknown[] = [];
  for (const item of patch) {
    const index = isObject(item)
      ? rest.findIndex(other => isObject(other) && other[key] === item[key])
      : -1;
    const [present] = index < 0 ? [] : rest.splice(index, 1);
    if (isObject(item) && item.$patch === 'delete') {
      continue;
    }
    named.push(
      isObject(present) && isObject(item)
        ? strategicMerge(present, item, builtIn)
        : clean(item),
    );
  }
  return [...named, ...rest];
}

/**
 * Strategic merge patch: objects merge, null removes, lists of built-in kinds
 * merge by key where they have one, `$patch` and `$deleteFromPrimitiveList` are obeyed.
 *
 * @param builtIn - whether the kind is one of Kubernetes' own
 */
export function strategicMerge(
  target: JsonObject,
  patch: JsonObject,
  builtIn: boolean,
): JsonObject {
  if (patch.$patch === 'replace') {
    return clean(patch) as JsonObject;
  }
  const result: JsonObject = { ...target };
  for (const [key, value] of Object.entries(patch)) {
    if (isDirective(key)) {
      continue;
    }
    if (key.startsWith('$deleteFromPrimitiveList/')) {
      const field = key.slice('$deleteFromPrimitiveList/'.length);
      const present = result[field];
      if (Array.isArray(present) && Array.isArray(value)) {
        result[field] = present.filter(item => !value.includes(item));
      }
      continue;
    }
    const present = result[key];
    if (value === null || (isObject(value) && value.$patch === 'delete')) {
      delete result[key];
    } else if (Array.isArray(value)) {
      result[key] = Array.isArray(present)
        ? mergeList(key, present, value, builtIn)
        : clean(value);
    } else if (isObject(value)) {
      result[key] = isObject(present)
        ? strategicMerge(present, value, builtIn)
        : clean(value);
    } else {
      result[key] = value;
    }
  }
  return result;
}
