import type { ResourceStateDocument } from '@backstage-gitops/plugin-gitops-common';
import type { ShownState } from './shownState';

/** What is known of the objects that an environment applied, taken together. */
export type WorkloadState =
  | 'healthy'
  | 'unchecked'
  | 'none'
  | 'checking'
  | 'failing'
  | 'waiting'
  | 'unknown';

/**
 * Reads the health of the workloads off their Kustomization: "Ready" says that
 * they are well only where it had them checked.
 */
export function workloadState(
  resource: ResourceStateDocument | undefined,
  state: ShownState,
): WorkloadState {
  if (!resource || state.status === 'unknown' || state.status === 'missing') {
    return resource ? 'unknown' : 'waiting';
  }
  const { attributes, reason, status } = resource;
  if (reason === 'HealthCheckFailed') {
    return 'failing';
  }
  // The stage is told in the controller's words, which name what it does now.
  if (status === 'reconciling' && /health/i.test(attributes.stage ?? '')) {
    return 'checking';
  }
  const outcome = state.settled ?? state.previous ?? status;
  if (outcome !== 'ready') {
    return resource.commit ? 'unknown' : 'waiting';
  }
  switch (attributes.healthUnchecked) {
    case 'unset':
      return 'unchecked';
    case 'nothing-to-check':
      return 'none';
    default:
      return 'healthy';
  }
}
