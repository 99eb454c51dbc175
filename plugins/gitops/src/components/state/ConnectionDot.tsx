import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import type { Connection } from '../../presentation/connection';
import { useRelativeTime } from '../common/RelativeTime';
import styles from './state.module.css';

export interface ConnectionDotProps {
  connection: Connection;
}

/** Whether what is shown is what is: a dot, and the words for it. */
export function ConnectionDot({ connection }: ConnectionDotProps) {
  const t = useGitopsTranslation();
  const { state, heardAt } = connection;
  const time = useRelativeTime(heardAt);
  let text: string = t('connection.live');
  if (state === 'offline' && !heardAt) {
    text = t('connection.never');
  } else if (state !== 'live') {
    text = t(`connection.${state}`, { time });
  }
  return (
    <span className={styles.connection} data-state={state}>
      <span className={styles.dot} aria-hidden />
      {text}
    </span>
  );
}
