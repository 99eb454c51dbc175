import { KubeObject, ObjectStore } from '../ObjectStore';
import { ResourceKind } from '../ResourceKind';
import { Controller, keyOf, splitKey } from './Controller';
import { ReconcileQueue } from './ReconcileQueue';

/** Base of controllers that look after objects of one kind and of kinds these own. */
export abstract class OwningController implements Controller {
  private readonly queue = new ReconcileQueue(key => this.run(key));
  private readonly stops: Array<() => void> = [];

  constructor(
    protected readonly store: ObjectStore,
    private readonly kind: ResourceKind,
    private readonly owned: readonly ResourceKind[] = [],
  ) {}

  start(): void {
    for (const object of this.store.list(this.kind)) {
      this.queue.add(keyOf(object));
    }
    this.stops.push(
      this.store.watch(this.kind, ({ type, object }) => {
        if (type !== 'DELETED') {
          this.queue.add(keyOf(object));
        }
      }),
      ...this.owned.map(kind =>
        this.store.watch(kind, ({ object }) => {
          for (const owner of object.metadata.ownerReferences ?? []) {
            if (owner.controller && owner.kind === this.kind.kind) {
              this.queue.add(`${object.metadata.namespace}/${owner.name}`);
            }
          }
        }),
      ),
    );
  }

  stop(): void {
    this.queue.stop();
    for (const stop of this.stops.splice(0)) {
      stop();
    }
  }

  /** Brings what is owned, and the status, in line with the object. Objects that are going away are not passed on. */
  protected abstract reconcile(object: KubeObject): void;

  /** Looks at the object again after some time. */
  protected revisit(object: KubeObject, delayMs: number): void {
    this.queue.add(keyOf(object), delayMs);
  }

  /** Replaces the status; an equal one is no write. */
  protected writeStatus(
    object: KubeObject,
    status: Record<string, unknown>,
  ): void {
    const { namespace, name } = object.metadata;
    this.store.updateStatus(
      this.kind,
      namespace,
      name,
      current => {
        current.status = status;
      },
      { fieldManager: 'kube-controller-manager' },
    );
  }

  private run(key: string): void {
    const { namespace, name } = splitKey(key);
    const object = this.store.get(this.kind, namespace, name);
    if (object && !object.metadata.deletionTimestamp) {
      this.reconcile(object);
    }
  }
}
