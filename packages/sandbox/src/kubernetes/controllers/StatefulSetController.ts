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
  wantedReplicas,
} from './pods';

const revisionLabel = 'controller-revision-hash';

/** Numbered pods, one after the other; an update replaces them from the highest number down. */
export class StatefulSetController extends OwningController {
  constructor(store: ObjectStore) {
    super(store, kinds.StatefulSet, [kinds.Pod]);
  }

  protected reconcile(set: KubeObject): void {
    const { name } = set.metadata;
    const wanted = wantedReplicas(set);
    const revision = `${name}-${templateHash(
      objectAt(set, 'spec', 'template'),
    )}`;
    const parallel = objectAt(set, 'spec')?.podManagementPolicy === 'Parallel';
    const byName = new Map(
      controlledBy(this.store, kinds.Pod, set).map(pod => [
        pod.metadata.name,
        pod,
      ]),
    );
    for (const [podName, pod] of byName) {
      if (Number(podName.slice(podName.lastIndexOf('-') + 1)) >= wanted) {
        deletePod(this.store, pod);
      }
    }
    const numbered = Array.from({ length: wanted }, (_, index) =>
      byName.get(`${name}-${index}`),
    );
    for (const [index, pod] of numbered.entries()) {
      if (!pod) {
        createPod(this.store, set, `${name}-${index}`, {
          [revisionLabel]: revision,
          'statefulset.kubernetes.io/pod-name': `${name}-${index}`,
          'apps.kubernetes.io/pod-index': String(index),
        });
      }
      if (!parallel && !(pod && isReady(pod))) {
        break;
      }
    }
    const outdated = numbered.filter(
      pod => pod && pod.metadata.labels?.[revisionLabel] !== revision,
    );
    // One at a time, unless what runs does not work anyway.
    const allReady = numbered.every(pod => pod && isReady(pod));
    const next =
      outdated.findLast(pod => pod && !isReady(pod)) ??
      (allReady ? outdated[outdated.length - 1] : undefined);
    if (next) {
      deletePod(this.store, next);
    }
    this.report(set, revision, wanted);
  }

  private report(set: KubeObject, revision: string, wanted: number): void {
    const pods = controlledBy(this.store, kinds.Pod, set);
    const updated = pods.filter(
      pod => pod.metadata.labels?.[revisionLabel] === revision,
    ).length;
    const ready = pods.filter(isReady).length;
    const before = objectAt(set, 'status');
    const isComplete = updated === wanted && ready === wanted;
    const currentRevision = isComplete
      ? revision
      : before?.currentRevision ?? revision;
    this.writeStatus(set, {
      observedGeneration: set.metadata.generation,
      replicas: pods.length,
      readyReplicas: ready,
      availableReplicas: ready,
      currentReplicas: isComplete ? pods.length : pods.length - updated,
      updatedReplicas: updated,
      currentRevision,
      updateRevision: revision,
      collisionCount: 0,
    });
  }
}
