import type {
  ProjectDocument,
  ResourceStateDocument,
} from '@backstage-gitops/plugin-gitops-common';
import type { Translate } from '../../hooks/useGitopsTranslation';
import type { ClusterKnowledge } from '../../presentation/clusterKnowledge';
import { shortCommit } from '../../presentation/commit';
import { errorText } from '../../presentation/errorText';
import type { ActionState } from './useEnvironmentAction';

/** How far something that was asked for has come, in words. */
export function actionText(
  { kind, progress, error }: ActionState,
  resource: ResourceStateDocument | undefined,
  t: Translate,
): string {
  if (progress === 'refused') {
    const words = error ? `: ${errorText(error)}` : '';
    return `${t(`${kind}.refused`)}${words}`;
  }
  if (progress === 'unproven') {
    return t(`${kind}.unproven`);
  }
  if (kind === 'suspend') {
    return progress === 'ended' ? t('suspend.done') : t('suspend.asked');
  }
  const status = resource && t(`state.${resource.status}`);
  if (kind === 'resume') {
    return progress === 'ended' && status
      ? t('resume.done', { status })
      : t('resume.asked');
  }
  switch (progress) {
    case 'asking':
      return t('reconcile.asking');
    case 'requested':
      return t('reconcile.requested');
    case 'working':
      return t('reconcile.working');
    default:
      return endText(resource, status, t);
  }
}

function endText(
  resource: ResourceStateDocument | undefined,
  status: string | undefined,
  t: Translate,
): string {
  if (!resource || !status) {
    return t('reconcile.unproven');
  }
  if (resource.status !== 'ready') {
    return t('reconcile.ended', { status });
  }
  return resource.commit
    ? t('reconcile.done', { status, commit: shortCommit(resource.commit) })
    : t('reconcile.doneNoCommit', { status });
}

/** Why asking for anything would be in vain; undefined when nothing stands against it. */
export function obstacleTo(
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
  if (resource.status === 'terminating') {
    return t('reconcile.terminating');
  }
  return undefined;
}
