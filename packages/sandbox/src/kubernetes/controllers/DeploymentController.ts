import { KubeObject, ObjectStore } from '../ObjectStore';
import { JsonObject, arrayAt, isJsonObject, objectAt } from '../json';
import { kinds } from '../kinds';
import { now } from './Controller';
import { OwningController } from './OwningController';
import {
  controlledBy,
  controllerReference,
  statusCount,
  templateHash,
  wantedReplicas,
} from './pods';

const hashLabel = 'pod-template-hash';
const revisionAnnotation = 'deployment.kubernetes.io/revision';
const options = { fieldManager: 'kube-controller-manager' };

interface Counts {
  wanted: number;
  replicas: number;
  updated: number;
  available: number;
}

/** Rolls templates out: a ReplicaSet for each, the newest grows, older ones go once it is ready. */
export class DeploymentController extends OwningController {
  constructor(store: ObjectStore) {
    super(store, kinds.Deployment, [kinds.ReplicaSet]);
  }

  protected reconcile(deployment: KubeObject): void {
    const hash = templateHash(objectAt(deployment, 'spec', 'template'));
    const sets = controlledBy(this.store, kinds.ReplicaSet, deployment);
    const current =
      sets.find(set => set.metadata.labels?.[hashLabel] === hash) ??
      this.createSet(deployment, hash, sets);
    const older = sets.filter(set => set !== current);
    this.roll(deployment, current, older);
    this.forgetOldest(deployment, older);
    this.report(deployment, current.metadata.name);
  }

  private createSet(
    deployment: KubeObject,
    hash: string,
    sets: KubeObject[],
  ): KubeObject {
    const { name, namespace } = deployment.metadata;
    const template = structuredClone(
      objectAt(deployment, 'spec', 'template') ?? {},
    );
    const metadata = objectAt(template, 'metadata') ?? {};
    const labels = {
      ...(objectAt(metadata, 'labels') as Record<string, string> | undefined),
      [hashLabel]: hash,
    };
    const selector = objectAt(deployment, 'spec', 'selector') ?? {};
    const revision = Math.max(0, ...sets.map(revisionOf)) + 1;
    return this.store.create(
      {
        apiVersion: 'apps/v1',
        kind: 'ReplicaSet',
        metadata: {
          name: `${name}-${hash}`,
          namespace,
          labels,
          annotations: { [revisionAnnotation]: String(revision) },
          ownerReferences: [controllerReference(deployment)],
        },
        spec: {
          replicas: 0,
          selector: {
            ...selector,
            matchLabels: {
              ...objectAt(selector, 'matchLabels'),
              [hashLabel]: hash,
            },
          },
          template: { ...template, metadata: { ...metadata, labels } },
        },
      },
      options,
    );
  }

  private roll(
    deployment: KubeObject,
    current: KubeObject,
    older: KubeObject[],
  ): void {
    const wanted = wantedReplicas(deployment);
    const recreate =
      objectAt(deployment, 'spec', 'strategy')?.type === 'Recreate';
    const isUp = statusCount(current, 'readyReplicas') >= wanted;
    const oldIsGone = older.every(set => statusCount(set, 'replicas') === 0);
    if (recreate || isUp) {
      for (const set of older) {
        this.scale(set, 0);
      }
    }
    if (!recreate || oldIsGone) {
      this.scale(current, wanted);
    }
  }

  private scale(set: KubeObject, replicas: number): void {
    const { namespace, name } = set.metadata;
    if (wantedReplicas(set) !== replicas) {
      this.store.mergePatch(
        kinds.ReplicaSet,
        namespace,
        name,
        { spec: { replicas } },
        options,
      );
    }
  }

  private forgetOldest(deployment: KubeObject, older: KubeObject[]): void {
    const limit = objectAt(deployment, 'spec')?.revisionHistoryLimit;
    const idle = older
      .filter(
        set => wantedReplicas(set) === 0 && statusCount(set, 'replicas') === 0,
      )
      .sort((left, right) => revisionOf(left) - revisionOf(right));
    const keep = typeof limit === 'number' ? limit : 10;
    for (const { metadata } of idle.slice(0, Math.max(0, idle.length - keep))) {
      this.store.delete(kinds.ReplicaSet, metadata.namespace, metadata.name);
    }
  }

