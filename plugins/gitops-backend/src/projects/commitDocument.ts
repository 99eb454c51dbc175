import type {
  CommitDocument,
  LeadTimeDocument,
} from '@backstage-gitops/plugin-gitops-common';
import type { Deployment } from '../database/tables';
import type { ShownDeployment } from './shownColumns';

/** What is known of a commit beside its name; undefined where that is nothing. */
export function commitDocument(
  deployment: Omit<ShownDeployment, 'id'>,
): CommitDocument | undefined {
  const {
    commitHash: id,
    commitTitle: title,
    commitAuthor: author,
    committedAt,
  } = deployment;
  return title || author || committedAt
    ? { id, title, author, committedAt }
    : undefined;
}

/** The way of a commit into an environment, once it has arrived. */
export function leadTimeDocument(
  deployment: Deployment,
): LeadTimeDocument | undefined {
  const { status, committedAt, fetchedAt, appliedAt, healthyAt } = deployment;
  if (status !== 'succeeded') {
    return undefined;
  }
  const times = [committedAt, fetchedAt, appliedAt, healthyAt].flatMap(time =>
    time ? [Date.parse(time)] : [],
  );
  if (times.length === 0) {
    return undefined;
  }
  return {
    committedAt,
    fetchedAt,
    appliedAt,
    healthyAt,
    ...(times.length > 1 && {
      // Clocks differ: a committer's may run ahead of the cluster's.
      totalMs: Math.max(0, times[times.length - 1] - times[0]),
    }),
  };
}
