import { DefaultObjectStore } from '../DefaultObjectStore';
import { ResourceKind, qualifiedResource } from '../ResourceKind';
import { isJsonObject } from '../json';
import { kinds } from '../kinds';
import { Controller, now } from './Controller';
import { ReconcileQueue } from './ReconcileQueue';

const options = { fieldManager: 'kube-controller-manager' };

interface Remaining {
  kind: ResourceKind;
  count: number;
  finalizers: string[];
}

/** Empties namespaces that are being deleted, tells what holds them, and lets go of them once nothing is left. */
export class NamespaceController implements Controller {
  private readonly queue = new ReconcileQueue(name => this.reconcile(name));
  private readonly stops: Array<() => void> = [];

  constructor(private readonly store: DefaultObjectStore) {}

  start(): void {
    for (const namespace of this.store.list(kinds.Namespace)) {
      this.queue.add(namespace.metadata.name);
    }
    this.stops.push(
      this.store.watch(kinds.Namespace, ({ object, type }) => {
        if (type !== 'DELETED' && object.metadata.deletionTimestamp) {
          this.queue.add(object.metadata.name);
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

  private reconcile(name: string): void {
    const namespace = this.store.get(kinds.Namespace, undefined, name);
    if (!namespace?.metadata.deletionTimestamp) {
      return;
    }
    const remaining = this.removeContent(name);
    if (remaining.length > 0) {
      this.report(name, remaining);
      // Finalizers are removed by others; their last one brings no event of the namespace.
      this.queue.add(name, 100);
      return;
    }
    this.store.modify(
      kinds.Namespace,
      undefined,
      name,
      current => ({
        ...current,
        spec: {
          ...(isJsonObject(current.spec) ? current.spec : {}),
          finalizers: [],
        },
      }),
      { ...options, subresource: 'finalize' },
    );
  }

  /** Deletes everything inside and returns what stays because of finalizers. */
  private removeContent(namespace: string): Remaining[] {
    const remaining: Remaining[] = [];
    const seen = new Set<string>();
    for (const kind of this.store.registry.all()) {
      const resource = qualifiedResource(kind);
      if (!kind.namespaced || seen.has(resource)) {
        continue;
      }
      seen.add(resource);
      for (const { metadata } of this.store.list(kind, namespace)) {
        if (!metadata.deletionTimestamp) {
          this.store.delete(kind, namespace, metadata.name, {
            propagation: 'Background',
          });
        }
      }
      const left = this.store.list(kind, namespace);
      if (left.length > 0) {
        remaining.push({
          kind,
          count: left.length,
          finalizers: left.flatMap(({ metadata }) => metadata.finalizers ?? []),
        });
      }
    }
    return remaining;
  }

  private report(name: string, remaining: Remaining[]): void {
    const counts = remaining.map(
      ({ kind, count }) =>
        `${qualifiedGroup(kind)} has ${count} resource instances`,
    );
    const byFinalizer = new Map<string, number>();
    for (const finalizer of remaining.flatMap(entry => entry.finalizers)) {
      byFinalizer.set(finalizer, (byFinalizer.get(finalizer) ?? 0) + 1);
    }
    const finalizers = [...byFinalizer].map(
      ([finalizer, count]) => `${finalizer} in ${count} resource instances`,
    );
    this.store.updateStatus(
      kinds.Namespace,
      undefined,
      name,
      namespace => {
        const status = isJsonObject(namespace.status) ? namespace.status : {};
        const known = Array.isArray(status.conditions)
          ? status.conditions.filter(isJsonObject)
          : [];
        const condition = (
          type: string,
          value: 'True' | 'False',
          reason: string,
          message: string,
        ) => {
          const before = known.find(entry => entry.type === type);
          return {
            type,
            status: value,
            lastTransitionTime:
              before?.status === value ? before.lastTransitionTime : now(),
            reason,
            message,
          };
        };
        namespace.status = {
          ...status,
          phase: 'Terminating',
          conditions: [
            condition(
              'NamespaceDeletionDiscoveryFailure',
              'False',
              'ResourcesDiscovered',
              'All resources successfully discovered',
            ),
            condition(
              'NamespaceDeletionGroupVersionParsingFailure',
              'False',
              'ParsedGroupVersions',
              'All legacy kube types successfully parsed',
            ),
            condition(
              'NamespaceDeletionContentFailure',
              'False',
              'ContentDeleted',
              'All content successfully deleted, may be waiting on finalization',
            ),
            condition(
              'NamespaceContentRemaining',
              'True',
              'SomeResourcesRemain',
              `Some resources are remaining: ${counts.join(', ')}`,
            ),
            condition(
              'NamespaceFinalizersRemaining',
              finalizers.length > 0 ? 'True' : 'False',
              finalizers.length > 0
                ? 'SomeFinalizersRemain'
                : 'ContentHasNoFinalizers',
              finalizers.length > 0
                ? `Some content in the namespace has finalizers remaining: ${finalizers.join(
                    ', ',
                  )}`
                : 'All content-preserving finalizers finished',
            ),
          ],
        };
      },
      options,
    );
  }
}

/** The condition's message writes the core group with a trailing dot. */
function qualifiedGroup(kind: ResourceKind): string {
  return `${kind.plural}.${kind.group}`;
}
