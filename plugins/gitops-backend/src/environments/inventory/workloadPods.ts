import type { InventoryObjectDocument } from '@backstage-gitops/plugin-gitops-common';
import type { ClusterObject } from '../../clusters';

/** Kinds that pods come of. */
const WORKLOADS = new Set([
  'Deployment',
  'ReplicaSet',
  'StatefulSet',
  'DaemonSet',
  'Job',
  'CronJob',
]);

/** An owner as `metadata.ownerReferences` names it. */
interface Owner {
  kind: string;
  name: string;
  controller?: boolean;
}

export type Pod = ClusterObject & {
  metadata: { ownerReferences?: Owner[] };
  spec?: Record<string, unknown>;
  status?: Record<string, unknown>;
};

/** @internal */
export function isWorkload({ kind }: { kind: string }): boolean {
  return WORKLOADS.has(kind);
}

/**
 * Finds whose pod it is among the objects of an inventory. What stands between is
 * told by the names that the controllers make: a Deployment's ReplicaSet is called
 * after it and the hash that its pods carry, a CronJob's Job after it and a time.
 *
 * @returns the workload, or undefined when the pod is somebody else's
 */
export function workloadOf(
  pod: Pod,
  workloads: readonly InventoryObjectDocument[],
): InventoryObjectDocument | undefined {
  const { ownerReferences, labels, namespace } = pod.metadata;
  const owner = ownerReferences?.find(each => each.controller);
  if (!owner) {
    return undefined;
  }
  const hash = labels?.['pod-template-hash'];
  const names: [kind: string, name: string][] = [[owner.kind, owner.name]];
  if (owner.kind === 'ReplicaSet' && hash && owner.name.endsWith(`-${hash}`)) {
    names.push(['Deployment', owner.name.slice(0, -hash.length - 1)]);
  }
  if (owner.kind === 'Job') {
    names.push(['CronJob', owner.name.replace(/-\d+$/, '')]);
  }
  return workloads.find(
    workload =>
      workload.namespace === namespace &&
      names.some(
        ([kind, name]) => workload.kind === kind && workload.name === name,
      ),
  );
}
