import { toError } from '@backstage/errors';
import {
  apiVersionOf,
  type InventoryEntry,
} from '@backstage-gitops/plugin-gitops-common';
import type { ClusterClient, ClusterObject } from '../../clusters';

/** Reading one by one is for the few that a list by label did not bring. */
const SINGLE_READS = 20;
/** From so many namespaces on, one list of the whole cluster is less work. */
const NAMESPACES = 5;
/** Lists of one inventory that run at the same time. */
const PARALLEL = 6;

/** Kinds that are healthy by being there, and whose content is nobody's business. */
const CONTENT_FREE =
  /^\/(Secret|ConfigMap|ServiceAccount)$|^rbac\.authorization\.k8s\.io\//;

/** An object whose health is to be read. */
export type LiveObject = ClusterObject & {
  spec?: Record<string, unknown>;
  status?: Record<string, unknown>;
};

/** What was found of one entry: the object, nothing, or why that cannot be told. */
export type Finding =
  | { object: LiveObject }
  | { missing: true }
  | { unreadable: string };

/**
 * Finds the objects of an inventory: for each kind one list by the label that
 * kustomize-controller puts on what it applies, not a read for each object.
 *
 * @returns what was found, in the order of the entries, and what could not be read
 */
export async function readLiveObjects(
  client: ClusterClient,
  entries: readonly InventoryEntry[],
  owner: { name: string; namespace?: string },
  signal: AbortSignal,
): Promise<{ findings: Finding[]; problems: string[] }> {
  const groups = new Map<string, InventoryEntry[]>();
  for (const entry of entries) {
    const key = `${apiVersionOf(entry)}/${entry.kind}`;
    const group = groups.get(key);
    if (group) {
      group.push(entry);
    } else {
      groups.set(key, [entry]);
    }
  }
  const found = new Map<string, LiveObject>();
  const failures = new Map<string, string>();
  const labelSelector = `kustomize.toolkit.fluxcd.io/name=${owner.name},kustomize.toolkit.fluxcd.io/namespace=${owner.namespace}`;
  await inParallel(PARALLEL, groups, async ([key, group]) => {
    const { kind } = group[0];
    try {
      for (const namespace of namespacesOf(group)) {
        const objects = await client.list<LiveObject>(
          {
            apiVersion: apiVersionOf(group[0]),
            kind,
            namespace,
            labelSelector,
            metadataOnly: isContentFree(group[0]),
          },
          { signal },
        );
        for (const object of objects) {
          found.set(keyOf(key, object.metadata), object);
        }
      }
    } catch (error) {
      failures.set(key, reason(error, signal));
    }
  });

  const lost = entries.filter(entry => {
    const key = `${apiVersionOf(entry)}/${entry.kind}`;
    return !found.has(keyOf(key, entry)) && !failures.has(key);
  });
  const absent = new Set<string>();
  await inParallel(PARALLEL, lost.slice(0, SINGLE_READS), async entry => {
    const key = `${apiVersionOf(entry)}/${entry.kind}`;
    const name = keyOf(key, entry);
    try {
      // Somebody may have taken the label off.
      const [object] = await client.list<LiveObject>(
        {
          apiVersion: apiVersionOf(entry),
          kind: entry.kind,
          namespace: entry.namespace,
          fieldSelector: `metadata.name=${entry.name}`,
          metadataOnly: isContentFree(entry),
        },
        { signal },
      );
      if (object) {
        found.set(name, object);
      } else {
        absent.add(name);
      }
    } catch (error) {
      failures.set(key, reason(error, signal));
    }
  });

  return {
    findings: entries.map((entry): Finding => {
      const key = `${apiVersionOf(entry)}/${entry.kind}`;
      const name = keyOf(key, entry);
      const object = found.get(name);
      if (object) {
        return { object };
      }
      return absent.has(name)
        ? { missing: true }
        : {
            unreadable:
              failures.get(key) ??
              'It was not looked for: too many objects have lost the label of their Kustomization',
          };
    }),
    problems: [...failures].map(
      ([key, message]) => `${key} cannot be read: ${message}`,
    ),
  };
}

/** Where a kind is to be looked for; undefined stands for the whole cluster. */
function namespacesOf(group: readonly InventoryEntry[]) {
  const namespaces = new Set(group.map(({ namespace }) => namespace));
  return namespaces.size <= NAMESPACES ? [...namespaces] : [undefined];
}

function isContentFree({ group, kind }: InventoryEntry): boolean {
  return CONTENT_FREE.test(`${group}/${kind}`);
}

function keyOf(
  key: string,
  { namespace, name }: { namespace?: string; name: string },
): string {
  return `${key}/${namespace ?? ''}/${name}`;
}

/** What is said of a part that could not be read. */
export function reason(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) {
    return 'the cluster took too long to answer, try again';
  }
  return toError(error).message;
}

/** Works through items, a few at a time. */
export async function inParallel<T>(
  most: number,
  items: Iterable<T>,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const rest = [...items];
  await Promise.all(
    Array.from({ length: Math.min(most, rest.length) }, async () => {
      for (let item = rest.shift(); item; item = rest.shift()) {
        await work(item);
      }
    }),
  );
}
