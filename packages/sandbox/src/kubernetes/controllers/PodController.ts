import { createHash } from 'node:crypto';
import { KubeObject, ObjectStore } from '../ObjectStore';
import { JsonObject, arrayAt, isJsonObject, objectAt } from '../json';
import { kinds } from '../kinds';
import { now } from './Controller';
import { OwningController } from './OwningController';

/** Images that cannot be pulled, so that failing roll-outs can be tried: the tag `does-not-exist`, or `/broken` in the name. */
function cannotBePulled(image: string): boolean {
  return image.endsWith(':does-not-exist') || image.includes('/broken');
}

function condition(type: string, met: boolean, detail?: JsonObject) {
  return {
    type,
    status: met ? 'True' : 'False',
    lastProbeTime: null,
    lastTransitionTime: now(),
    ...detail,
  };
}

/** Plays scheduler and kubelet: pods become ready after a moment, unless their image cannot be pulled. */
export class PodController extends OwningController {
  /** When each pod entered its present phase; timestamps in the status know only seconds. */
  private readonly entered = new Map<string, number>();

  constructor(store: ObjectStore, private readonly readyMs: number) {
    super(store, kinds.Pod);
  }

  protected reconcile(pod: KubeObject): void {
    const status = objectAt(pod, 'status') ?? {};
    const containers = arrayAt(pod, 'spec', 'containers').filter(isJsonObject);
    if (!Array.isArray(status.conditions)) {
      this.enter(pod, this.starting(containers));
      return;
    }
    const settled =
      status.phase === 'Succeeded' ||
      (status.phase === 'Running' &&
        objectAt(pod, 'spec')?.restartPolicy === 'Always');
    if (settled) {
      this.entered.delete(pod.metadata.uid!);
      return;
    }
    const due =
      (this.entered.get(pod.metadata.uid!) ?? 0) + this.readyMs - Date.now();
    if (due > 0) {
      this.revisit(pod, due);
      return;
    }
    const broken = containers.filter(({ image }) =>
      cannotBePulled(String(image)),
    );
    if (broken.length > 0) {
      this.failToPull(pod, containers, broken);
    } else if (status.phase === 'Pending') {
      this.enter(pod, this.running(status, containers));
    } else {
      this.enter(pod, this.succeeded(status, containers));
    }
  }

  private enter(pod: KubeObject, status: JsonObject): void {
    this.entered.set(pod.metadata.uid!, Date.now());
    this.writeStatus(pod, status);
  }

  private starting(containers: JsonObject[]): JsonObject {
    return {
      phase: 'Pending',
      qosClass: 'BestEffort',
      startTime: now(),
      conditions: [
        condition('PodScheduled', true),
        condition('Initialized', true),
        condition('ContainersReady', false, unready(containers)),
        condition('Ready', false, unready(containers)),
      ],
      containerStatuses: containers.map(container =>
        containerStatus(container, false, {
          waiting: { reason: 'ContainerCreating' },
        }),
      ),
    };
  }

  private running(status: JsonObject, containers: JsonObject[]): JsonObject {
    return {
      ...status,
      phase: 'Running',
      podIP: '10.0.0.1',
      podIPs: [{ ip: '10.0.0.1' }],
      conditions: [
        condition('PodScheduled', true),
        condition('Initialized', true),
        condition('ContainersReady', true),
        condition('Ready', true),
      ],
      containerStatuses: containers.map(container =>
        containerStatus(container, true, { running: { startedAt: now() } }),
      ),
    };
  }

  private succeeded(status: JsonObject, containers: JsonObject[]): JsonObject {
    const done = { reason: 'PodCompleted' };
    return {
      ...status,
      phase: 'Succeeded',
      conditions: [
        condition('PodScheduled', true),
        condition('Initialized', true, done),
        condition('ContainersReady', false, done),
        condition('Ready', false, done),
      ],
      containerStatuses: containers.map(container =>
        containerStatus(container, false, {
          terminated: { exitCode: 0, reason: 'Completed', finishedAt: now() },
        }),
      ),
    };
  }

  private failToPull(
    pod: KubeObject,
    containers: JsonObject[],
    broken: JsonObject[],
  ): void {
    const failing = arrayAt(pod, 'status', 'containerStatuses').some(
      entry =>
        objectAt(entry, 'state', 'waiting')?.reason === 'ImagePullBackOff',
    );
    if (failing) {
      return;
    }
    this.writeStatus(pod, {
      ...objectAt(pod, 'status'),
      containerStatuses: containers.map(container =>
        broken.includes(container)
          ? containerStatus(container, false, {
              waiting: {
                reason: 'ImagePullBackOff',
                message: `Back-off pulling image "${container.image}"`,
              },
            })
          : containerStatus(container, true, {
              running: { startedAt: now() },
            }),
      ),
    });
    for (const { image } of broken) {
      this.recordEvent(
        pod,
        'Failed',
        `Failed to pull image "${image}": rpc error: code = NotFound desc = failed to pull and unpack image "${image}": failed to resolve reference "${image}": not found`,
      );
    }
  }

  private recordEvent(pod: KubeObject, reason: string, message: string): void {
    const { name, namespace, uid, resourceVersion } = pod.metadata;
    const suffix = createHash('sha256')
      .update(`${uid}${reason}${message}`)
      .digest('hex')
      .slice(0, 16);
    const eventName = `${name}.${suffix}`;
    if (this.store.get(kinds.Event, namespace, eventName)) {
      return;
    }
    const time = now();
    this.store.create(
      {
        apiVersion: 'v1',
        kind: 'Event',
        metadata: { name: eventName, namespace },
        involvedObject: {
          apiVersion: 'v1',
          kind: 'Pod',
          name,
          namespace,
          uid,
          resourceVersion,
        },
        reason,
        message,
        type: 'Warning',
        count: 1,
        firstTimestamp: time,
        lastTimestamp: time,
        source: { component: 'kubelet' },
        reportingComponent: 'kubelet',
        reportingInstance: '',
      },
      { fieldManager: 'kubelet' },
    );
  }
}

function unready(containers: JsonObject[]): JsonObject {
  return {
    reason: 'ContainersNotReady',
    message: `containers with unready status: [${containers
      .map(({ name }) => name)
      .join(' ')}]`,
  };
}

function containerStatus(
  container: JsonObject,
  ready: boolean,
  state: JsonObject,
): JsonObject {
  return {
    name: container.name,
    image: container.image,
    imageID: '',
    ready,
    started: ready,
    restartCount: 0,
    lastState: {},
    state,
  };
}
