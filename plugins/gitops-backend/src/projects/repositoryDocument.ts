import type { RepositoryDocument } from '@backstage-gitops/plugin-gitops-common';
import type { ShownRepository } from './shownColumns';

/** A repository as it is shown. */
export function repositoryDocument(
  repository: ShownRepository,
): RepositoryDocument {
  const { provider, host, owner, name, url, defaultBranch, visibility } =
    repository;
  return { provider, host, owner, name, url, defaultBranch, visibility };
}
