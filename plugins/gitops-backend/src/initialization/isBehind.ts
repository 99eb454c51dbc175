import type { InitializationStep } from '../database/tables';

/** Whether nothing is left to do for a step in its attempt. @internal */
export function isBehind({ status }: Pick<InitializationStep, 'status'>) {
  return status === 'completed' || status === 'skipped';
}
