import type { LeadTimeDocument } from '@backstage-gitops/plugin-gitops-common';

/** A moment on the way of a commit. */
export interface LeadTimeStep {
  step: 'committed' | 'fetched' | 'applied' | 'healthy';
  /** RFC 3339 */
  at: string;
  /** Milliseconds since the moment before; absent for the first. */
  afterMs?: number;
}

/** The known moments of a lead time in their order, with the time between them. */
export function leadTimeSteps(leadTime: LeadTimeDocument): LeadTimeStep[] {
  const moments = [
    ['committed', leadTime.committedAt],
    ['fetched', leadTime.fetchedAt],
    ['applied', leadTime.appliedAt],
    ['healthy', leadTime.healthyAt],
  ] as const;
  const steps: LeadTimeStep[] = [];
  for (const [step, at] of moments) {
    if (at) {
      const before = steps.at(-1);
      // Committers' clocks may be ahead of the cluster's.
      const afterMs =
        before && Math.max(0, Date.parse(at) - Date.parse(before.at));
      steps.push({ step, at, afterMs });
    }
  }
  return steps;
}
