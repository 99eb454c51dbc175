import { Text } from '@backstage/ui';
import type { ProjectDocument } from '@backstage-gitops/plugin-gitops-common';
import type { ProjectView } from '../../hooks/useProject';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import type { ClusterKnowledge } from '../../presentation/clusterKnowledge';
import styles from './content.module.css';
import { EnvironmentColumn } from './EnvironmentColumn';
import { SourceColumn } from './SourceColumn';

export interface PipelineProps {
  project: ProjectDocument;
  clusters: Map<string, ClusterKnowledge>;
  view: ProjectView;
}

/** The way of a commit: from the source through every environment in order. */
export function Pipeline({ project, clusters, view }: PipelineProps) {
  const t = useGitopsTranslation();
  return (
    <>
      <ol className={styles.pipeline} aria-label={t('pipeline.title')}>
        <SourceColumn project={project} clusters={clusters} />
        {project.environments.map(environment => (
          <EnvironmentColumn
            key={environment.name}
            project={project}
            environment={environment}
            knowledge={clusters.get(environment.cluster)}
            view={view}
          />
        ))}
      </ol>
      {project.environments.length === 0 && (
        <Text as="p" color="secondary">
          {t('pipeline.noEnvironments')}
        </Text>
      )}
    </>
  );
}
