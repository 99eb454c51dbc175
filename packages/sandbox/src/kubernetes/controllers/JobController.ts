import { KubeObject, ObjectStore } from '../ObjectStore';
import { arrayAt, objectAt } from '../json';
import { kinds } from '../kinds';
import { now } from './Controller';
import { OwningController } from './OwningController';
import { controlledBy, createPod, isReady } from './pods';

/** Runs pods until enough of them have succeeded. */
export class JobController extends OwningController {
  constructor(store: ObjectStore) {
    super(store, kinds.Job, [kinds.Pod]);
  }

  protected reconcile(job: KubeObject): void {
    const spec = objectAt(job, 'spec') ?? {};
    const before = objectAt(job, 'status');
    if (spec.suspend === true || arrayAt(before, 'conditions').length > 0) {
      return;
    }
    const completions = Number(spec.completions ?? 1);
    const parallelism = Number(spec.parallelism ?? 1);
    const pods = controlledBy(this.store, kinds.Pod, job);
    const succeeded = pods.filter(
      pod => objectAt(pod, 'status')?.phase === 'Succeeded',
    ).length;
    const running = pods.length - succeeded;
    const missing = Math.min(parallelism, completions - succeeded) - running;
    for (let count = 0; count < missing; count++) {
      createPod(this.store, job, `${job.metadata.name}-`);
    }
    const isComplete = succeeded >= completions;
    const active = controlledBy(this.store, kinds.Pod, job).length - succeeded;
    const time = now();
    this.writeStatus(job, {
      startTime: before?.startTime ?? time,
      ...(active > 0 ? { active, ready: pods.filter(isReady).length } : {}),
      ...(succeeded > 0 ? { succeeded } : {}),
      ...(isComplete
        ? {
            ready: 0,
            completionTime: time,
            conditions: ['SuccessCriteriaMet', 'Complete'].map(type => ({
              type,
              status: 'True',
              lastProbeTime: time,
              lastTransitionTime: time,
              reason: 'CompletionsReached',
              message: 'Reached expected number of succeeded pods',
            })),
          }
        : {}),
    });
  }
}
