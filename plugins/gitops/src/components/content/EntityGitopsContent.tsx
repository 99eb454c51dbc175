import { lazy, Suspense } from 'react';
import { Text } from '@backstage/ui';
import { RiGitRepositoryLine } from '@remixicon/react';
import type { Entity } from '@backstage/catalog-model';
import { useEntity } from '@backstage/plugin-catalog-react';
import type { ProjectDocument } from '@backstage-gitops/plugin-gitops-common';
import { ClockOffsetContext } from '../../hooks/useClockOffset';
import { useClusterKnowledge } from '../../hooks/useClusterKnowledge';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import { useLinkState } from '../../hooks/useLinkState';
import { type ProjectView, useProject } from '../../hooks/useProject';
import { repositoryUrl } from '../../presentation/commit';
import { pointsToFluxObjects } from '../../presentation/entityMarks';
import { groupDiagnoses } from '../../presentation/groupDiagnoses';
import { projectSummary } from '../../presentation/projectSummary';
import contrast from '../common/contrast.module.css';
import { ExternalLink } from '../common/ExternalLink';
import { ProjectAbsent } from '../common/ProjectAbsent';
import { ReadError } from '../common/ReadError';
import { RepositoryConflict } from '../common/RepositoryConflict';
import { StaleNotice } from '../common/StaleNotice';
import { CredentialSection } from '../credentials/CredentialSection';
import { DiscoveredSection } from '../discovered/DiscoveredSection';
import { EnvironmentLane } from '../environment/EnvironmentLane';
import lanes from '../environment/environment.module.css';
import { SetupPanel } from '../setup/SetupPanel';
import { HistorySection } from '../timeline/HistorySection';
import { ClusterLine } from './ClusterLine';
import { ClusterNotices } from './ClusterNotices';
import { ContentSkeleton } from './ContentSkeleton';
import styles from './content.module.css';
import { DiagnosisList } from './DiagnosisList';

const EnvironmentDrawer = lazy(() =>
  import('../inventory/EnvironmentDrawer').then(module => ({
    default: module.EnvironmentDrawer,
  })),
);

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
        <ProjectContent entity={entity} project={project} view={view} />
      </ClockOffsetContext.Provider>
    );
  }
  if (phase === 'absent') {
    return pointsToFluxObjects(entity) ? (
      <DiscoveredSection entity={entity} />
    ) : (
      <ProjectAbsent entity={entity} />
    );
  }
  return error ? (
    <div className={styles.content}>
      <ReadError
        title={t('page.errorTitle')}
        error={error}
        onRetry={() => void view.refresh()}
      />
      <DiscoveredSection entity={entity} />
    </div>
  ) : (
    <ContentSkeleton />
  );
}

interface ProjectContentProps {
  entity: Entity;
  project: ProjectDocument;
  view: ProjectView;
}

function ProjectContent({ entity, project, view }: ProjectContentProps) {
  const t = useGitopsTranslation();
  const [link, open] = useLinkState();
  const { clusters, pageStale } = useClusterKnowledge({ ...view, project });
  const { environments, repository } = project;
  const groups = groupDiagnoses(project, clusters);
  const inSetup =
    project.status === 'initializing' || project.status === 'failed';
  const opened = environments.find(({ name }) => name === link.environment);
  const openResources = (environment: string) => open({ environment });
  const pageUrl = repositoryUrl(repository);
  const repositoryName = repository && `${repository.owner}/${repository.name}`;
  return (
    <div className={`${styles.content} ${contrast.readable}`}>
      <div className={styles.header}>
        <Text as="h2" variant="title-small" weight="bold">
          <span role="status">{projectSummary(project, clusters, t)}</span>
        </Text>
        <div className={styles.headerFacts}>
          {repository && (
            <span className={styles.repository}>
              <RiGitRepositoryLine className={styles.glyph} aria-hidden />
              {pageUrl ? (
                <ExternalLink href={pageUrl}>{repositoryName}</ExternalLink>
              ) : (
                repositoryName
              )}
              <span className={styles.branch}>
                {t('field.branch')} <code>{repository.defaultBranch}</code>
              </span>
            </span>
          )}
          <ClusterLine clusters={clusters} />
        </div>
      </div>
      {pageStale ? (
        <StaleNotice view={view} />
      ) : (
        <ClusterNotices clusters={clusters} />
      )}
      {project.repository && project.repositoryConflict && (
        <RepositoryConflict
          repository={project.repository}
          conflict={project.repositoryConflict}
        />
      )}
      {inSetup && <SetupPanel project={project} view={view} />}
      <DiagnosisList
        project={project}
        groups={groups}
        onDetails={openResources}
      />
      {environments.length > 0 && (
        <ol className={lanes.lanes} aria-label={t('pipeline.title')}>
          {environments.map(environment => (
            <EnvironmentLane
              key={environment.name}
              project={project}
              environment={environment}
              knowledge={clusters.get(environment.cluster)}
              view={view}
              isExplained={groups.some(({ affected }) =>
                affected.includes(environment.displayName),
              )}
              onDetails={openResources}
            />
          ))}
        </ol>
      )}
      {environments.length === 0 && !inSetup && (
        <Text as="p" color="secondary">
          {t('pipeline.noEnvironments')}
        </Text>
      )}
      <DiscoveredSection entity={entity} />
      <div className={styles.sections}>
        <HistorySection
          project={project}
          isOpen={link.panel === 'history'}
          onOpenChange={isOpen => open(isOpen ? { panel: 'history' } : {})}
        />
        <CredentialSection
          project={project}
          isOpen={link.panel === 'credentials'}
          onOpenChange={isOpen => open(isOpen ? { panel: 'credentials' } : {})}
        />
      </div>
      {opened && (
        <Suspense fallback={null}>
          <EnvironmentDrawer
            project={project}
            environment={opened}
            knowledge={clusters.get(opened.cluster)}
            link={link}
            onLink={open}
          />
        </Suspense>
      )}
    </div>
  );
}
