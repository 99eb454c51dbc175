import { isKustomization } from './kinds';
import type { FluxObject } from './types';

/**
 * Why deleting a Kustomization would leave its workloads behind, without an
 * owner; undefined where they go with it. Suspension wins over every policy
 * (kustomize-controller `finalizerShouldDeleteResources`), which surprises, so
 * warn before a suspended one is deleted.
 *
 * @public
 */
export function deletionOrphans(
  object: FluxObject,
): 'suspended' | 'policy' | undefined {
  const { suspend, deletionPolicy = 'MirrorPrune', prune } = object.spec ?? {};
  if (!isKustomization(object)) {
    return undefined;
  }
  if (suspend) {
    return 'suspended';
  }
  const deletes =
    deletionPolicy === 'MirrorPrune'
      ? prune
      : ['Delete', 'WaitForTermination'].includes(deletionPolicy);
  return deletes ? undefined : 'policy';
}
