import type { RepositoryDocument } from '@backstage-gitops/plugin-gitops-common';

/** A commit as people quote it. */
export function shortCommit(commit: string): string {
  return commit.slice(0, 7);
}

/** The commit in a Flux revision such as `main@sha1:5f2c...`, else the revision itself. */
export function commitOfRevision(revision: string): string {
  const digest = revision.slice(revision.lastIndexOf('@') + 1);
  return digest.slice(digest.indexOf(':') + 1);
}

/** Page of a commit at its Git host; undefined when the repository has no web page. */
export function commitUrl(
  repository: RepositoryDocument | undefined,
  commit: string,
): string | undefined {
  const page = repositoryUrl(repository);
  if (!page) {
    return undefined;
  }
  const separator =
    repository?.provider === 'gitlab' ? '/-/commit/' : '/commit/';
  return `${page}${separator}${encodeURIComponent(commit)}`;
}

/** Page of the repository. */
export function repositoryUrl(
  repository: RepositoryDocument | undefined,
): string | undefined {
  return webUrl(repository?.url);
}

/** The address without its last slash; undefined for all but http and https, which alone become links. */
export function webUrl(url: string | undefined): string | undefined {
  return url && /^https?:\/\//i.test(url) ? url.replace(/\/+$/, '') : undefined;
}
