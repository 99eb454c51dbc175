import type { FluxReference } from '../types';
import { phrase } from '../../words/english';
import type { Wording } from '../../words/wording';

/** A workload that a health check waited for. @internal */
export interface CheckedWorkload extends FluxReference {
  kind: string;
  /** kstatus word: `InProgress`, `Failed`, `NotFound`, ... */
  status: string;
}

/** Reads the `Kind/namespace/name status: '...'` list of a health check message. @internal */
export function checkedWorkloads(message: string): CheckedWorkload[] {
  const found: CheckedWorkload[] = [];
  for (const [, kind, path, status] of message.matchAll(
    /([A-Z]\w*)\/(\S+) status: '(\w+)'/g,
  )) {
    found.push({ kind, ...splitPath(path), status });
  }
  return found;
}

/** The manifest that a message speaks about: `Kind/namespace/name dry-run failed`. @internal */
export function manifestObject(message: string): FluxReference | undefined {
  const found =
    /([A-Z]\w*)\/(\S+?) (?:dry-run|apply|create|delete|namespace not specified|is SOPS)/.exec(
      message,
    );
  return found ? { kind: found[1], ...splitPath(found[2]) } : undefined;
}

/** What the API server refused, and to whom. @internal */
export interface RefusedAccess {
  user: string;
  verb: string;
  resource: string;
  /** Empty for the core group. */
  group: string;
  /** Absent at the cluster scope. */
  namespace?: string;
}

/** Reads the refusal that RBAC words the same for every request. @internal */
export function refusedAccess(message: string): RefusedAccess | undefined {
  const found =
    /User "([^"]+)" cannot (\w+) resource "([^"]+)" in API group "([^"]*)"(?: in the namespace "([^"]+)")?/.exec(
      message,
    );
  if (!found) {
    return undefined;
  }
  const [, user, verb, resource, group, namespace] = found;
  return { user, verb, resource, group, namespace };
}

/**
 * Reads which file a build did not find. The first one that a message tells of is
 * it: what follows says how else it was looked for.
 *
 * @returns `name` as the kustomization.yaml has it, `path` from the root of the
 * repository; each absent where the message does not tell it.
 * @internal
 */
export function missingFile(message: string): { name?: string; path?: string } {
  // The controller unpacks what the source has into a directory of its own.
  const path =
    /(?:open|lstat|stat) (?:\/[^/:']+)*?\/kustomization-\d+\/([^:']+): no such file/.exec(
      message,
    )?.[1];
  // Of a base within a base, only the innermost name is the file's.
  const names = [
    ...message.matchAll(
      /(?:resources from '|path\(|file sources: \[)([^')\]]+)['\])]/g,
    ),
  ].map(([, name]) => name.replace(/^\.\//, ''));
  const name = path
    ? names.find(each => path === each || path.endsWith(`/${each}`))
    : names.at(-1);
  return { name, path };
}

/** Words for an object in a sentence: `Deployment 'shop/web'`. @internal */
export function nameOf({ kind, name, namespace }: FluxReference): Wording {
  return phrase('named', {
    kind: kind ?? 'object',
    name: namespace ? `${namespace}/${name}` : name,
  });
}

function splitPath(path: string): { name: string; namespace?: string } {
  const slash = path.indexOf('/');
  return slash < 0
    ? { name: path }
    : { namespace: path.slice(0, slash), name: path.slice(slash + 1) };
}
