import { DateTime } from 'luxon';
import type { ConnectionDocument } from '@backstage-gitops/plugin-gitops-common';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import { useLocale } from '../../hooks/useLocale';
import { useTick } from '../../hooks/useTick';
import styles from './connections.module.css';

/** A token that ends within this many days asks for a new one. */
const SOON_DAYS = 14;

export interface ExpiryTimeProps {
  connection: Pick<ConnectionDocument, 'expiresAt' | 'method' | 'status'>;
}

/** When a connection ends by itself. Those by OAuth are renewed before they do. */
export function ExpiryTime({ connection }: ExpiryTimeProps) {
  const t = useGitopsTranslation();
  const locale = useLocale();
  useTick(60_000);
  const { expiresAt, method, status } = connection;
  if (method === 'oauth' && status === 'active') {
    return <>{t('connections.renewed')}</>;
  }
  if (!expiresAt) {
    return <>{t('connections.neverExpires')}</>;
  }
  const end = DateTime.fromISO(expiresAt, { locale });
  const soon = end.diffNow('days').days < SOON_DAYS;
  return (
    <time
      dateTime={expiresAt}
      className={soon ? styles.soon : undefined}
      title={end.toLocaleString(DateTime.DATETIME_FULL)}
    >
      {end.toRelative({ locale })}
    </time>
  );
}
