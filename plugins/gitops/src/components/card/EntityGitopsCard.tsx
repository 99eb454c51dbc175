import type { Entity } from '@backstage/catalog-model';
import { EntityInfoCard, useEntity } from '@backstage/plugin-catalog-react';
import { Skeleton, VisuallyHidden } from '@backstage/ui';
import type { ProjectDocument } from '@backstage-gitops/plugin-gitops-common';
import { ClockOffsetContext } from '../../hooks/useClockOffset';
import { useClusterKnowledge } from '../../hooks/useClusterKnowledge';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import { type ProjectView, useProject } from '../../hooks/useProject';
import { connectionOf } from '../../presentation/connection';
import { pointsToFluxObjects } from '../../presentation/entityMarks';
import { projectSummary } from '../../presentation/projectSummary';
import contrast from '../common/contrast.module.css';
import { ProjectAbsent } from '../common/ProjectAbsent';
import { ReadError } from '../common/ReadError';
import { RepositoryConflict } from '../common/RepositoryConflict';
import { StaleNotice } from '../common/StaleNotice';
import { DiscoveredSection } from '../discovered/DiscoveredSection';
import { SetupProgress } from '../setup/SetupProgress';
import { ConnectionDot } from '../state/ConnectionDot';
import styles from './card.module.css';
import { CardSkeleton } from './CardSkeleton';
import { ClusterTrouble } from './ClusterTrouble';
import { EnvironmentRow } from './EnvironmentRow';

/** What the card shows, once its code is there. */
export function EntityGitopsCard() {
  const t = useGitopsTranslation();
  const { entity } = useEntity();
  const view = useProject(entity);
  const { phase, project, error } = view;

  if (project) {
    return (
      <ClockOffsetContext.Provider value={view.clockOffset}>
        <ProjectCard entity={entity} project={project} view={view} />
      </ClockOffsetContext.Provider>
    );
  }
  return (
    <EntityInfoCard
      title={t('title')}
      headerActions={
        // As high as what takes its place.
        phase === 'loading' && !error ? (
          <span
            className={`${styles.summary} ${contrast.readable}`}
            aria-hidden
          >
            <Skeleton width={150} height={14} />
            <Skeleton width={44} height={14} />
          </span>
        ) : undefined
      }
    >
      <div className={`${styles.body} ${contrast.readable}`}>
        {phase === 'absent' && !pointsToFluxObjects(entity) && (
          <ProjectAbsent entity={entity} />
        )}
        {phase === 'loading' && error && (
          <ReadError
            title={t('page.errorTitle')}
            error={error}
            onRetry={() => void view.refresh()}
          />
        )}
        {phase === 'loading' && !error && <CardSkeleton />}
        {(phase === 'absent' || error) && <DiscoveredSection entity={entity} />}
      </div>
    </EntityInfoCard>
  );
}

interface ProjectCardProps {
  entity: Entity;
  project: ProjectDocument;
  view: ProjectView;
}

function ProjectCard({ entity, project, view }: ProjectCardProps) {
  const t = useGitopsTranslation();
  const { clusters, pageStale } = useClusterKnowledge({ ...view, project });
  const summary = projectSummary(project, clusters, t);
  const inSetup =
    project.status === 'initializing' || project.status === 'failed';
  const failedStep = project.initialization.steps?.find(step => step.error);
  const setupError = failedStep?.error ?? project.initialization.error;
  return (
    <EntityInfoCard
      title={t('title')}
      headerActions={
        <span className={`${styles.summary} ${contrast.readable}`}>
          <span>{summary}</span>
          <ConnectionDot
            connection={
              pageStale
                ? { state: 'offline', heardAt: project.serverTime }
                : connectionOf(clusters)
            }
          />
        </span>
      }
    >
      <div className={`${styles.body} ${contrast.readable}`}>
        <VisuallyHidden>
          <span role="status">{summary}</span>
        </VisuallyHidden>
        {pageStale ? (
          <StaleNotice view={view} />
        ) : (
          <ClusterTrouble clusters={clusters} />
        )}
        {project.repository && project.repositoryConflict && (
          <RepositoryConflict
            repository={project.repository}
            conflict={project.repositoryConflict}
          />
        )}
        {inSetup && (
          <div className={styles.setup}>
            <SetupProgress
              initialization={project.initialization}
              failed={project.status === 'failed'}
            />
            {setupError && <p className={styles.setupError}>{setupError}</p>}
          </div>
        )}
        {project.environments.length > 0 && (
          <ul className={styles.rows} aria-label={t('pipeline.title')}>
            {project.environments.map(environment => (
              <EnvironmentRow
                key={environment.name}
                environment={environment}
                repository={project.repository}
                knowledge={clusters.get(environment.cluster)}
              />
            ))}
          </ul>
        )}
        <DiscoveredSection entity={entity} />
      </div>
    </EntityInfoCard>
  );
}
