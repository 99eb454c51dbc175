import type { RepositoryDocument } from '@backstage-gitops/plugin-gitops-common';
import type { Repository } from '../database/tables';

/** A repository as it is shown. */
export function repositoryDocument(repository: Repository): RepositoryDocument {
  const { provider, host, owner, name, url, defaultBranch, visibility } =
    repository;
  return { provider, host, owner, name, url, defaultBranch, visibility };
}
