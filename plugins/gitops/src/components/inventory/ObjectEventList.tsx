import { Text } from '@backstage/ui';
import { RiAlertLine, RiInformationLine } from '@remixicon/react';
import type { ObjectEventDocument } from '@backstage-gitops/plugin-gitops-common';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import { RelativeTime } from '../common/RelativeTime';
import styles from './inventory.module.css';

export interface ObjectEventListProps {
  events: ObjectEventDocument[];
}

/** What Kubernetes says happened, newest first. */
export function ObjectEventList({ events }: ObjectEventListProps) {
  const t = useGitopsTranslation();
  if (events.length === 0) {
    return (
      <Text as="p" color="secondary">
        {t('inventory.noEvents')}
      </Text>
    );
  }
  return (
    <ul className={styles.events} aria-label={t('inventory.events')}>
      {events.map(({ type, reason, message, count, lastSeenAt, object }) => {
        const warning = type === 'Warning';
        const Icon = warning ? RiAlertLine : RiInformationLine;
        return (
          <li
            key={[object.kind, object.name, reason, message, lastSeenAt].join()}
            className={styles.event}
            data-warning={warning || undefined}
          >
            <Icon
              className={styles.glyph}
              role="img"
              aria-label={t(
                warning ? 'history.severity.warning' : 'history.severity.info',
              )}
            />
            <div>
              <strong>{reason}</strong>{' '}
              <span className={styles.meta}>
                {object.kind} {object.name}
                {lastSeenAt && (
                  <>
                    {' · '}
                    <RelativeTime time={lastSeenAt} />
                  </>
                )}
                {count > 1 &&
                  ` · ${t('inventory.times', { number: String(count) })}`}
              </span>
              <p className={styles.text}>{message}</p>
            </div>
          </li>
        );
      })}
    </ul>
  );
}
