import { Alert } from '@backstage/ui';
import type {
  RepositoryConflictDocument,
  RepositoryDocument,
} from '@backstage-gitops/plugin-gitops-common';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import { useRelativeTime } from './RelativeTime';

export interface RepositoryConflictProps {
  /** As the portal recorded it. */
  repository: RepositoryDocument;
  conflict: RepositoryConflictDocument;
}

/** Says that the repository is not any more what the portal recorded. */
export function RepositoryConflict({
  repository,
  conflict,
}: RepositoryConflictProps) {
  const t = useGitopsTranslation();
  const { kind, since } = conflict;
  const time = useRelativeTime(since);
  const visibilities: Record<string, string | undefined> = {
    private: t('repositoryConflict.visibility.private'),
    internal: t('repositoryConflict.visibility.internal'),
    public: t('repositoryConflict.visibility.public'),
  };
  // Everything else is a name, which has no translation.
  const say = (value = '') =>
    (kind === 'visibility-changed' && visibilities[value]) || value;
  const meaning = t(`repositoryConflict.meaning.${kind}`, {
    repository: `${repository.owner}/${repository.name}`,
    host: repository.host,
    recorded: say(conflict.recorded),
    actual: say(conflict.actual),
  });
  return (
    <Alert
      status={kind === 'deleted' ? 'danger' : 'warning'}
      icon
      role="status"
      title={t(`repositoryConflict.${kind}`)}
      description={`${meaning} ${t('repositoryConflict.since', { time })}`}
    />
  );
}