  private report(deployment: KubeObject, currentName: string): void {
    const sets = controlledBy(this.store, kinds.ReplicaSet, deployment);
    const current = sets.find(set => set.metadata.name === currentName);
    const sum = (field: string) =>
      sets.reduce((total, set) => total + statusCount(set, field), 0);
    const counts: Counts = {
      wanted: wantedReplicas(deployment),
      replicas: sum('replicas'),
      updated: current ? statusCount(current, 'replicas') : 0,
      available: sum('availableReplicas'),
    };
    const ready = sum('readyReplicas');
    const unavailable = Math.max(0, counts.replicas - counts.available);
    this.writeStatus(deployment, {
      observedGeneration: deployment.metadata.generation,
      ...omitZero({
        replicas: counts.replicas,
        updatedReplicas: counts.updated,
        readyReplicas: ready,
        availableReplicas: counts.available,
        unavailableReplicas: unavailable,
      }),
      conditions: [
        available(deployment, counts),
        this.progressing(deployment, currentName, counts),
        ...sets
          .flatMap(set => arrayAt(set, 'status', 'conditions'))
          .filter(isJsonObject)
          .slice(0, 1)
          .map(failure => ({
            ...failure,
            lastUpdateTime: failure.lastTransitionTime,
          })),
      ],
    });
  }

  private progressing(
    deployment: KubeObject,
    setName: string,
    counts: Counts,
  ): JsonObject {
    const isComplete =
      counts.updated === counts.wanted &&
      counts.replicas === counts.wanted &&
      counts.available === counts.wanted;
    const before = conditionOf(deployment, 'Progressing');
    if (isComplete) {
      return nextCondition(before, 'Progressing', 'True', {
        reason: 'NewReplicaSetAvailable',
        message: `ReplicaSet "${setName}" has successfully progressed.`,
      });
    }
    const deadline = objectAt(deployment, 'spec')?.progressDeadlineSeconds;
    const sameSet = String(before?.message).includes(`"${setName}"`);
    const moved =
      !sameSet ||
      before?.reason === 'NewReplicaSetAvailable' ||
      counts.available > statusCount(deployment, 'availableReplicas') ||
      counts.updated > statusCount(deployment, 'updatedReplicas');
    const since = moved ? now() : String(before?.lastUpdateTime);
    const deadlineMs = (typeof deadline === 'number' ? deadline : 600) * 1000;
    const left = Date.parse(since) + deadlineMs - Date.now();
    const isOver = before?.reason === 'ProgressDeadlineExceeded' && !moved;
    if (isOver || left <= 0) {
      return nextCondition(before, 'Progressing', 'False', {
        reason: 'ProgressDeadlineExceeded',
        message: `ReplicaSet "${setName}" has timed out progressing.`,
      });
    }
    this.revisit(deployment, Math.min(left, 2 ** 31 - 1));
    return {
      ...nextCondition(before, 'Progressing', 'True', {
        reason: 'ReplicaSetUpdated',
        message: `ReplicaSet "${setName}" is progressing.`,
      }),
      lastUpdateTime: since,
    };
  }
}

function revisionOf(set: KubeObject): number {
  return Number(set.metadata.annotations?.[revisionAnnotation] ?? 0);
}

function omitZero(counts: Record<string, number>): Record<string, number> {
  return Object.fromEntries(
    Object.entries(counts).filter(([, value]) => value > 0),
  );
}

function conditionOf(object: KubeObject, type: string): JsonObject | undefined {
  return arrayAt(object, 'status', 'conditions')
    .filter(isJsonObject)
    .find(entry => entry.type === type);
}

function nextCondition(
  before: JsonObject | undefined,
  type: string,
  status: 'True' | 'False',
  text: { reason: string; message: string },
): JsonObject {
  const same =
    before?.status === status &&
    before.reason === text.reason &&
    before.message === text.message;
  return {
    type,
    status,
    lastUpdateTime: same ? before.lastUpdateTime : now(),
    lastTransitionTime:
      before?.status === status ? before.lastTransitionTime : now(),
    ...text,
  };
}

/** Pods that may be missing during a roll-out; a share is rounded down. */
function maxUnavailable(deployment: KubeObject, wanted: number): number {
  const value = objectAt(
    deployment,
    'spec',
    'strategy',
    'rollingUpdate',
  )?.maxUnavailable;
  if (typeof value === 'number') {
    return value;
  }
  return Math.floor((wanted * (parseInt(String(value), 10) || 0)) / 100);
}

function available(deployment: KubeObject, counts: Counts): JsonObject {
  const minimum = counts.wanted - maxUnavailable(deployment, counts.wanted);
  const before = conditionOf(deployment, 'Available');
  return counts.available >= minimum
    ? nextCondition(before, 'Available', 'True', {
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
      })
    : nextCondition(before, 'Available', 'False', {
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      });
}
