import { RiAlertLine } from '@remixicon/react';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import type { ClusterKnowledge } from '../../presentation/clusterKnowledge';
import styles from './card.module.css';

export interface ClusterTroubleProps {
  clusters: ReadonlyMap<string, ClusterKnowledge>;
}

/** Which clusters cannot be read, and why: once for all environments on them. */
export function ClusterTrouble({ clusters }: ClusterTroubleProps) {
  const t = useGitopsTranslation();
  const unreadable = [...clusters.values()].filter(
    ({ trust, state }) => trust === 'old' && state !== 'connecting',
  );
  return unreadable.map(({ name, error }) => (
    <p key={name} className={styles.trouble}>
      <RiAlertLine aria-hidden />
      <span>
        {t('cluster.partial', { cluster: name })}
        {error && `: ${error}`}
      </span>
    </p>
  ));
}
