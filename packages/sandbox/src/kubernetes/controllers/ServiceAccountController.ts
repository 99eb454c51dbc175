import { ObjectStore } from '../ObjectStore';
import { kinds } from '../kinds';
import { Controller } from './Controller';
import { ReconcileQueue } from './ReconcileQueue';

/** Gives every namespace its `default` service account, again when somebody deletes it. */
export class ServiceAccountController implements Controller {
  private readonly queue = new ReconcileQueue(name => this.reconcile(name));
  private readonly stops: Array<() => void> = [];

  constructor(private readonly store: ObjectStore) {}

  start(): void {
    for (const namespace of this.store.list(kinds.Namespace)) {
      this.queue.add(namespace.metadata.name);
    }
    this.stops.push(
      this.store.watch(kinds.Namespace, ({ object, type }) => {
        if (type === 'ADDED') {
          this.queue.add(object.metadata.name);
        }
      }),
      this.store.watch(kinds.ServiceAccount, ({ object, type }) => {
        if (type === 'DELETED' && object.metadata.name === 'default') {
          this.queue.add(object.metadata.namespace!);
        }
      }),
    );
  }

  stop(): void {
    this.queue.stop();
    for (const stop of this.stops.splice(0)) {
      stop();
    }
  }

  private reconcile(namespace: string): void {
    const owner = this.store.get(kinds.Namespace, undefined, namespace);
    if (
      owner &&
      !owner.metadata.deletionTimestamp &&
      !this.store.get(kinds.ServiceAccount, namespace, 'default')
    ) {
      this.store.create(
        {
          apiVersion: 'v1',
          kind: 'ServiceAccount',
          metadata: { name: 'default', namespace },
        },
        { fieldManager: 'kube-controller-manager' },
      );
    }
  }
}
