import { Skeleton, VisuallyHidden } from '@backstage/ui';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import styles from './fleet.module.css';

/** The matrix before its first answer. */
export function FleetSkeleton() {
  const t = useGitopsTranslation();
  return (
    <div className={styles.skeleton} role="status">
      <VisuallyHidden>{t('fleet.loading')}</VisuallyHidden>
      {[0, 1, 2, 3, 4, 5].map(index => (
        <Skeleton key={index} height={64} />
      ))}
    </div>
  );
}
