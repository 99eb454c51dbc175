import { commitOfRevision } from '@backstage-gitops/plugin-gitops-common';
import type { Evaluation } from '../status/evaluate';
import type { DeploymentMarks } from './DeploymentHistory';

/** Where kustomize-controller is once everything is applied. */
const APPLIED_STAGE = /running health checks/i;

/**
 * The times that a commit has passed on its way into an environment, as the
 * source and the Kustomization tell. Only the present of both is known, so a
 * time is told only while it is about this commit.
 *
 * @internal
 */
export function leadTimes(
  { object, sourceRevision, sourceFetchedAt }: Evaluation,
  commit: string,
): DeploymentMarks {
  const condition = (type: string) =>
    object?.status?.conditions?.find(item => item.type === type);
  const fetchedAt =
    commitOfRevision(sourceRevision) === commit ? sourceFetchedAt : undefined;
  if (commitOfRevision(object?.status?.lastAppliedRevision) === commit) {
    // The message of Ready names the revision, so its time begins with it.
    const ready = condition('Ready');
    const healthy = condition('Healthy');
    const readyAt =
      ready?.status === 'True' ? ready.lastTransitionTime : undefined;
    return known({
      fetchedAt,
      appliedAt: readyAt,
      healthyAt: healthy?.status === 'True' ? readyAt : undefined,
    });
  }
  const reconciling = condition('Reconciling');
  const applied =
    reconciling?.status === 'True' &&
    APPLIED_STAGE.test(reconciling.message ?? '') &&
    (reconciling.message ?? '').includes(commit);
  return known({
    fetchedAt,
    appliedAt: applied ? reconciling.lastTransitionTime : undefined,
  });
}

/** Without what is not known, so that it covers nothing that is. */
function known(marks: DeploymentMarks): DeploymentMarks {
  return Object.fromEntries(
    Object.entries(marks).filter(([, value]) => value !== undefined),
  );
}
