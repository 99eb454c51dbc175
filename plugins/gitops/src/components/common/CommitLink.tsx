import type {
  CommitDocument,
  RepositoryDocument,
} from '@backstage-gitops/plugin-gitops-common';
import { useGitopsTranslation } from '../../hooks/useGitopsTranslation';
import { commitUrl, shortCommit, webUrl } from '../../presentation/commit';
import styles from './common.module.css';
import { ExternalLink } from './ExternalLink';

export interface CommitLinkProps {
  commit: string | undefined;
  repository: RepositoryDocument | undefined;
  /** What the Git host told of the commit. */
  info?: CommitDocument;
}

/** A short commit that opens at its Git host. */
export function CommitLink({ commit, repository, info }: CommitLinkProps) {
  const t = useGitopsTranslation();
  if (!commit) {
    return <span className={styles.secondary}>{t('field.noCommit')}</span>;
  }
  const url = webUrl(info?.url) ?? commitUrl(repository, commit);
  const code = (
    <code className={styles.code} title={info?.title ?? commit}>
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
