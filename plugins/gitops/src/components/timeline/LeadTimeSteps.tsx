import type { LeadTimeDocument } from '@backstage-gitops/plugin-gitops-common';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import { useLocale } from '../../hooks/useLocale';
import { formatDuration } from '../../presentation/formatDuration';
import { formatTime } from '../../presentation/formatTime';
import { leadTimeSteps } from '../../presentation/leadTimeSteps';
import styles from './timeline.module.css';

export interface LeadTimeStepsProps {
  leadTime: LeadTimeDocument;
  label: string;
}

/** The moments a commit passed on its way, and what lay between them. */
export function LeadTimeSteps({ leadTime, label }: LeadTimeStepsProps) {
  const t = useGitopsTranslation();
  const locale = useLocale();
  return (
    <ol className={styles.steps} aria-label={label}>
      {leadTimeSteps(leadTime).map(({ step, at, afterMs }) => (
        <li key={step} className={styles.step}>
          <span className={styles.stepName}>{t(`history.step.${step}`)}</span>
          <time dateTime={at} title={at}>
            {afterMs === undefined
              ? formatTime(at, locale)
              : `+ ${formatDuration(afterMs, locale)}`}
          </time>
        </li>
      ))}
    </ol>
  );
}
