import type { ComponentType } from 'react';
import {
  RiCheckboxCircleLine,
  RiCloseCircleLine,
  RiLoader4Line,
  RiSkipForwardLine,
} from '@remixicon/react';
import type {
  DeploymentDocument,
  DeploymentStatus,
  RepositoryDocument,
} from '@backstage-gitops/plugin-gitops-common';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import { useLocale } from '../../hooks/useLocale';
import { shortCommit } from '../../presentation/commit';
import { formatDuration } from '../../presentation/formatDuration';
import { userName } from '../../presentation/userName';
import { CommitLink } from '../common/CommitLink';
import { RelativeTime } from '../common/RelativeTime';
import { LeadTimeSteps } from './LeadTimeSteps';
import styles from './timeline.module.css';

const ICONS: Record<DeploymentStatus, ComponentType<{ className?: string }>> = {
  running: RiLoader4Line,
  succeeded: RiCheckboxCircleLine,
  failed: RiCloseCircleLine,
  superseded: RiSkipForwardLine,
};

export interface DeploymentItemProps {
  deployment: DeploymentDocument;
  /** As it is shown. */
  environment: string;
  repository: RepositoryDocument | undefined;
}

/** Which commit reached which environment, by whom, how it ended and how long it took. */
export function DeploymentItem({
  deployment,
  environment,
  repository,
}: DeploymentItemProps) {
  const t = useGitopsTranslation();
  const locale = useLocale();
  const { commit, commitInfo, status, startedAt, finishedAt, leadTime } =
    deployment;
  const Icon = ICONS[status];
  const facts = [
    deployment.deployedBy
      ? t('history.startedBy', { user: userName(deployment.deployedBy) })
      : t('history.bySync'),
    finishedAt &&
      t('history.took', {
        duration: formatDuration(
          Date.parse(finishedAt) - Date.parse(startedAt),
          locale,
        ),
      }),
  ];
  return (
    <li className={styles.item} data-status={status}>
      <Icon className={styles.glyph} aria-hidden />
      <div className={styles.itemBody}>
        <div className={styles.itemHeader}>
          <strong>{t(`history.status.${status}`)}</strong>
          <span>
            {t('history.deployed', {
              commit: (
                <CommitLink
                  commit={commit}
                  repository={repository}
                  info={commitInfo}
                />
              ),
              environment,
            })}
          </span>
          <span className={styles.meta}>
            <RelativeTime time={startedAt} />
          </span>
        </div>
        {commitInfo?.title && (
          <p className={styles.text}>
            {commitInfo.title}{' '}
            {commitInfo.author && (
              <span className={styles.meta}>
                {t('field.author', { author: commitInfo.author })}
              </span>
            )}
          </p>
        )}
        <span className={styles.meta}>{facts.filter(Boolean).join(' · ')}</span>
        {deployment.message && status === 'failed' && (
          <p className={styles.text} data-failed>
            {deployment.message}
          </p>
        )}
        {leadTime?.totalMs !== undefined && (
          <details className={styles.meta}>
            <summary>
              {t('history.leadTime', {
                duration: formatDuration(leadTime.totalMs, locale),
              })}
            </summary>
            <LeadTimeSteps
              leadTime={leadTime}
              label={t('history.leadTimeOf', {
                commit: shortCommit(commit),
                environment,
              })}
            />
          </details>
        )}
      </div>
    </li>
  );
}
