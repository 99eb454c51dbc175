import { Text } from '@backstage/ui';
import { useEntity } from '@backstage/plugin-catalog-react';
import type { ProjectDocument } from '@backstage-gitops/plugin-gitops-common';
import { ClockOffsetContext } from '../../hooks/useClockOffset';
import { useClusterKnowledge } from '../../hooks/useClusterKnowledge';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import { type ProjectView, useProject } from '../../hooks/useProject';
import { projectSummary } from '../../presentation/projectSummary';
import { ProjectAbsent } from '../common/ProjectAbsent';
import { ReadError } from '../common/ReadError';
import { StaleNotice } from '../common/StaleNotice';
import { SetupPanel } from '../setup/SetupPanel';
import { ClusterLine } from './ClusterLine';
import { ClusterNotices } from './ClusterNotices';
import { ContentSkeleton } from './ContentSkeleton';
import styles from './content.module.css';
import { DiagnosisList } from './DiagnosisList';
import { History } from './History';
import { Pipeline } from './Pipeline';

/**
 * Tab for an entity page: set-up, pipeline of environments, clusters, history.
 * Reads the entity from the catalog's context.
 * @public
 */
export function EntityGitopsContent() {
  const t = useGitopsTranslation();
  const { entity } = useEntity();
  const view = useProject(entity);
  const { phase, project, error } = view;

  if (project) {
    return (
      <ClockOffsetContext.Provider value={view.clockOffset}>
        <ProjectContent project={project} view={view} />
      </ClockOffsetContext.Provider>
    );
  }
  if (phase === 'absent') {
    return <ProjectAbsent entity={entity} />;
  }
  return error ? (
    <ReadError
      title={t('page.errorTitle')}
      error={error}
      onRetry={() => void view.refresh()}
    />
  ) : (
    <ContentSkeleton />
  );
}

interface ProjectContentProps {
  project: ProjectDocument;
  view: ProjectView;
}

function ProjectContent({ project, view }: ProjectContentProps) {
  const t = useGitopsTranslation();
  const { clusters, pageStale } = useClusterKnowledge({ ...view, project });
  const inSetup =
    project.status === 'initializing' || project.status === 'failed';
  return (
    <div className={styles.content}>
      <div className={styles.header}>
        <Text as="h2" variant="title-small" weight="bold">
          <span role="status">{projectSummary(project, clusters, t)}</span>
        </Text>
        <ClusterLine clusters={clusters} />
      </div>
      {pageStale ? (
        <StaleNotice view={view} />
      ) : (
        <ClusterNotices clusters={clusters} />
      )}
      {inSetup && <SetupPanel project={project} view={view} />}
      {(project.environments.length > 0 || !inSetup) && (
        <Pipeline project={project} clusters={clusters} view={view} />
      )}
      <DiagnosisList project={project} clusters={clusters} />
      <History project={project} />
    </div>
  );
}
