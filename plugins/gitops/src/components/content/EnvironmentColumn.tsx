import { Card, CardBody, CardHeader, Text } from '@backstage/ui';
import type {
  EnvironmentDocument,
  ProjectDocument,
} from '@backstage-gitops/plugin-gitops-common';
import type { ProjectView } from '../../hooks/useProject';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import type { ClusterKnowledge } from '../../presentation/clusterKnowledge';
import { shownState } from '../../presentation/shownState';
import { StateBadge } from '../state/StateBadge';
import styles from './content.module.css';
import { ReconcileControl } from './ReconcileControl';
import { ResourceDetails } from './ResourceDetails';

export interface EnvironmentColumnProps {
  project: ProjectDocument;
  environment: EnvironmentDocument;
  knowledge: ClusterKnowledge | undefined;
  view: ProjectView;
}

/** One stage of the pipeline. */
export function EnvironmentColumn({
  project,
  environment,
  knowledge,
  view,
}: EnvironmentColumnProps) {
  const t = useGitopsTranslation();
  const { resource } = environment;
  const state = shownState(resource, knowledge);
  return (
    <li className={styles.column} aria-label={environment.displayName}>
      <Card className={styles.card}>
        <CardHeader>
          <div className={styles.columnHeader}>
            <Text as="h3" variant="body-large" weight="bold" truncate>
              {environment.displayName}
            </Text>
            <StateBadge state={state} />
          </div>
        </CardHeader>
        <CardBody className={styles.columnBody}>
          <ResourceDetails
            resource={resource}
            state={state}
            knowledge={knowledge}
            repository={project.repository}
          >
            <dt>{t('field.namespace')}</dt>
            <dd>
              <code>{environment.namespace}</code>
            </dd>
            <dt>{t('field.cluster')}</dt>
            <dd>{environment.cluster}</dd>
          </ResourceDetails>
          {!resource && (
            <Text as="p" variant="body-small" color="secondary">
              {t('pipeline.notCreated')}
            </Text>
          )}
          <div className={styles.push}>
            <ReconcileControl
              project={project}
              environment={environment}
              knowledge={knowledge}
              view={view}
            />
          </div>
        </CardBody>
      </Card>
    </li>
  );
}
