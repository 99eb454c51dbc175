import { createHash } from 'node:crypto';
import { KubeObject, ObjectStore, OwnerReference } from '../ObjectStore';
import { ResourceKind } from '../ResourceKind';
import { arrayAt, isJsonObject, objectAt } from '../json';
import { kinds } from '../kinds';

const options = { fieldManager: 'kube-controller-manager' };

/** A short name for a pod template, the same for the same template. */
export function templateHash(template: unknown): string {
  const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
  return [...createHash('sha256').update(JSON.stringify(template)).digest()]
    .slice(0, 10)
    .map(byte => alphabet[byte % alphabet.length])
    .join('');
}

/** The reference by which an object is known to be controlled by `owner`. */
export function controllerReference(owner: KubeObject): OwnerReference {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid!,
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** Objects controlled by `owner` that are not going away. */
export function controlledBy(
  store: ObjectStore,
  kind: ResourceKind,
  owner: KubeObject,
): KubeObject[] {
  return store
    .list(kind, owner.metadata.namespace)
    .filter(
      object =>
        !object.metadata.deletionTimestamp &&
        object.metadata.ownerReferences?.some(
          reference =>
            reference.controller && reference.uid === owner.metadata.uid,
        ),
    );
}

/** Creates a pod from the owner's template. `name` may end in a dash: the API server completes it. */
export function createPod(
  store: ObjectStore,
  owner: KubeObject,
  name: string,
  labels: Record<string, string> = {},
): void {
  const template = objectAt(owner, 'spec', 'template');
  const metadata = objectAt(template, 'metadata');
  const templateLabels = objectAt(metadata, 'labels') as
    | Record<string, string>
    | undefined;
  const annotations = objectAt(metadata, 'annotations') as
    | Record<string, string>
    | undefined;
  store.create(
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: {
        ...(name.endsWith('-') ? { name: '', generateName: name } : { name }),
        namespace: owner.metadata.namespace,
        labels: { ...templateLabels, ...labels },
        ...(annotations ? { annotations } : {}),
        ownerReferences: [controllerReference(owner)],
      },
      spec: structuredClone(template?.spec ?? {}),
    },
    options,
  );
}

/** Deletes a pod that may be gone already. */
export function deletePod(store: ObjectStore, pod: KubeObject): void {
  const { namespace, name } = pod.metadata;
  if (store.get(kinds.Pod, namespace, name)) {
    store.delete(kinds.Pod, namespace, name);
  }
}

/** Whether the pod's containers are ready. */
export function isReady(pod: KubeObject): boolean {
  return arrayAt(pod, 'status', 'conditions').some(
    condition =>
      isJsonObject(condition) &&
      condition.type === 'Ready' &&
      condition.status === 'True',
  );
}

/** `spec.replicas`, 1 when absent. */
export function wantedReplicas(object: KubeObject): number {
  const replicas = objectAt(object, 'spec')?.replicas;
  return typeof replicas === 'number' ? replicas : 1;
}

/** A number of the status, 0 when absent. */
export function statusCount(object: KubeObject, field: string): number {
  const value = objectAt(object, 'status')?.[field];
  return typeof value === 'number' ? value : 0;
}
