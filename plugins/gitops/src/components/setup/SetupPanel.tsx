import { Alert, Card, CardBody, CardHeader, Text } from '@backstage/ui';
import type { ProjectDocument } from '@backstage-gitops/plugin-gitops-common';
import type { ProjectView } from '../../hooks/useProject';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import { RetrySetup } from './RetrySetup';
import { SetupProgress } from './SetupProgress';
import { SetupSteps } from './SetupSteps';
import styles from './setup.module.css';

export interface SetupPanelProps {
  project: ProjectDocument;
  view: ProjectView;
}

/** The set-up of a project while it runs or after it failed. */
export function SetupPanel({ project, view }: SetupPanelProps) {
  const t = useGitopsTranslation();
  const { initialization } = project;
  const failed = project.status === 'failed' && !initialization.running;
  // A step names its own error; the run's is worth a line where no step does.
  const stepFailed = initialization.steps?.some(step => step.error);
  return (
    <Card>
      <CardHeader>
        <div className={styles.header}>
          <Text as="h3" variant="title-x-small" weight="bold">
            {t('setup.title')}
          </Text>
          {initialization.attempt > 1 && (
            <Text variant="body-small" color="secondary">
              {t('setup.attempt', { attempt: String(initialization.attempt) })}
            </Text>
          )}
        </div>
      </CardHeader>
      <CardBody>
        <div className={styles.panel}>
          <SetupProgress initialization={initialization} failed={failed} />
          {failed && initialization.error && !stepFailed && (
            <Alert
              status="danger"
              icon
              title={t('summary.setupFailed')}
              description={initialization.error}
            />
          )}
          {initialization.steps && (
            <SetupSteps
              steps={initialization.steps}
              running={initialization.running}
            />
          )}
          {!failed && (
            <Text as="p" variant="body-small" color="secondary">
              {initialization.running
                ? t('setup.running')
                : t('setup.interrupted')}
            </Text>
          )}
          {(failed || !initialization.running) && (
            <RetrySetup project={project} view={view} />
          )}
        </div>
      </CardBody>
    </Card>
  );
}
