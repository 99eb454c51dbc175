import {
  RiCheckboxBlankCircleLine,
  RiCheckboxCircleLine,
  RiCloseCircleLine,
  RiLoader4Line,
} from '@remixicon/react';
import { Alert } from '@backstage/ui';
import type {
  RotationDocument,
  RotationPhase,
} from '@backstage-gitops/plugin-gitops-common';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import { userName } from '../../presentation/userName';
import { useRelativeTime } from '../common/RelativeTime';
import styles from './credentials.module.css';

/** In their order; the two ends are told apart from them. */
const PHASES = [
  'creating',
  'synchronizing',
  'verifying',
  'revoking',
] as const satisfies readonly RotationPhase[];

export interface RotationProgressProps {
  rotation: RotationDocument;
}

/** How far a rotation is, or how the last one ended. */
export function RotationProgress({ rotation }: RotationProgressProps) {
  const t = useGitopsTranslation();
  const { phase, startedBy, error } = rotation;
  const started = useRelativeTime(rotation.startedAt);
  const finished = useRelativeTime(rotation.finishedAt ?? rotation.phaseSince);
  if (phase === 'completed') {
    return (
      <p role="status" className={styles.hint}>
        {t('credentials.rotation.completed', { time: finished })}
      </p>
    );
  }
  if (phase === 'failed') {
    return (
      <Alert
        status="danger"
        icon
        role="status"
        title={t('credentials.rotation.failed')}
        description={error}
      />
    );
  }
  const at = PHASES.indexOf(phase);
  return (
    <div className={styles.rotation} role="status">
      <span className={styles.hint}>
        {startedBy
          ? t('credentials.rotation.startedBy', {
              time: started,
              user: userName(startedBy),
            })
          : t('credentials.rotation.started', { time: started })}
      </span>
      <ol
        className={styles.phases}
        aria-label={t('credentials.rotation.title')}
      >
        {PHASES.map((each, index) => {
          let Icon =
            index < at ? RiCheckboxCircleLine : RiCheckboxBlankCircleLine;
          if (index === at) {
            Icon = error ? RiCloseCircleLine : RiLoader4Line;
          }
          return (
            <li
              key={each}
              className={styles.phase}
              aria-current={index === at ? 'step' : undefined}
            >
              <Icon
                className={styles.glyph}
                data-spins={(index === at && !error) || undefined}
                aria-hidden
              />
              {t(`credentials.rotation.phase.${each}`)}
            </li>
          );
        })}
      </ol>
      {error && <span className={styles.hint}>{error}</span>}
    </div>
  );
}
