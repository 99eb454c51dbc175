import { KubeObject } from '../../kubernetes/ObjectStore';

/** Names one object in the cluster; the version is that of the manifest. */
export interface ObjectReference {
  group: string;
  version: string;
  kind: string;
  namespace: string;
  name: string;
}

export function referenceOf(object: KubeObject): ObjectReference {
  const slash = object.apiVersion.indexOf('/');
  return {
    group: slash < 0 ? '' : object.apiVersion.slice(0, slash),
    version: object.apiVersion.slice(slash + 1),
    kind: object.kind,
    namespace: object.metadata.namespace ?? '',
    name: object.metadata.name,
  };
}

export function apiVersionOf({ group, version }: ObjectReference): string {
  return group ? `${group}/${version}` : version;
}

/** As messages write it: `Deployment/team/web`, or `Namespace/team`. */
export function showReference(reference: ObjectReference): string {
  return [reference.kind, reference.namespace, reference.name]
    .filter(Boolean)
    .join('/');
}

/** Equal for the same object, whatever its version. */
export function identity(reference: ObjectReference): string {
  const { group, kind, namespace, name } = reference;
  return [group, kind, namespace, name].join('|');
}

const FIRST = [
  'CustomResourceDefinition',
  'Namespace',
  'ClusterRole',
  'RuntimeClass',
  'PriorityClass',
  'StorageClass',
  'VolumeSnapshotClass',
  'IngressClass',
  'GatewayClass',
  'ClusterRoleBinding',
  'ResourceQuota',
  'ServiceAccount',
  'Role',
  'RoleBinding',
  'ConfigMap',
  'Secret',
  'Service',
  'LimitRange',
  'Deployment',
  'StatefulSet',
  'CronJob',
  'PodDisruptionBudget',
];
const LAST = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'];

function rank(kind: string): number {
  const first = FIRST.indexOf(kind);
  return first >= 0 ? first - FIRST.length : LAST.indexOf(kind) + 1;
}

/** Order in which Flux applies; deletion goes the other way. */
export function compareForApply(
  a: ObjectReference,
  b: ObjectReference,
): number {
  const text = (reference: ObjectReference) =>
    [reference.group, reference.kind, reference.namespace, reference.name].join(
      '\0',
    );
  return rank(a.kind) - rank(b.kind) || (text(a) < text(b) ? -1 : 1);
}

/** Definitions come first and must work before anything else is applied. */
export function applyStage(kind: string): number {
  if (['CustomResourceDefinition', 'Namespace', 'ClusterRole'].includes(kind)) {
    return 0;
  }
  return kind.endsWith('Class') ? 1 : 2;
}
