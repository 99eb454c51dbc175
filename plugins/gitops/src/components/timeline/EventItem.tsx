import {
  RiAlertLine,
  RiCloseCircleLine,
  RiInformationLine,
} from '@remixicon/react';
import type { EventDocument } from '@backstage-gitops/plugin-gitops-common';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import { useLocale } from '../../hooks/useLocale';
import { formatTime } from '../../presentation/formatTime';
import { userName } from '../../presentation/userName';
import { RelativeTime } from '../common/RelativeTime';
import styles from './timeline.module.css';

const ICONS = {
  info: RiInformationLine,
  warning: RiAlertLine,
  error: RiCloseCircleLine,
};

export interface EventItemProps {
  event: EventDocument;
  /** As it is shown; absent where the event is about the whole project. */
  environment: string | undefined;
}

/** Something that happened, and who did it. */
export function EventItem({ event, environment }: EventItemProps) {
  const t = useGitopsTranslation();
  const locale = useLocale();
  const { action, message, severity, timestamp, userId } = event;
  const Icon = ICONS[severity];
  return (
    <li className={styles.item} data-severity={severity}>
      <Icon
        className={styles.glyph}
        role="img"
        aria-label={t(`history.severity.${severity}`)}
      />
      <div className={styles.itemBody}>
        <div className={styles.itemHeader}>
          {environment && <strong>{environment}</strong>}
          <span>{message ? withReadersTimes(message, locale) : action}</span>
          <span className={styles.meta}>
            <RelativeTime time={timestamp} />
            {userId && ` · ${t('history.by', { user: userName(userId) })}`}
          </span>
        </div>
      </div>
    </li>
  );
}

/** Messages are kept for all readers: a moment in them stands in RFC 3339. */
function withReadersTimes(message: string, locale: string | undefined): string {
  return message.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, time =>
    formatTime(time, locale),
  );
}
