import { KubeObject, ObjectStore } from '../ObjectStore';
import { objectAt } from '../json';
import { kinds } from '../kinds';
import { OwningController } from './OwningController';
import {
  controlledBy,
  createPod,
  deletePod,
  isReady,
  templateHash,
} from './pods';

const revisionLabel = 'controller-revision-hash';

/** One pod for the one node there is. */
export class DaemonSetController extends OwningController {
  constructor(store: ObjectStore) {
    super(store, kinds.DaemonSet, [kinds.Pod]);
  }

  protected reconcile(set: KubeObject): void {
    const revision = templateHash(objectAt(set, 'spec', 'template'));
    const outdated = controlledBy(this.store, kinds.Pod, set).filter(
      pod => pod.metadata.labels?.[revisionLabel] !== revision,
    );
    for (const pod of outdated) {
      deletePod(this.store, pod);
    }
    if (controlledBy(this.store, kinds.Pod, set).length === 0) {
      createPod(this.store, set, `${set.metadata.name}-`, {
        [revisionLabel]: revision,
      });
    }
    const ready = controlledBy(this.store, kinds.Pod, set).filter(isReady);
    this.writeStatus(set, {
      observedGeneration: set.metadata.generation,
      desiredNumberScheduled: 1,
      currentNumberScheduled: 1,
      updatedNumberScheduled: 1,
      numberMisscheduled: 0,
      numberReady: ready.length,
      ...(ready.length > 0
        ? { numberAvailable: ready.length }
        : { numberUnavailable: 1 }),
    });
  }
}
