import type { StepDocument } from '@backstage-gitops/plugin-gitops-common';
import type { Translate } from '../hooks/useGitopsTranslation';

/**
 * What a step of the set-up is called in the reader's language. A backend that
 * was updated before this page may have further steps: their own name stands.
 */
export function setupStepName(
  { step, displayName }: Pick<StepDocument, 'step' | 'displayName'>,
  t: Translate,
): string {
  const key = `setup.step.${step}` as const;
  // A key that has no words is given back as it is.
  const name: string = t(key);
  return name === key ? displayName : name;
}
