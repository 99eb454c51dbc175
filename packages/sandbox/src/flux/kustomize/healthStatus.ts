import { isObject, JsonObject } from '../../kustomize/json';
import { KubeObject } from '../../kubernetes/ObjectStore';

/** Result of looking at one object, in the words of `kstatus`. */
export type HealthStatus =
  | 'Current'
  | 'InProgress'
  | 'Failed'
  | 'Terminating'
  | 'NotFound';

function conditionOf(status: JsonObject, type: string): JsonObject | undefined {
  const { conditions } = status;
  return Array.isArray(conditions)
    ? conditions.filter(isObject).find(condition => condition.type === type)
    : undefined;
}

function number(value: unknown, fallback = 0): number {
  return typeof value === 'number' ? value : fallback;
}

function deployment(spec: JsonObject, status: JsonObject): HealthStatus {
  const progressing = conditionOf(status, 'Progressing');
  if (progressing?.reason === 'ProgressDeadlineExceeded') {
    return 'Failed';
  }
  const wanted = number(spec.replicas, 1);
  const replicas = number(status.replicas);
  const updated = number(status.updatedReplicas);
  const done =
    wanted <= replicas &&
    wanted <= updated &&
    replicas <= updated &&
    updated <= number(status.availableReplicas) &&
    wanted <= number(status.readyReplicas) &&
    conditionOf(status, 'Available')?.status === 'True';
  return done ? 'Current' : 'InProgress';
}

function statefulSet(spec: JsonObject, status: JsonObject): HealthStatus {
  if (
    isObject(spec.updateStrategy) &&
    spec.updateStrategy.type === 'OnDelete'
  ) {
    return 'Current';
  }
  const wanted = number(spec.replicas, 1);
  const done =
    wanted <= number(status.replicas) &&
    wanted <= number(status.readyReplicas) &&
    number(status.currentReplicas) >= wanted &&
    status.currentRevision === status.updateRevision;
  return done ? 'Current' : 'InProgress';
}

function replicaSet(spec: JsonObject, status: JsonObject): HealthStatus {
  if (conditionOf(status, 'ReplicaFailure')?.status === 'True') {
    return 'InProgress';
  }
  const wanted = number(spec.replicas, 1);
  const done =
    number(status.replicas) === wanted &&
    wanted <= number(status.availableReplicas) &&
    wanted <= number(status.readyReplicas);
  return done ? 'Current' : 'InProgress';
}

function daemonSet(_spec: JsonObject, status: JsonObject): HealthStatus {
  const wanted = status.desiredNumberScheduled;
  const done =
    typeof wanted === 'number' &&
    wanted <= number(status.currentNumberScheduled) &&
    wanted <= number(status.updatedNumberScheduled) &&
    wanted <= number(status.numberAvailable) &&
    wanted <= number(status.numberReady);
  return done ? 'Current' : 'InProgress';
}

function job(_spec: JsonObject, status: JsonObject): HealthStatus {
  if (conditionOf(status, 'Failed')?.status === 'True') {
    return 'Failed';
  }
  // Flux waits for the end of a Job, where kstatus is content with its start.
  return conditionOf(status, 'Complete')?.status === 'True'
    ? 'Current'
    : 'InProgress';
}

function pod(_spec: JsonObject, status: JsonObject): HealthStatus {
  if (status.phase === 'Succeeded') {
    return 'Current';
  }
  if (status.phase === 'Failed') {
    return 'Failed';
  }
  return status.phase === 'Running' &&
    conditionOf(status, 'Ready')?.status === 'True'
    ? 'Current'
    : 'InProgress';
}

function service(spec: JsonObject, status: JsonObject): HealthStatus {
  const { loadBalancer } = status;
  const waits =
    spec.type === 'LoadBalancer' &&
    !(isObject(loadBalancer) && Array.isArray(loadBalancer.ingress));
  return waits ? 'InProgress' : 'Current';
}

function definition(_spec: JsonObject, status: JsonObject): HealthStatus {
  const names = conditionOf(status, 'NamesAccepted');
  if (names?.status === 'False') {
    return 'Failed';
  }
  return conditionOf(status, 'Established')?.status === 'True'
    ? 'Current'
    : 'InProgress';
}

const RULES: Record<
  string,
  (spec: JsonObject, status: JsonObject) => HealthStatus
> = {
  'apps/Deployment': deployment,
  'apps/StatefulSet': statefulSet,
  'apps/ReplicaSet': replicaSet,
  'apps/DaemonSet': daemonSet,
  'batch/Job': job,
  '/Pod': pod,
  '/Service': service,
  '/PersistentVolumeClaim': (_spec, status) =>
    status.phase === 'Bound' ? 'Current' : 'InProgress',
  'apiextensions.k8s.io/CustomResourceDefinition': definition,
};

/** Rules that hold for every kind; undefined when they have nothing against it. */
function generic(
  object: KubeObject,
  status: JsonObject,
): HealthStatus | undefined {
  if (object.metadata.deletionTimestamp) {
    return 'Terminating';
  }
  const { observedGeneration } = status;
  if (
    typeof observedGeneration === 'number' &&
    object.metadata.generation !== undefined &&
    observedGeneration !== object.metadata.generation
  ) {
    return 'InProgress';
  }
  if (conditionOf(status, 'Reconciling')?.status === 'True') {
    return 'InProgress';
  }
  if (conditionOf(status, 'Stalled')?.status === 'True') {
    return 'Failed';
  }
  return undefined;
}

/** How an object is, judged by its status alone. */
export function healthStatus(object: KubeObject | undefined): HealthStatus {
  if (!object) {
    return 'NotFound';
  }
  const status = isObject(object.status) ? object.status : {};
  const spec = isObject(object.spec) ? object.spec : {};
  const general = generic(object, status);
  if (general) {
    return general;
  }
  const group = object.apiVersion.includes('/')
    ? object.apiVersion.split('/')[0]
    : '';
  const rule = RULES[`${group}/${object.kind}`];
  if (rule) {
    return rule(spec, status);
  }
  const ready = conditionOf(status, 'Ready');
  return ready && ready.status !== 'True' ? 'InProgress' : 'Current';
}
