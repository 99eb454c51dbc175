import { KubeObject, ObjectStore } from '../ObjectStore';
import { StatusError } from '../StatusError';
import { objectAt } from '../json';
import { kinds } from '../kinds';
import { now } from './Controller';
import { OwningController } from './OwningController';
import {
  controlledBy,
  createPod,
  deletePod,
  isReady,
  wantedReplicas,
} from './pods';

/** Keeps the wanted number of pods. */
export class ReplicaSetController extends OwningController {
  constructor(store: ObjectStore) {
    super(store, kinds.ReplicaSet, [kinds.Pod]);
  }

  protected reconcile(set: KubeObject): void {
    const wanted = wantedReplicas(set);
    const existing = controlledBy(this.store, kinds.Pod, set);
    let refusal: StatusError | undefined;
    try {
      for (let count = existing.length; count < wanted; count++) {
        createPod(this.store, set, `${set.metadata.name}-`);
      }
    } catch (error) {
      if (!(error instanceof StatusError)) {
        throw error;
      }
      refusal = error;
      this.revisit(set, 1_000);
    }
    // Pods that are not ready are the first to go.
    const surplus = [...existing]
      .sort((left, right) => Number(isReady(left)) - Number(isReady(right)))
      .slice(0, Math.max(0, existing.length - wanted));
    for (const pod of surplus) {
      deletePod(this.store, pod);
    }

    const pods = controlledBy(this.store, kinds.Pod, set);
    const ready = pods.filter(isReady).length;
    this.writeStatus(set, {
      replicas: pods.length,
      ...(pods.length > 0 ? { fullyLabeledReplicas: pods.length } : {}),
      ...(ready > 0 ? { readyReplicas: ready, availableReplicas: ready } : {}),
      observedGeneration: set.metadata.generation,
      ...(refusal ? { conditions: [failure(set, refusal)] } : {}),
    });
  }
}

function failure(set: KubeObject, refusal: StatusError) {
  const [known] = (objectAt(set, 'status')?.conditions ?? []) as Array<
    Record<string, unknown>
  >;
  return {
    type: 'ReplicaFailure',
    status: 'True',
    lastTransitionTime: known?.lastTransitionTime ?? now(),
    reason: 'FailedCreate',
    message: refusal.message,
  };
}
