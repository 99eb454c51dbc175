import { lazy, Suspense, useId, useState } from 'react';
import { Alert, Button, Skeleton, Text } from '@backstage/ui';
import {
  RiExchange2Line,
  RiRefreshLine,
  RiShieldCheckLine,
} from '@remixicon/react';
import { ResponseError } from '@backstage/errors';
import type { ProjectDocument } from '@backstage-gitops/plugin-gitops-common';
import { useArrival } from '../../hooks/useArrival';
import {
  type Translate,
  useGitopsTranslation,
} from '../../hooks/useGitopsTranslation';
import { useLocale } from '../../hooks/useLocale';
import { backendText } from '../../presentation/backendText';
import { errorText } from '../../presentation/errorText';
import { ReadError } from '../common/ReadError';
import { CredentialFacts } from './CredentialFacts';
import { CredentialLocations } from './CredentialLocations';
import styles from './credentials.module.css';
import { RotationProgress } from './RotationProgress';
import { SyncLog } from './SyncLog';
import {
  type CredentialView,
  isRotating,
  useCredential,
} from './useCredential';

const ReplaceDialog = lazy(() =>
  import('./ReplaceDialog').then(module => ({
    default: module.ReplaceDialog,
  })),
);

export interface CredentialPanelProps {
  project: ProjectDocument;
  /** A link led here: it is brought on screen once there is something to see. */
  isTarget?: boolean;
}

/** What Flux reads the repository with, where it is, and how to renew it. */
export function CredentialPanel({ project, isTarget }: CredentialPanelProps) {
  const t = useGitopsTranslation();
  const locale = useLocale();
  const descriptionId = useId();
  const view = useCredential(project.slug, project.version);
  const { credential, error, reading, asking, refused } = view;
  const [replacing, setReplacing] = useState(false);
  const root = useArrival<HTMLDivElement>(isTarget, credential !== undefined);

  if (!credential) {
    if (reading) {
      return (
        <div role="status" aria-busy aria-label={t('page.loading')}>
          <Skeleton width="100%" height={160} />
        </div>
      );
    }
    return <NoCredential view={view} />;
  }
  const { validationStatus, rotation } = credential;
  // Why it does not hold, or what would be better.
  const finding = backendText(
    credential.validationMessage,
    credential.validationWording,
    t,
    locale,
  );
  const bad = validationStatus === 'invalid' || validationStatus === 'expired';
  const rotating = isRotating(credential);
  const obstacle = obstacleTo(project, view, t);
  return (
    <div ref={root} className={styles.credential}>
      {error && (
        <ReadError
          title={t('credentials.failed')}
          error={error}
          onRetry={view.refresh}
        />
      )}
      {finding && (
        <Alert
          status={bad ? 'danger' : 'info'}
          icon
          title={bad ? t('credentials.badTitle') : undefined}
          description={finding}
        />
      )}
      {refused && (
        <Alert
          status="danger"
          icon
          role="alert"
          title={t(`credentials.${refused.action}Failed`)}
          description={errorText(refused.error)}
        />
      )}
      <CredentialFacts credential={credential} />
      {rotation && <RotationProgress rotation={rotation} />}
      <div className={styles.actions}>
        <Button
          size="small"
          variant="secondary"
          iconStart={<RiShieldCheckLine />}
          aria-describedby={descriptionId}
          isDisabled={!project.allowed.update || rotating}
          isPending={asking === 'validate'}
          onPress={view.validate}
        >
          {t('credentials.validate')}
        </Button>
        <Button
          size="small"
          variant="secondary"
          iconStart={<RiRefreshLine />}
          aria-describedby={descriptionId}
          isDisabled={obstacle !== undefined && !rotating}
          isPending={asking === 'rotate' || rotating}
          onPress={view.rotate}
        >
          {t('credentials.rotate')}
        </Button>
        <Button
          size="small"
          variant="secondary"
          iconStart={<RiExchange2Line />}
          aria-describedby={descriptionId}
          isDisabled={!project.allowed.update || rotating}
          isPending={asking === 'replace'}
          onPress={() => setReplacing(true)}
        >
          {t('credentials.replace.action')}
        </Button>
        <span id={descriptionId} role="status" className={styles.hint}>
          {view.done === 'validate' &&
            `${t('credentials.validated', {
              status: t(`credentials.status.${validationStatus}`),
            })} `}
          {obstacle}
        </span>
      </div>
      <CredentialLocations
        locations={credential.locations}
        environments={project.environments}
      />
      <SyncLog slug={project.slug} version={project.version} />
      {replacing && (
        <Suspense fallback={null}>
          <ReplaceDialog
            host={credential.host}
            onClose={() => setReplacing(false)}
            onConfirm={wish => {
              setReplacing(false);
              view.replace(wish);
            }}
          />
        </Suspense>
      )}
    </div>
  );
}

function NoCredential({ view }: { view: CredentialView }) {
  const t = useGitopsTranslation();
  const { error } = view;
  const status = error instanceof ResponseError ? error.statusCode : undefined;
  if (status === 404 || status === 403) {
    return (
      <Text as="p" color="secondary">
        {status === 404 ? t('credentials.none') : t('credentials.forbidden')}
      </Text>
    );
  }
  return error ? (
    <ReadError
      title={t('credentials.failed')}
      error={error}
      onRetry={view.refresh}
    />
  ) : null;
}

/** Why it cannot be rotated now. */
function obstacleTo(
  project: ProjectDocument,
  { credential }: CredentialView,
  t: Translate,
): string | undefined {
  if (!project.allowed.update) {
    return t('credentials.notAllowed');
  }
  if (isRotating(credential)) {
    return t('credentials.rotating');
  }
  return (
    credential?.notRotatable &&
    t(`credentials.notRotatable.${credential.notRotatable}`)
  );
}
