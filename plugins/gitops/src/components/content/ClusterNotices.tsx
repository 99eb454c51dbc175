import { Alert } from '@backstage/ui';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import { useLocale } from '../../hooks/useLocale';
import type { ClusterKnowledge } from '../../presentation/clusterKnowledge';
import { clusterTrouble } from '../../presentation/clusterTrouble';

export interface ClusterNoticesProps {
  clusters: Map<string, ClusterKnowledge>;
}

/** Says which clusters cannot be read, why, and that the rest still holds. */
export function ClusterNotices({ clusters }: ClusterNoticesProps) {
  const t = useGitopsTranslation();
  const locale = useLocale();
  const all = [...clusters.values()];
  const unreadable = all.filter(cluster => cluster.trust === 'old');
  const consequence =
    unreadable.length < all.length
      ? t('cluster.partialDescription')
      : t('cluster.partialAll');
  return (
    <>
      {unreadable.map(cluster => {
        const trouble = clusterTrouble(cluster, t, locale);
        return (
          <Alert
            key={cluster.name}
            status="warning"
            icon
            role="status"
            title={t('cluster.partial', { cluster: cluster.name })}
            description={trouble ? `${trouble}. ${consequence}` : consequence}
          />
        );
      })}
    </>
  );
}
