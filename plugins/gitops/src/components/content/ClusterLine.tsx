import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import type { ClusterKnowledge } from '../../presentation/clusterKnowledge';
import { connectionOf } from '../../presentation/connection';
import { ConnectionDot } from '../state/ConnectionDot';
import styles from './content.module.css';

export interface ClusterLineProps {
  clusters: Map<string, ClusterKnowledge>;
}

/** How fresh the knowledge of each cluster is. */
export function ClusterLine({ clusters }: ClusterLineProps) {
  const t = useGitopsTranslation();
  return (
    <ul className={styles.clusters} aria-label={t('cluster.title')}>
      {[...clusters].map(([name, knowledge]) => (
        <li key={name} className={styles.cluster}>
          <strong>{name}</strong>{' '}
          <ConnectionDot
            connection={connectionOf(new Map([[name, knowledge]]))}
          />
        </li>
      ))}
    </ul>
  );
}
