import type { ObjectHealth } from '../api/environments';
import type { FluxCondition } from './types';

/** Whatever an API server returned, as far as health is read from it. @public */
export interface HealthReading {
  apiVersion: string;
  kind: string;
  metadata: { generation?: number; deletionTimestamp?: string };
  spec?: Record<string, unknown>;
  status?: Record<string, unknown>;
}

/** @public */
export interface HealthAnswer {
  health: ObjectHealth;
  /** Why, where it is not `current`. */
  message?: string;
}

interface Facts {
  object: HealthReading;
  spec: Record<string, unknown>;
  status: Record<string, unknown>;
  condition(type: string): FluxCondition | undefined;
}

type Rule = (facts: Facts) => HealthAnswer | undefined;

const CURRENT: HealthAnswer = { health: 'current' };
const failed = (message: string): HealthAnswer => ({
  health: 'failed',
  message,
});
const inProgress = (message: string): HealthAnswer => ({
  health: 'in-progress',
  message,
});

const outdated: Rule = ({ object, status }) => {
  const { observedGeneration } = status;
  const { generation } = object.metadata;
  return typeof observedGeneration === 'number' &&
    generation !== undefined &&
    observedGeneration !== generation
    ? inProgress('The newest change is not picked up yet')
    : undefined;
};

/** Conditions that say it outright, whatever the kind. */
const explicit: Rule = ({ condition }) => {
  const reconciling = condition('Reconciling');
  if (reconciling?.status === 'True') {
    return inProgress(words(reconciling));
  }
  const stalled = condition('Stalled');
  return stalled?.status === 'True' ? failed(words(stalled)) : undefined;
};

const readyOrNot: Rule = ({ condition }) => {
  const ready = condition('Ready');
  return ready && ready.status !== 'True'
    ? inProgress(words(ready))
    : undefined;
};

const deployment: Rule = ({ spec, status, condition }) => {
  const progressing = condition('Progressing');
  if (progressing?.reason === 'ProgressDeadlineExceeded') {
    return failed(words(progressing));
  }
  if (progressing && progressing.status !== 'True') {
    return inProgress(words(progressing));
  }
  const wanted = count(spec.replicas, 1);
  return (
    behind(status, wanted) ??
    (condition('Available') && condition('Available')?.status !== 'True'
      ? inProgress(words(condition('Available')))
      : undefined)
  );
};

const replicaSet: Rule = ({ spec, status, condition }) => {
  const failure = condition('ReplicaFailure');
  if (failure?.status === 'True') {
    return inProgress(words(failure));
  }
  const wanted = count(spec.replicas, 1);
  return (
    missing('labelled', count(status.fullyLabeledReplicas), wanted) ??
    missing('available', count(status.availableReplicas), wanted) ??
    missing('ready', count(status.readyReplicas), wanted) ??
    surplus(count(status.replicas), wanted)
  );
};

const statefulSet: Rule = ({ spec, status }) => {
  const strategy = (spec.updateStrategy ?? {}) as {
    type?: string;
    rollingUpdate?: { partition?: number };
  };
  if (strategy.type === 'OnDelete') {
    return CURRENT;
  }
  const wanted = count(spec.replicas, 1);
  const partition = strategy.rollingUpdate?.partition ?? 0;
  const replicas =
    missing('there', count(status.replicas), wanted) ??
    missing('ready', count(status.readyReplicas), wanted) ??
    surplus(count(status.replicas), wanted);
  if (replicas) {
    return replicas;
  }
  if (partition > 0) {
    return missing(
      'updated',
      count(status.updatedReplicas),
      Math.max(0, wanted - partition),
    );
  }
  return (
    missing('of the newest revision', count(status.currentReplicas), wanted) ??
    (status.currentRevision !== status.updateRevision
      ? inProgress('The newest revision is being rolled out')
      : undefined)
  );
};

const daemonSet: Rule = ({ status }) => {
  if (typeof status.desiredNumberScheduled !== 'number') {
    return inProgress('It is not scheduled yet');
  }
  const wanted = count(status.desiredNumberScheduled);
  return (
    missing('scheduled', count(status.currentNumberScheduled), wanted) ??
    missing('updated', count(status.updatedNumberScheduled), wanted) ??
    missing('available', count(status.numberAvailable), wanted) ??
    missing('ready', count(status.numberReady), wanted)
  );
};

const job: Rule = ({ status, condition }) => {
  const failure = condition('Failed');
  if (failure?.status === 'True') {
    return failed(words(failure));
  }
  if (condition('Complete')?.status === 'True' || status.startTime) {
    // kstatus takes a job that has begun for what was asked for.
    return CURRENT;
  }
  return inProgress('The job has not started yet');
};

const volumeClaim: Rule = ({ status }) =>
  status.phase === 'Bound'
    ? CURRENT
    : inProgress(`The volume is ${text(status.phase) ?? 'not bound yet'}`);

