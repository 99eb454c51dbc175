import { RiAlertLine } from '@remixicon/react';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import { useLocale } from '../../hooks/useLocale';
import type { ClusterKnowledge } from '../../presentation/clusterKnowledge';
import { clusterTrouble } from '../../presentation/clusterTrouble';
import styles from './card.module.css';

export interface ClusterTroubleProps {
  clusters: ReadonlyMap<string, ClusterKnowledge>;
}

/** Which clusters cannot be read, and why: once for all environments on them. */
export function ClusterTrouble({ clusters }: ClusterTroubleProps) {
  const t = useGitopsTranslation();
  const locale = useLocale();
  const unreadable = [...clusters.values()].filter(
    ({ trust, state }) => trust === 'old' && state !== 'connecting',
  );
  return unreadable.map(cluster => {
    const trouble = clusterTrouble(cluster, t, locale);
    return (
      <p key={cluster.name} className={styles.trouble}>
        <RiAlertLine aria-hidden />
        <span>
          {t('cluster.partial', { cluster: cluster.name })}
          {trouble && `: ${trouble}`}
        </span>
      </p>
    );
  });
}
