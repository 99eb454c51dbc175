import type { Translate } from '../hooks/useGitopsTranslation';
import type { ClusterKnowledge } from './clusterKnowledge';

/**
 * Why a cluster is not live: what the portal itself finds in the reader's
 * language, the words of anything else as they came.
 */
export function clusterTrouble(
  { reason, error }: Pick<ClusterKnowledge, 'reason' | 'error'>,
  t: Translate,
): string | undefined {
  return reason ? t(`cluster.reason.${reason}`) : error;
}
