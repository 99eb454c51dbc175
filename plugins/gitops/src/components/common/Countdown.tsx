import { useClockOffset } from '../../hooks/useClockOffset';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import { useLocale } from '../../hooks/useLocale';
import { useTick } from '../../hooks/useTick';
import { formatDuration } from '../../presentation/formatDuration';
import styles from './common.module.css';

export interface CountdownProps {
  /** RFC 3339, by the portal's clock. */
  time: string;
}

/** How long it is until Flux looks again by itself. */
export function Countdown({ time }: CountdownProps) {
  const t = useGitopsTranslation();
  const locale = useLocale();
  const offset = useClockOffset();
  useTick(1_000);
  const left = Date.parse(time) - (Date.now() + offset);
  return (
    // Not announced each second: it is there to be read, not to be followed.
    <span className={styles.countdown} role="timer" aria-live="off">
      {left > 0
        ? t('pipeline.next', {
            time: formatDuration(Math.ceil(left / 1000) * 1000, locale),
          })
        : t('pipeline.nextDue')}
    </span>
  );
}
