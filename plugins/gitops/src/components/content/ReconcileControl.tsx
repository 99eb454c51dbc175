import { useId, useState } from 'react';
import { Button } from '@backstage/ui';
import { RiRefreshLine } from '@remixicon/react';
import { useApi } from '@backstage/core-plugin-api';
import { toError } from '@backstage/errors';
import type {
  EnvironmentDocument,
  ProjectDocument,
  ResourceStateDocument,
} from '@backstage-gitops/plugin-gitops-common';
import { gitopsApiRef } from '../../api/GitopsApi';
import type { ProjectView } from '../../hooks/useProject';
import {
  type Translate,
  useGitopsTranslation,
} from '../../hooks/useGitopsTranslation';
import { useTick } from '../../hooks/useTick';
import type { ClusterKnowledge } from '../../presentation/clusterKnowledge';
import { shortCommit } from '../../presentation/commit';
import { errorText } from '../../presentation/errorText';
import {
  type ReconcileProgress,
  type ReconcileRequest,
  reconcileProgress,
} from '../../presentation/reconcileProgress';
import styles from './content.module.css';

export interface ReconcileControlProps {
  project: ProjectDocument;
  environment: EnvironmentDocument;
  knowledge: ClusterKnowledge | undefined;
  view: ProjectView;
}

/** Asks Flux to reconcile one environment and follows it to its real end. */
export function ReconcileControl({
  project,
  environment,
  knowledge,
  view,
}: ReconcileControlProps) {
  const t = useGitopsTranslation();
  const gitopsApi = useApi(gitopsApiRef);
  const descriptionId = useId();
  useTick(5_000);
  const [asking, setAsking] = useState(false);
  const [request, setRequest] = useState<ReconcileRequest>();
  const [error, setError] = useState<Error>();

  const { resource } = environment;
  const progress = request && reconcileProgress(request, resource, Date.now());
  const busy = asking || progress === 'requested' || progress === 'working';
  const obstacle = obstacleTo(project, resource, knowledge, t);

  async function ask() {
    setAsking(true);
    setError(undefined);
    setRequest(undefined);
    try {
      const { requestedAt } = await gitopsApi.reconcileEnvironment(
        project.slug,
        environment.name,
      );
      setRequest({ token: requestedAt, askedAt: Date.now() });
      view.watchClosely();
      void view.refresh();
    } catch (thrown) {
      setError(toError(thrown));
    } finally {
      setAsking(false);
    }
  }

  let description = obstacle;
  if (error) {
    description = `${t('reconcile.refused')}: ${errorText(error)}`;
  } else if (asking) {
    description = t('reconcile.asking');
  } else if (progress) {
    description = describe(progress, resource, t);
  }
  return (
    <div className={styles.reconcile}>
      <Button
        size="small"
        variant="secondary"
        iconStart={<RiRefreshLine />}
        aria-label={t('reconcile.actionFor', {
          environment: environment.displayName,
        })}
        aria-describedby={descriptionId}
        isDisabled={obstacle !== undefined}
        isPending={busy}
        onPress={() => void ask()}
      >
        {t('reconcile.action')}
      </Button>
      <span
        id={descriptionId}
        role="status"
        className={styles.reconcileText}
        data-failed={error ? true : undefined}
      >
        {description}
      </span>
    </div>
  );
}

function describe(
  progress: ReconcileProgress,
  resource: ResourceStateDocument | undefined,
  t: Translate,
): string {
  if (progress === 'requested') {
    return t('reconcile.requested');
  }
  if (progress === 'working') {
    return t('reconcile.working');
  }
  if (progress === 'unproven' || !resource) {
    return t('reconcile.unproven');
  }
  const status = t(`state.${resource.status}`);
  if (resource.status !== 'ready') {
    return t('reconcile.ended', { status });
  }
  return resource.commit
    ? t('reconcile.done', { status, commit: shortCommit(resource.commit) })
    : t('reconcile.doneNoCommit', { status });
}

/** Why asking would be in vain, in words; undefined when nothing stands against it. */
function obstacleTo(
  project: ProjectDocument,
  resource: ResourceStateDocument | undefined,
  knowledge: ClusterKnowledge | undefined,
  t: Translate,
): string | undefined {
  if (!project.allowed.update) {
    return t('reconcile.notAllowed');
  }
  if (!resource || resource.status === 'missing') {
    return t('reconcile.notCreated');
  }
  if (knowledge?.state === 'unreachable') {
    return t('reconcile.unreachable');
  }
  if (resource.status === 'suspended') {
    return t('reconcile.suspended');
  }
  if (resource.status === 'terminating') {
    return t('reconcile.terminating');
  }
  return undefined;
}
