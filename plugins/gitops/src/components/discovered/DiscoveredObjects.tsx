import { useId } from 'react';
import { Skeleton } from '@backstage/ui';
import type { Entity } from '@backstage/catalog-model';
import { ClockOffsetContext } from '../../hooks/useClockOffset';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import contrast from '../common/contrast.module.css';
import { ReadError } from '../common/ReadError';
import styles from './discovered.module.css';
import { DiscoveredRow } from './DiscoveredRow';
import { useDiscovered } from './useDiscovered';

export interface DiscoveredObjectsProps {
  entity: Entity;
}

/** Flux objects that the entity points to: watched by the portal, made by others. */
export function DiscoveredObjects({ entity }: DiscoveredObjectsProps) {
  const t = useGitopsTranslation();
  const headingId = useId();
  const { document, clusters, clockOffset, error, refresh } =
    useDiscovered(entity);
  return (
    <section
      className={`${styles.section} ${contrast.readable}`}
      aria-labelledby={headingId}
    >
      <h3 id={headingId} className={styles.heading}>
        {t('discovered.title')}
        <span className={styles.mark} title={t('discovered.description')}>
          {t('discovered.mark')}
        </span>
      </h3>
      <p className={styles.description}>{t('discovered.description')}</p>
      {error && (
        <ReadError
          title={t('discovered.failed')}
          error={error}
          onRetry={() => void refresh()}
        />
      )}
      {!document && !error && (
        <div role="status" aria-busy aria-label={t('page.loading')}>
          <Skeleton width="100%" height={44} />
        </div>
      )}
      {document?.discovered.length === 0 && (
        <p className={styles.description}>{t('discovered.none')}</p>
      )}
      {document && document.discovered.length > 0 && (
        <ClockOffsetContext.Provider value={clockOffset}>
          <ul className={styles.rows} aria-labelledby={headingId}>
            {document.discovered.map(resource => (
              <DiscoveredRow
                key={[
                  resource.cluster,
                  resource.namespace,
                  resource.kind,
                  resource.name,
                ].join('/')}
                resource={resource}
                knowledge={clusters.get(resource.cluster)}
              />
            ))}
          </ul>
        </ClockOffsetContext.Provider>
      )}
    </section>
  );
}
