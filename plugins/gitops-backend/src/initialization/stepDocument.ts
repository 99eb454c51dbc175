import type { StepDocument } from '@backstage-gitops/plugin-gitops-common';
import type { InitializationStep } from '../database/tables';

/** A step as it is shown; what it intended and its outcome stay inside. @internal */
export function stepDocument(step: InitializationStep): StepDocument {
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
