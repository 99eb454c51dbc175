import type {
  DeploymentDocument,
  EnvironmentDocument,
} from '@backstage-gitops/plugin-gitops-common';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import { useLocale } from '../../hooks/useLocale';
import { shortCommit } from '../../presentation/commit';
import { formatDuration } from '../../presentation/formatDuration';
import { LeadTimeSteps } from './LeadTimeSteps';
import styles from './timeline.module.css';

export interface LeadTimesProps {
  environments: EnvironmentDocument[];
  /** Newest first. */
  deployments: DeploymentDocument[];
}

/** How long the newest commit took into each environment. */
export function LeadTimes({ environments, deployments }: LeadTimesProps) {
  const t = useGitopsTranslation();
  const locale = useLocale();
  const rows = environments.flatMap(({ name, displayName }) => {
    const newest = deployments.find(
      ({ environment, leadTime }) =>
        environment === name && leadTime?.totalMs !== undefined,
    );
    return newest?.leadTime?.totalMs === undefined
      ? []
      : [
          {
            displayName,
            commit: newest.commit,
            leadTime: newest.leadTime,
            totalMs: newest.leadTime.totalMs,
          },
        ];
  });
  if (rows.length === 0) {
    return null;
  }
  return (
    <section className={styles.leadTimes} aria-label={t('history.leadTimes')}>
      <h4 className={styles.heading}>{t('history.leadTimes')}</h4>
      <dl className={styles.leadTimeRows}>
        {rows.map(({ displayName, commit, leadTime, totalMs }) => (
          <div key={displayName} className={styles.leadTimeRow}>
            <dt>{displayName}</dt>
            <dd>
              <strong>{formatDuration(totalMs, locale)}</strong>
              <LeadTimeSteps
                leadTime={leadTime}
                label={t('history.leadTimeOf', {
                  commit: shortCommit(commit),
                  environment: displayName,
                })}
              />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
