import { useState } from 'react';
import { Alert, Button, Text } from '@backstage/ui';
import { RiRestartLine } from '@remixicon/react';
import { useApi } from '@backstage/core-plugin-api';
import { toError } from '@backstage/errors';
import type { ProjectDocument } from '@backstage-gitops/plugin-gitops-common';
import { gitopsApiRef } from '../../api/GitopsApi';
import type { ProjectView } from '../../hooks/useProject';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import { errorText } from '../../presentation/errorText';
import styles from './setup.module.css';

export interface RetrySetupProps {
  project: ProjectDocument;
  view: ProjectView;
}

/** Starts a failed set-up again and follows it to its end. */
export function RetrySetup({ project, view }: RetrySetupProps) {
  const t = useGitopsTranslation();
  const gitopsApi = useApi(gitopsApiRef);
  const [pending, setPending] = useState(false);
  const [error, setError] = useState<Error>();
  const { running } = project.initialization;

  async function retry() {
    setPending(true);
    setError(undefined);
    view.watchClosely();
    try {
      await gitopsApi.retryInitialization(project.slug, message => {
        if (message.type === 'step') {
          void view.refresh();
        }
      });
    } catch (thrown) {
      setError(toError(thrown));
    } finally {
      setPending(false);
      void view.refresh();
    }
  }

  if (!project.allowed.update) {
    return (
      <Text as="p" variant="body-small" color="secondary">
        {t('setup.notAllowed')}
      </Text>
    );
  }
  return (
    <div className={styles.retry}>
      {error && (
        <Alert
          status="danger"
          icon
          role="alert"
          title={t('setup.retryFailed')}
          description={errorText(error)}
        />
      )}
      <Button
        variant="primary"
        iconStart={<RiRestartLine />}
        isPending={pending || running}
        onPress={() => void retry()}
      >
        {pending || running ? t('setup.retrying') : t('setup.retry')}
      </Button>
    </div>
  );
}
