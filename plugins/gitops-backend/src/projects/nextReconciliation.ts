import {
  parseGoDuration,
  type ResourceStatus,
} from '@backstage-gitops/plugin-gitops-common';
import type { ShownResource } from './shownColumns';

/**
 * When Flux looks at a resource again by itself. Runs that change nothing are not
 * written down, so the last one is only known for as long as no further one can
 * have been: for one interval after the last change that was seen.
 *
 * @param status - State at the moment of reading.
 * @returns RFC 3339, or undefined where it cannot be told
 */
export function nextReconciliation(
  resource: ShownResource,
  status: ResourceStatus,
  at: Date,
): string | undefined {
  const { observed } = resource;
  if (!observed || (status !== 'ready' && status !== 'failed')) {
    return undefined;
  }
  const { interval, retryInterval } = observed.spec ?? {};
  const every = parseGoDuration(
    status === 'failed' && observed.kind === 'Kustomization'
      ? retryInterval ?? interval
      : interval,
  );
  const ended = Math.max(
    ...(observed.status?.conditions ?? []).map(
      ({ lastTransitionTime }) => Date.parse(lastTransitionTime ?? '') || 0,
    ),
    0,
  );
  if (!every || !ended) {
    return undefined;
  }
  // A failing source backs off in steps of its own.
  const known = status === 'ready' || observed.kind === 'Kustomization';
  const next = ended + every;
  return known && next > at.getTime()
    ? new Date(next).toISOString()
    : undefined;
}