const service: Rule = ({ spec }) =>
  spec.type === 'LoadBalancer' && !spec.clusterIP
    ? inProgress('It has no address yet')
    : CURRENT;

const definition: Rule = ({ condition }) => {
  const names = condition('NamesAccepted');
  if (names?.status === 'False') {
    return failed(words(names));
  }
  const established = condition('Established');
  return established?.status === 'True'
    ? CURRENT
    : inProgress('The API server does not serve it yet');
};

const pod: Rule = facts => {
  const { status, condition } = facts;
  const waiting = podTrouble(facts.object);
  if (waiting) {
    return failed(waiting);
  }
  switch (status.phase) {
    case 'Succeeded':
      return CURRENT;
    case 'Failed':
      return failed(text(status.message) ?? text(status.reason) ?? 'Failed');
    case 'Running':
      return condition('Ready')?.status === 'True'
        ? CURRENT
        : inProgress(words(condition('Ready')) || 'It is not ready yet');
    default: {
      const scheduled = condition('PodScheduled');
      return scheduled?.status === 'False' &&
        scheduled.reason === 'Unschedulable'
        ? failed(words(scheduled))
        : inProgress(text(status.phase) ?? 'It has not been scheduled yet');
    }
  }
};

/** Reasons to wait that waiting does not mend (kubelet, pkg/kubelet/images and container). */
const STUCK =
  /^(CrashLoopBackOff|ImagePullBackOff|ErrImagePull|ErrImageNeverPull|InvalidImageName|CreateContainerConfigError|CreateContainerError|RunContainerError)$/;

function podTrouble({ status }: HealthReading): string | undefined {
  for (const list of ['initContainerStatuses', 'containerStatuses']) {
    const containers = status?.[list];
    for (const container of Array.isArray(containers) ? containers : []) {
      const { name, state } = container as {
        name?: string;
        state?: { waiting?: { reason?: string; message?: string } };
      };
      const { reason, message } = state?.waiting ?? {};
      if (reason && STUCK.test(reason)) {
        return `${reason} of container ${name}${message ? `: ${message}` : ''}`;
      }
    }
  }
  return undefined;
}

const KINDS: Record<string, Rule> = {
  'apps/Deployment': deployment,
  'apps/ReplicaSet': replicaSet,
  'apps/StatefulSet': statefulSet,
  'apps/DaemonSet': daemonSet,
  'batch/Job': job,
  '/PersistentVolumeClaim': volumeClaim,
  '/Service': service,
  '/Pod': pod,
  'apiextensions.k8s.io/CustomResourceDefinition': definition,
};

/**
 * Health of any object, by the rules that kustomize-controller waits by
 * (kubernetes-sigs/cli-utils, pkg/kstatus/status). Beyond them, a pod that cannot
 * get its image or its configuration has failed: it says so itself, and waiting
 * does not mend it.
 *
 * @public
 */
export function objectHealth(object: HealthReading): HealthAnswer {
  if (object.metadata.deletionTimestamp) {
    return {
      health: 'terminating',
      message: `Is being deleted since ${object.metadata.deletionTimestamp}`,
    };
  }
  const status = object.status ?? {};
  const conditions = (
    Array.isArray(status.conditions) ? status.conditions : []
  ) as FluxCondition[];
  const facts: Facts = {
    object,
    spec: object.spec ?? {},
    status,
    condition: type => conditions.find(each => each.type === type),
  };
  const group = object.apiVersion.includes('/')
    ? object.apiVersion.split('/')[0]
    : '';
  const rule = KINDS[`${group}/${object.kind}`];
  return (
    outdated(facts) ?? explicit(facts) ?? (rule ?? readyOrNot)(facts) ?? CURRENT
  );
}

function behind(
  status: Record<string, unknown>,
  wanted: number,
): HealthAnswer | undefined {
  const replicas = count(status.replicas);
  const updated = count(status.updatedReplicas);
  return (
    missing('there', replicas, wanted) ??
    missing('updated', updated, wanted) ??
    surplus(replicas, updated) ??
    missing('available', count(status.availableReplicas), wanted) ??
    missing('ready', count(status.readyReplicas), wanted)
  );
}

function missing(
  what: string,
  has: number,
  wanted: number,
): HealthAnswer | undefined {
  return has < wanted
    ? inProgress(`${has} of ${wanted} pods are ${what}`)
    : undefined;
}

function surplus(has: number, wanted: number): HealthAnswer | undefined {
  return has > wanted
    ? inProgress(`${has - wanted} old pods are still to go`)
    : undefined;
}

function count(value: unknown, fallback = 0): number {
  return typeof value === 'number' ? value : fallback;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value ? value : undefined;
}

function words(condition: FluxCondition | undefined): string {
  return condition?.message || condition?.reason || '';
}
