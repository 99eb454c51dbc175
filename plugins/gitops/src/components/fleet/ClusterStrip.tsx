import { RiCheckboxBlankCircleFill, RiPlugLine } from '@remixicon/react';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import { useLocale } from '../../hooks/useLocale';
import type { ClusterKnowledge } from '../../presentation/clusterKnowledge';
import { clusterTrouble } from '../../presentation/clusterTrouble';
import { useRelativeTime } from '../common/RelativeTime';
import styles from './fleet.module.css';

export interface ClusterStripProps {
  clusters: ClusterKnowledge[];
}

/** Whether the portal hears from each cluster, and since when it does not. */
export function ClusterStrip({ clusters }: ClusterStripProps) {
  const t = useGitopsTranslation();
  return (
    <ul className={styles.clusters} aria-label={t('cluster.title')}>
      {clusters.map(cluster => (
        <Cluster key={cluster.name} cluster={cluster} />
      ))}
    </ul>
  );
}

function Cluster({ cluster }: { cluster: ClusterKnowledge }) {
  const t = useGitopsTranslation();
  const locale = useLocale();
  const heard = useRelativeTime(cluster.heardAt);
  const { name, state, trust } = cluster;
  const Icon = trust === 'live' ? RiCheckboxBlankCircleFill : RiPlugLine;
  // What was live when the portal answered is not when the page hears no more.
  const word = trust === 'old' && state === 'live' ? 'delayed' : state;
  return (
    <li
      className={styles.cluster}
      data-trust={trust}
      title={clusterTrouble(cluster, t, locale)}
    >
      <span className={styles.clusterIcon} aria-hidden>
        <Icon className={styles.glyph} />
      </span>
      <span>
        <strong>{name}</strong> {t(`cluster.${word}`)}
        {trust !== 'live' &&
          `, ${
            cluster.heardAt
              ? t('cluster.heard', { time: heard })
              : t('cluster.neverHeard')
          }`}
      </span>
    </li>
  );
}
