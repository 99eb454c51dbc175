import type { StepDocument } from '@backstage-gitops/plugin-gitops-common';
import type { ShownStep } from '../projects/shownColumns';

/** A step as it is shown; what it intended and its outcome stay inside. @internal */
export function stepDocument(step: ShownStep): StepDocument {
  return {
    step: step.step,
    displayName: step.displayName,
    sequence: step.sequence,
    status: step.status,
    progress: step.progress,
    startedAt: step.startedAt,
    completedAt: step.completedAt,
    durationMs: step.duration,
    error: step.error,
  };
}
