import { Skeleton, VisuallyHidden } from '@backstage/ui';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import styles from './content.module.css';

/** Stands where source and three environments are going to be. */
export function ContentSkeleton() {
  const t = useGitopsTranslation();
  return (
    <div className={styles.content} role="status" aria-busy>
      <VisuallyHidden>{t('page.loading')}</VisuallyHidden>
      <Skeleton width={280} height={28} />
      <div className={styles.pipeline} aria-hidden>
        {[0, 1, 2, 3].map(column => (
          <div key={column} className={styles.column}>
            <Skeleton width="100%" height={260} />
          </div>
        ))}
      </div>
    </div>
  );
}
