import type { ReactNode } from 'react';
import {
  RiCheckboxCircleLine,
  RiCloseCircleLine,
  RiCompass3Line,
  RiEyeOffLine,
  RiGitCommitLine,
  RiGitRepositoryLine,
  RiLoader4Line,
  RiQuestionLine,
  RiStackLine,
  RiSubtractLine,
  RiTimeLine,
} from '@remixicon/react';
import type {
  EnvironmentDocument,
  ProjectDocument,
  ResourceStateDocument,
} from '@backstage-gitops/plugin-gitops-common';
import {
  type Translate,
  useGitopsTranslation,
} from '../../hooks/useGitopsTranslation';
import type { ClusterKnowledge } from '../../presentation/clusterKnowledge';
import { shortCommit } from '../../presentation/commit';
import { findCommitInfo } from '../../presentation/findCommitInfo';
import {
  needsAttention,
  type ShownState,
  shownState,
} from '../../presentation/shownState';
import {
  type WorkloadState,
  workloadState,
} from '../../presentation/workloadState';
import { CommitLink } from '../common/CommitLink';
import { Countdown } from '../common/Countdown';
import { useRelativeTime } from '../common/RelativeTime';
import { Badge, type BadgeProps } from '../state/Badge';
import { StateAge } from '../state/StateAge';
import { StateBadge } from '../state/StateBadge';
import styles from './environment.module.css';

const WORKLOADS: Record<WorkloadState, Pick<BadgeProps, 'tone' | 'icon'>> = {
  healthy: { tone: 'positive', icon: RiCheckboxCircleLine },
  unchecked: { tone: 'neutral', icon: RiEyeOffLine },
  none: { tone: 'neutral', icon: RiSubtractLine },
  checking: { tone: 'progress', icon: RiLoader4Line },
  failing: { tone: 'negative', icon: RiCloseCircleLine },
  waiting: { tone: 'neutral', icon: RiTimeLine },
  unknown: { tone: 'neutral', icon: RiQuestionLine },
};

export interface CommitPathProps {
  environment: EnvironmentDocument;
  source: ResourceStateDocument | undefined;
  /** Of the environment's Kustomization. */
  state: ShownState;
  knowledge: ClusterKnowledge | undefined;
  project: ProjectDocument;
}

/** From the newest commit to what runs, each part with its own state and age. */
export function CommitPath({
  environment,
  source,
  state,
  knowledge,
  project,
}: CommitPathProps) {
  const t = useGitopsTranslation();
  const { resource } = environment;
  const sourceState = shownState(source, knowledge);
  const workloads = workloadState(resource, state);
  const current = knowledge?.trust !== 'old';
  return (
    <ol
      className={styles.path}
      aria-label={t('pipeline.path', { environment: environment.displayName })}
    >
      <Part icon={<RiGitCommitLine />} label={t('pipeline.commit')}>
        <NewestCommit
          resource={resource}
          source={source}
          project={project}
          current={current}
        />
      </Part>
      <Part
        icon={<RiGitRepositoryLine />}
        label={t('pipeline.source')}
        badge={<StateBadge state={sourceState} short />}
      >
        {source?.commit && (
          <span>
            {t('pipeline.fetched', { commit: shortCommit(source.commit) })}
          </span>
        )}
        <StateAge state={sourceState} />
        <Next resource={source} current={current} />
      </Part>
      <Part
        icon={<RiCompass3Line />}
        label={t('pipeline.kustomization')}
        badge={<StateBadge state={state} short />}
      >
        {resource?.commit && (
          <span>
            {t('pipeline.applied', { commit: shortCommit(resource.commit) })}
          </span>
        )}
        {resource ? (
          <StateAge state={state} />
        ) : (
          <span>{t('pipeline.notCreated')}</span>
        )}
        <Next resource={resource} current={current} />
      </Part>
      <Part
        icon={<RiStackLine />}
        label={t('pipeline.workloads')}
        badge={
          <Badge
            {...WORKLOADS[workloads]}
            muted={state.muted && workloads !== 'waiting'}
            spins={workloads === 'checking'}
          >
            {t(`pipeline.workload.${workloads}`)}
          </Badge>
        }
      >
        {current && <span>{t(`pipeline.workloadHint.${workloads}`)}</span>}
        {workloads === 'healthy' && state.status === 'ready' && (
          <StateAge state={state} />
        )}
      </Part>
    </ol>
  );
}

function Part({
  icon,
  label,
  badge,
  children,
}: {
  icon: ReactNode;
  label: string;
  badge?: ReactNode;
  children: ReactNode;
}) {
  return (
    <li className={styles.part}>
      <div className={styles.partHeader}>
        <span className={styles.partLabel}>
          <span className={styles.partIcon} aria-hidden>
            {icon}
          </span>
          {label}
        </span>
        {badge}
      </div>
      <div className={styles.partBody}>{children}</div>
    </li>
  );
}

/** The newest commit the cluster has, and whether it has arrived here. */
function NewestCommit({
  resource,
  source,
  project,
  current,
}: {
  resource: ResourceStateDocument | undefined;
  source: ResourceStateDocument | undefined;
  project: ProjectDocument;
  current: boolean;
}) {
  const t = useGitopsTranslation();
  const commit = source?.commit ?? resource?.commit;
  const info = findCommitInfo(project, commit);
  const committed = useRelativeTime(info?.committedAt);
  return (
    <>
      <span className={styles.commit}>
        <CommitLink
          commit={commit}
          repository={project.repository}
          info={info}
        />
        {info?.title && (
          <span className={styles.commitTitle} title={info.title}>
            {info.title}
          </span>
        )}
      </span>
      {(info?.author || info?.committedAt) && (
        <span className={styles.byline}>
          {info.author && (
            <span className={styles.author} title={info.author}>
              {t('field.author', { author: info.author })}
            </span>
          )}
          {info.author && info.committedAt && <span aria-hidden>·</span>}
          {info.committedAt && (
            <span className={styles.committed}>{committed}</span>
          )}
        </span>
      )}
      {commit && current && <span>{arrivalText(resource, commit, t)}</span>}
    </>
  );
}

/** Whether a commit has come into an environment, and if not, why. */
function arrivalText(
  resource: ResourceStateDocument | undefined,
  commit: string,
  t: Translate,
): string | undefined {
  if (!resource?.commit) {
    return t('pipeline.notArrived');
  }
  const { status } = resource;
  if (resource.commit === commit) {
    return status === 'ready' ? t('pipeline.arrived') : undefined;
  }
  const applied = { commit: shortCommit(resource.commit) };
  if (status === 'suspended') {
    return t('pipeline.held', applied);
  }
  return needsAttention(status)
    ? t('pipeline.stopped', applied)
    : t('pipeline.underWay', applied);
}

function Next({
  resource,
  current,
}: {
  resource: ResourceStateDocument | undefined;
  current: boolean;
}) {
  const time = resource?.nextReconciliationAt;
  return time && current && resource.status !== 'suspended' ? (
    <Countdown time={time} />
  ) : null;
}
