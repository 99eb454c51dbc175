import type { Translate } from '../hooks/useGitopsTranslation';
import { backendText } from './backendText';
import type { ClusterKnowledge } from './clusterKnowledge';

/** Why a cluster is not live; the words of others as they came. */
export function clusterTrouble(
  { error, wording }: Pick<ClusterKnowledge, 'error' | 'wording'>,
  t: Translate,
  locale: string | undefined,
): string | undefined {
  return backendText(error, wording, t, locale);
}
