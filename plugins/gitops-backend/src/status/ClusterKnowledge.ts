import type {
  FluxObject,
  FluxReference,
  Reading,
  StatusContext,
} from '@backstage-gitops/plugin-gitops-common';
import { isOlder } from './versions';

/** @internal */
export type NamespacePhase = 'Active' | 'Terminating';

/** Versions of deleted objects that are kept against late news of them. */
const GRAVES = 10_000;

/** `Kind/namespace/name`: identity of an object within its cluster. @internal */
export function objectKey(reference: FluxReference): string {
  return `${reference.kind ?? ''}/${reference.namespace ?? ''}/${
    reference.name
  }`;
}

/**
 * What is known of one cluster at this moment: slim objects by name, and who
 * refers to whom. Holds no more than that and does no I/O.
 *
 * @internal
 */
export class ClusterKnowledge {
  private readonly objects = new Map<string, FluxObject>();
  private readonly namespaces = new Map<string, NamespacePhase>();
  /** Who has to be judged anew when the key changes. */
  private readonly dependants = new Map<string, Set<string>>();
  private readonly synced = new Set<string>();
  /** Version at which a deleted object was last seen, by key; oldest first. */
  private readonly graves = new Map<string, { version?: string; at: string }>();

  /**
   * Takes an object in.
   *
   * @param authoritative - True for an object of a list, which is right even
   * where the cluster was restored to an older state.
   * @returns false when something newer is known already.
   */
  put(object: FluxObject, authoritative: boolean = false): boolean {
    const key = keyOf(object);
    const known = this.objects.get(key);
    const newest =
      known?.metadata.resourceVersion ?? this.graves.get(key)?.version;
    if (!authoritative && isOlder(object.metadata.resourceVersion, newest)) {
      return false;
    }
    if (known) {
      this.unlink(key, known);
    }
    this.graves.delete(key);
    this.objects.set(key, object);
    for (const target of referencesOf(object)) {
      let dependants = this.dependants.get(target);
      if (!dependants) {
        dependants = new Set();
        this.dependants.set(target, dependants);
      }
      dependants.add(key);
    }
    return true;
  }

  /** @returns false when something newer is known already. */
  remove(object: FluxObject, at: string): boolean {
    const key = keyOf(object);
    const known = this.objects.get(key);
    if (
      isOlder(
        object.metadata.resourceVersion,
        known?.metadata.resourceVersion ?? this.graves.get(key)?.version,
      )
    ) {
      return false;
    }
    this.forget(key, at, object.metadata.resourceVersion);
    return true;
  }

  /** Drops what a complete list of the kind did not name. @returns their keys. */
  retain(kind: string, named: ReadonlySet<string>, at: string): string[] {
    const gone: string[] = [];
    for (const [key, object] of this.objects) {
      if (object.kind === kind && !named.has(key)) {
        gone.push(key);
      }
    }
    for (const key of gone) {
      this.forget(key, at);
    }
    this.synced.add(kind);
    return gone;
  }

  find(reference: FluxReference): FluxObject | undefined {
    return this.objects.get(objectKey(reference));
  }

  /**
   * Reads an object; undefined while the kind was not listed yet, so that
   * "not seen" is not taken for "not there".
   */
  read(reference: FluxReference): Reading | undefined {
    const object = this.find(reference);
    if (object || !this.synced.has(reference.kind ?? '')) {
      return object;
    }
    return {
      failure: 'missing',
      lastSeenAt: this.graves.get(objectKey(reference))?.at,
    };
  }

  /** Objects that are known. */
  get size(): number {
    return this.objects.size;
  }

  isSynced(kind: string): boolean {
    return this.synced.has(kind);
  }

  setNamespace(name: string, phase: NamespacePhase | undefined): boolean {
    if (this.namespaces.get(name) === phase) {
      return false;
    }
    if (phase) {
      this.namespaces.set(name, phase);
    } else {
      this.namespaces.delete(name);
    }
    return true;
  }

  /** Drops namespaces that a complete list did not name. @returns their names. */
  retainNamespaces(named: ReadonlySet<string>): string[] {
    const gone = [...this.namespaces.keys()].filter(name => !named.has(name));
    for (const name of gone) {
      this.namespaces.delete(name);
    }
    this.synced.add('Namespace');
    return gone;
  }

  /**
   * Keys of everything whose state may change with that of `key`, itself
   * included: a source moves its Kustomizations, those move their dependants.
   */
  affectedBy(key: string): Set<string> {
    const affected = new Set([key]);
    for (const member of affected) {
      // A set goes on over what is added to it on the way.
      for (const dependant of this.dependants.get(member) ?? []) {
        affected.add(dependant);
      }
    }
    return affected;
  }

  /** What `deriveState` and `diagnose` may ask for beside the object. */
  readonly context: StatusContext = {
    dependency: reference => this.read(reference),
    namespacePhase: namespace => {
      if (!this.synced.has('Namespace')) {
        return undefined;
      }
      return this.namespaces.get(namespace) ?? 'missing';
    },
  };

  private forget(key: string, at: string, version?: string): void {
    const known = this.objects.get(key);
    if (known) {
      this.unlink(key, known);
      this.objects.delete(key);
    }
    this.graves.delete(key);
    this.graves.set(key, {
      version: version ?? known?.metadata.resourceVersion,
      at,
    });
    if (this.graves.size > GRAVES) {
      const [oldest] = this.graves.keys();
      this.graves.delete(oldest);
    }
  }

  private unlink(key: string, object: FluxObject): void {
    for (const target of referencesOf(object)) {
      const dependants = this.dependants.get(target);
      dependants?.delete(key);
      if (dependants?.size === 0) {
        this.dependants.delete(target);
      }
    }
  }
}

function keyOf({ kind, metadata }: FluxObject): string {
  return objectKey({
    kind,
    namespace: metadata.namespace,
    name: metadata.name,
  });
}

/** Keys of the objects that the state of this one is read together with. */
function referencesOf({ kind, metadata, spec }: FluxObject): string[] {
  const { namespace } = metadata;
  const references: FluxReference[] = [];
  if (spec?.sourceRef) {
    references.push({ namespace, ...defined(spec.sourceRef) });
  }
  for (const dependency of spec?.dependsOn ?? []) {
    references.push({ kind, namespace, ...defined(dependency) });
  }
  for (const { repository } of spec?.include ?? []) {
    references.push({ kind, namespace, name: repository.name });
  }
  if (spec?.targetNamespace) {
    references.push({ kind: 'Namespace', name: spec.targetNamespace });
  }
  return references.map(objectKey);
}

function defined({ kind, name, namespace }: FluxReference): FluxReference {
  return { name, ...(kind && { kind }), ...(namespace && { namespace }) };
}
