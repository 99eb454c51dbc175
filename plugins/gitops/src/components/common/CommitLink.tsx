import type { RepositoryDocument } from '@backstage-gitops/plugin-gitops-common';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import { commitUrl, shortCommit } from '../../presentation/commit';
import styles from './common.module.css';
import { ExternalLink } from './ExternalLink';

export interface CommitLinkProps {
  commit: string | undefined;
  repository: RepositoryDocument | undefined;
}

/** A short commit that opens at its Git host. */
export function CommitLink({ commit, repository }: CommitLinkProps) {
  const t = useGitopsTranslation();
  if (!commit) {
    return <span className={styles.secondary}>{t('field.noCommit')}</span>;
  }
  const url = commitUrl(repository, commit);
  const code = (
    <code className={styles.code} title={commit}>
      {shortCommit(commit)}
    </code>
  );
  return url ? (
    <ExternalLink
      href={url}
      label={`${t('field.commit')} ${shortCommit(commit)}`}
    >
      {code}
    </ExternalLink>
  ) : (
    code
  );
}
