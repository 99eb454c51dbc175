import { DefaultObjectStore } from '../DefaultObjectStore';
import { KubeObject, OwnerReference } from '../ObjectStore';
import { ResourceKind, qualifiedResource } from '../ResourceKind';
import { Controller, keyOf, splitKey } from './Controller';
import { ReconcileQueue } from './ReconcileQueue';

const foreground = 'foregroundDeletion';
const orphan = 'orphan';
const options = { fieldManager: 'kube-controller-manager' };

/** How long a dependent may wait for an owner that is not there (yet). */
const settleMs = 50;

interface Followed {
  kind: ResourceKind;
  stop: () => void;
}

/**
 * Deletes what no longer has an owner: dependents of deleted objects, dependents created with an owner that never was, and, for
 * foreground deletions, dependents first and the owner after them.
 */
export class GarbageCollector implements Controller {
  private readonly queue = new ReconcileQueue(key => this.reconcile(key));
  private readonly followed = new Map<string, Followed>();
  /** Keys of objects by the uid of each of their owners. */
  private readonly dependents = new Map<string, Set<string>>();

  constructor(private readonly store: DefaultObjectStore) {}

  start(): void {
    this.follow();
  }

  stop(): void {
    this.queue.stop();
    for (const { stop } of this.followed.values()) {
      stop();
    }
    this.followed.clear();
  }

  /** Watches every kind that is served; called again when a definition adds one. */
  follow(): void {
    for (const kind of this.store.registry.all()) {
      const resource = qualifiedResource(kind);
      if (this.followed.has(resource)) {
        continue;
      }
      for (const object of this.store.list(kind)) {
        this.consider(resource, object, 'MODIFIED');
      }
      const stop = this.store.watch(kind, ({ type, object }) =>
        this.consider(resource, object, type),
      );
      this.followed.set(resource, { kind, stop });
    }
    const served = new Set(this.store.registry.all().map(qualifiedResource));
    for (const [resource, { stop }] of this.followed) {
      if (!served.has(resource)) {
        stop();
        this.followed.delete(resource);
      }
    }
  }

  private consider(resource: string, object: KubeObject, type: string): void {
    if (resource === 'customresourcedefinitions.apiextensions.k8s.io') {
      this.queue.add('follow');
    }
    const key = `${resource}|${keyOf(object)}`;
    const { ownerReferences = [], uid, finalizers = [] } = object.metadata;
    for (const owner of ownerReferences) {
      const siblings = this.dependents.get(owner.uid) ?? new Set();
      this.dependents.set(owner.uid, siblings);
      if (type === 'DELETED') {
        siblings.delete(key);
      } else {
        siblings.add(key);
      }
    }
    if (type === 'DELETED') {
      for (const dependent of this.dependents.get(uid!) ?? []) {
        this.queue.add(dependent);
      }
      // An owner in foreground deletion waits for its last dependent.
      for (const owner of ownerReferences) {
        const ownerKey = this.keyOfOwner(owner, object.metadata.namespace);
        if (ownerKey) {
          this.queue.add(ownerKey);
        }
      }
    } else if (
      object.metadata.deletionTimestamp &&
      (finalizers.includes(foreground) || finalizers.includes(orphan))
    ) {
      this.queue.add(key);
    } else if (ownerReferences.length > 0) {
      this.queue.add(key, settleMs);
    }
  }

  private reconcile(key: string): void {
    if (key === 'follow') {
      this.follow();
      return;
    }
    const [resource, objectKey] = key.split('|');
    const kind = this.followed.get(resource)?.kind;
    const { namespace, name } = splitKey(objectKey);
    const object = kind && this.store.get(kind, namespace, name);
    if (!object) {
      return;
    }
    const {
      ownerReferences = [],
      deletionTimestamp,
      finalizers = [],
    } = object.metadata;
    if (deletionTimestamp && finalizers.includes(orphan)) {
      this.release(kind, object);
    } else if (deletionTimestamp && finalizers.includes(foreground)) {
      this.deleteDependents(kind, object);
    } else if (!deletionTimestamp && ownerReferences.length > 0) {
      const alive = ownerReferences.filter(owner =>
        this.isAlive(owner, namespace),
      );
      if (alive.length === 0) {
        this.store.delete(kind, namespace, name, {
          propagation: 'Background',
          preconditions: { uid: object.metadata.uid },
        });
      } else if (alive.length < ownerReferences.length) {
        this.store.mergePatch(
          kind,
          namespace,
          name,
          { metadata: { ownerReferences: alive } },
          options,
        );
      }
    }
  }

  private deleteDependents(kind: ResourceKind, owner: KubeObject): void {
    let blocked = false;
    for (const key of this.dependents.get(owner.metadata.uid!) ?? []) {
      const [resource, objectKey] = key.split('|');
      const dependentKind = this.followed.get(resource)?.kind;
      const { namespace, name } = splitKey(objectKey);
      const dependent =
        dependentKind && this.store.get(dependentKind, namespace, name);
      if (dependent) {
        if (!dependent.metadata.deletionTimestamp) {
          this.store.delete(dependentKind, namespace, name, {
            propagation: 'Foreground',
          });
        }
        blocked ||= (dependent.metadata.ownerReferences ?? []).some(
          reference =>
            reference.uid === owner.metadata.uid &&
            reference.blockOwnerDeletion === true &&
            this.store.get(dependentKind, namespace, name) !== undefined,
        );
      }
    }
    if (!blocked) {
      this.dropFinalizer(kind, owner, foreground);
    }
  }

  /** Dependents live on without this owner. */
  private release(kind: ResourceKind, owner: KubeObject): void {
    for (const key of [...(this.dependents.get(owner.metadata.uid!) ?? [])]) {
      const [resource, objectKey] = key.split('|');
      const dependentKind = this.followed.get(resource)?.kind;
      const { namespace, name } = splitKey(objectKey);
      const dependent =
        dependentKind && this.store.get(dependentKind, namespace, name);
      if (dependent) {
        const others = (dependent.metadata.ownerReferences ?? []).filter(
          ({ uid }) => uid !== owner.metadata.uid,
        );
        this.store.mergePatch(
          dependentKind,
          namespace,
          name,
          { metadata: { ownerReferences: others.length > 0 ? others : null } },
          options,
        );
        this.dependents.get(owner.metadata.uid!)?.delete(key);
      }
    }
    this.dropFinalizer(kind, owner, orphan);
  }

  private dropFinalizer(
    kind: ResourceKind,
    object: KubeObject,
    finalizer: string,
  ): void {
    const { namespace, name, finalizers = [] } = object.metadata;
    this.store.mergePatch(
      kind,
      namespace,
      name,
      { metadata: { finalizers: finalizers.filter(f => f !== finalizer) } },
      options,
    );
  }

  private isAlive(
    owner: OwnerReference,
    namespace: string | undefined,
  ): boolean {
    const kind = this.store.resolve(owner.apiVersion, owner.kind);
    if (!kind) {
      // Nothing is known about such owners: nothing is deleted because of them.
      return true;
    }
    const found = this.store.get(kind, namespace, owner.name);
    return found?.metadata.uid === owner.uid;
  }

  private keyOfOwner(
    owner: OwnerReference,
    namespace: string | undefined,
  ): string | undefined {
    const kind = this.store.resolve(owner.apiVersion, owner.kind);
    return (
      kind &&
      `${qualifiedResource(kind)}|${kind.namespaced ? namespace ?? '' : ''}/${
        owner.name
      }`
    );
  }
}
