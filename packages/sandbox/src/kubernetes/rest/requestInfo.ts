/** A request for a resource, taken from its path. */
export interface ResourcePath {
  type: 'resource';
  group: string;
  version: string;
  resource: string;
  namespace?: string;
  name?: string;
  subresource?: string;
}

/** What a path asks for. */
export type RequestPath =
  | ResourcePath
  | { type: 'discovery'; level: 'core' | 'groups' }
  | { type: 'discovery'; level: 'group'; group: string }
  | { type: 'discovery'; level: 'version'; group: string; version: string }
  | { type: 'other' };

/**
 * Takes a path apart the way the API server does: `/api/v1/...` for the core group, `/apis/<group>/<version>/...` for the others,
 * with `namespaces/<ns>/` in front of namespaced resources.
 */
export function parsePath(pathname: string): RequestPath {
  let parts: string[];
  try {
    parts = pathname
      .replace(/^\/+|\/+$/g, '')
      .split('/')
      .map(decodeURIComponent);
  } catch {
    return { type: 'other' };
  }
  const [root, ...rest] = parts;
  if (root === 'api') {
    if (rest.length === 0) {
      return { type: 'discovery', level: 'core' };
    }
    return parseVersioned('', rest[0], rest.slice(1));
  }
  if (root === 'apis') {
    const [group, version, ...tail] = rest;
    if (group === undefined) {
      return { type: 'discovery', level: 'groups' };
    }
    if (version === undefined) {
      return { type: 'discovery', level: 'group', group };
    }
    return parseVersioned(group, version, tail);
  }
  return { type: 'other' };
}

function parseVersioned(
  group: string,
  version: string,
  tail: string[],
): RequestPath {
  if (tail.length === 0) {
    return { type: 'discovery', level: 'version', group, version };
  }
  const base = { type: 'resource' as const, group, version };
  if (tail[0] === 'namespaces' && tail.length > 1) {
    const [, namespace, third, name, subresource, ...surplus] = tail;
    // `/namespaces/x` and its subresources are the namespace itself; anything else is inside of it.
    if (third === undefined || third === 'status' || third === 'finalize') {
      return {
        ...base,
        resource: 'namespaces',
        name: namespace,
        subresource: third,
      };
    }
    return surplus.length > 0
      ? { type: 'other' }
      : { ...base, resource: third, namespace, name, subresource };
  }
  const [resource, name, subresource, ...surplus] = tail;
  return surplus.length > 0
    ? { type: 'other' }
    : { ...base, resource, name, subresource };
}
