import { useCallback, useState } from 'react';
import { RiAlertLine, RiCheckLine, RiCloseCircleLine } from '@remixicon/react';
import { Button } from '@backstage/ui';
import { useApi } from '@backstage/core-plugin-api';
import type {
  SyncLogDocument,
  SyncStatus,
} from '@backstage-gitops/plugin-gitops-common';
import { gitopsApiRef } from '../../api/GitopsApi';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import { usePages } from '../../hooks/usePages';
import { ReadError } from '../common/ReadError';
import { RelativeTime } from '../common/RelativeTime';
import { Badge, type BadgeProps } from '../state/Badge';
import styles from './credentials.module.css';

const OUTCOMES: Record<SyncStatus, Pick<BadgeProps, 'tone' | 'icon'>> = {
  succeeded: { tone: 'positive', icon: RiCheckLine },
  failed: { tone: 'negative', icon: RiCloseCircleLine },
  conflict: { tone: 'warning', icon: RiAlertLine },
};

export interface SyncLogProps {
  slug: string;
  /** Of the project; a new one has the newest rows read again. */
  version: number;
}

/** What the portal did at the Git host for this project; read when it is unfolded. */
export function SyncLog({ slug, version }: SyncLogProps) {
  const t = useGitopsTranslation();
  const [isOpen, setOpen] = useState(false);
  return (
    <details
      className={styles.log}
      onToggle={event => setOpen(event.currentTarget.open)}
    >
      <summary>{t('credentials.log.title')}</summary>
      {isOpen && <LogRows slug={slug} version={version} />}
    </details>
  );
}

function LogRows({ slug, version }: SyncLogProps) {
  const t = useGitopsTranslation();
  const api = useApi(gitopsApiRef);
  const read = useCallback(
    (options: { cursor?: string; signal: AbortSignal }) =>
      api.listSyncLogs(slug, options),
    [api, slug],
  );
  const { items, loading, error, hasMore, more } = usePages(read, version);
  return (
    <>
      {error && (
        <ReadError title={t('history.failed')} error={error} onRetry={more} />
      )}
      {loading && items.length === 0 && (
        <p className={styles.hint} role="status">
          {t('page.loading')}
        </p>
      )}
      {!loading && !error && items.length === 0 && (
        <p className={styles.hint}>{t('credentials.log.none')}</p>
      )}
      {items.length > 0 && (
        <ul className={styles.logRows} aria-label={t('credentials.log.title')}>
          {items.map(item => (
            <LogRow key={item.id} item={item} />
          ))}
        </ul>
      )}
      {hasMore && (
        <Button
          size="small"
          variant="tertiary"
          isPending={loading}
          onPress={more}
        >
          {t('history.more')}
        </Button>
      )}
    </>
  );
}

function LogRow({ item }: { item: SyncLogDocument }) {
  const t = useGitopsTranslation();
  const { syncType, action, status, error, finishedAt } = item;
  return (
    <li className={styles.logRow}>
      <Badge {...OUTCOMES[status]}>
        {t(`credentials.log.status.${status}`)}
      </Badge>
      <span>
        {t(`credentials.log.type.${syncType}`)}:{' '}
        {t(`credentials.log.action.${action}`)}
      </span>
      <span className={styles.hint}>
        <RelativeTime time={finishedAt} />
      </span>
      {error && <span className={styles.logError}>{error}</span>}
    </li>
  );
}
