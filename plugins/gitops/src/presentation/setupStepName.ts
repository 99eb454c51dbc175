import type { StepDocument } from '@backstage-gitops/plugin-gitops-common';
import type { Translate } from '../hooks/useGitopsTranslation';
import { fillMessage } from './fillMessage';

/**
 * What a step of the set-up is called in the reader's language. A backend that
 * was updated before this page may have further steps: their own name stands.
 */
export function setupStepName(
  { step, displayName }: Pick<StepDocument, 'step' | 'displayName'>,
  t: Translate,
): string {
  return fillMessage(`setup.step.${step}`, t) ?? displayName;
}
