import { Alert } from '@backstage/ui';
import type { RepositoryConflictDocument } from '@backstage-gitops/plugin-gitops-common';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import { useRelativeTime } from './RelativeTime';

export interface RepositoryConflictProps {
  conflict: RepositoryConflictDocument;
}

/** Says that the repository is not any more what the portal recorded. */
export function RepositoryConflict({ conflict }: RepositoryConflictProps) {
  const t = useGitopsTranslation();
  const { kind, recorded, actual, message, since } = conflict;
  const time = useRelativeTime(since);
  const sentences = [message];
  if (recorded && actual) {
    sentences.push(t('repositoryConflict.values', { recorded, actual }));
  }
  sentences.push(t('repositoryConflict.since', { time }));
  return (
    <Alert
      status={kind === 'deleted' ? 'danger' : 'warning'}
      icon
      role="status"
      title={t(`repositoryConflict.${kind}`)}
      description={sentences.join(' ')}
    />
  );
}
