import { Skeleton, VisuallyHidden } from '@backstage/ui';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import styles from './card.module.css';

/** Stands where three environments are going to be, at their height. */
export function CardSkeleton() {
  const t = useGitopsTranslation();
  return (
    <div className={styles.rows} role="status" aria-busy>
      <VisuallyHidden>{t('page.loading')}</VisuallyHidden>
      {[0, 1, 2].map(row => (
        <div key={row} className={styles.row} aria-hidden>
          <span className={styles.name}>
            <Skeleton width={104} height={14} />
          </span>
          <span className={styles.state}>
            <Skeleton width={78} height={22} rounded />
          </span>
          <span className={styles.commit}>
            <Skeleton width={180} height={14} />
          </span>
          <span className={styles.age}>
            <Skeleton width={84} height={14} />
          </span>
        </div>
      ))}
    </div>
  );
}
