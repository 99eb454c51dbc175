import { RiCheckboxBlankCircleFill, RiPlugLine } from '@remixicon/react';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import type { ClusterKnowledge } from '../../presentation/clusterKnowledge';
import { useRelativeTime } from '../common/RelativeTime';
import styles from './content.module.css';

export interface ClusterLineProps {
  clusters: Map<string, ClusterKnowledge>;
}

/** How fresh the knowledge of each cluster is. */
export function ClusterLine({ clusters }: ClusterLineProps) {
  const t = useGitopsTranslation();
  return (
    <ul className={styles.clusters} aria-label={t('cluster.title')}>
      {[...clusters.values()].map(cluster => (
        <Cluster key={cluster.name} cluster={cluster} />
      ))}
    </ul>
  );
}

function Cluster({ cluster }: { cluster: ClusterKnowledge }) {
  const t = useGitopsTranslation();
  const heard = useRelativeTime(cluster.heardAt);
  const live = cluster.trust === 'live';
  return (
    <li className={styles.cluster} data-live={live || undefined}>
      <span className={styles.clusterIcon} aria-hidden>
        {live ? <RiCheckboxBlankCircleFill /> : <RiPlugLine />}
      </span>
      <span>
        <strong>{cluster.name}</strong>{' '}
        {cluster.trust === 'old' && cluster.state === 'live'
          ? t('cluster.delayed')
          : t(`cluster.${cluster.state}`)}
        {!live &&
          `, ${
            cluster.heardAt
              ? t('cluster.heard', { time: heard })
              : t('cluster.neverHeard')
          }`}
      </span>
    </li>
  );
}
