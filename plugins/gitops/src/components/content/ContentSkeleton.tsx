import { Skeleton, VisuallyHidden } from '@backstage/ui';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import lanes from '../environment/environment.module.css';
import styles from './content.module.css';

/** Stands where three environments are going to be, at their height. */
export function ContentSkeleton() {
  const t = useGitopsTranslation();
  return (
    <div className={styles.content} role="status" aria-busy>
      <VisuallyHidden>{t('page.loading')}</VisuallyHidden>
      <div className={styles.header} aria-hidden>
        <Skeleton width={280} height={28} />
      </div>
      <div className={lanes.lanes} aria-hidden>
        {[0, 1, 2].map(lane => (
          <div key={lane} className={lanes.lane}>
            <div className={lanes.header}>
              <div className={lanes.title}>
                <Skeleton width={120} height={18} />
                <Skeleton width={78} height={22} rounded />
              </div>
            </div>
            <div className={lanes.path}>
              {[0, 1, 2, 3].map(part => (
                <div key={part} className={lanes.part}>
                  <Skeleton width="60%" height={16} />
                  <Skeleton width="85%" height={14} />
                </div>
              ))}
            </div>
          </div>
        ))}
      </div>
    </div>
  );
}
