import { z } from 'zod/v3';
import type { StepStatus } from './enumerations';

/** Names of the set-up steps, in order. @public */
export const stepNameSchema = z.enum([
  'resolve_credentials',
  'create_repository',
  'push_template',
  'create_records',
  'create_environments',
  'setup_gitops',
  'finish',
]);
/** @public */
export type StepName = z.infer<typeof stepNameSchema>;

/** One step of the set-up: its place, its share of the progress. @public */
export interface StepDefinition {
  step: StepName;
  displayName: string;
  /** 1-based place in the order. */
  sequence: number;
  /** Share of the whole, relative to the sum of all weights. */
  weight: number;
}

/** The seven steps of a set-up with their weights. @public */
export const INITIALIZATION_STEPS: readonly StepDefinition[] = [
  {
    step: 'resolve_credentials',
    displayName: 'Resolve credentials',
    sequence: 1,
    weight: 5,
  },
  {
    step: 'create_repository',
    displayName: 'Create repository',
    sequence: 2,
    weight: 15,
  },
  {
    step: 'push_template',
    displayName: 'Push template',
    sequence: 3,
    weight: 25,
  },
  {
    step: 'create_records',
    displayName: 'Create records',
    sequence: 4,
    weight: 10,
  },
  {
    step: 'create_environments',
    displayName: 'Create environments',
    sequence: 5,
    weight: 15,
  },
  {
    step: 'setup_gitops',
    displayName: 'Set up GitOps',
    sequence: 6,
    weight: 30,
  },
  { step: 'finish', displayName: 'Finish', sequence: 7, weight: 5 },
];

/**
 * Progress of a set-up in whole percent: finished weight over the sum of all
 * weights. Only completed and skipped steps count, so 100 means done, never
 * "handed on".
 * @public
 */
export function initializationProgress(
  steps: Iterable<{ step: string; status: StepStatus }>,
): number {
  const finished = new Set<string>();
  for (const { step, status } of steps) {
    if (status === 'completed' || status === 'skipped') {
      finished.add(step);
    }
  }
  let done = 0;
  let total = 0;
  for (const { step, weight } of INITIALIZATION_STEPS) {
    total += weight;
    if (finished.has(step)) {
      done += weight;
    }
  }
  return Math.floor((done * 100) / total);
}
