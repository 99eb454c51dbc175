import type {
  CommitDocument,
  ProjectDocument,
} from '@backstage-gitops/plugin-gitops-common';

/**
 * What an answer tells of a commit. It may stand with any of the objects that have
 * it: answers are kept small, and the host is asked for each commit once.
 */
export function findCommitInfo(
  { environments, sources }: Pick<ProjectDocument, 'environments' | 'sources'>,
  commit: string | undefined,
): CommitDocument | undefined {
  const objects = [...sources, ...environments.map(({ resource }) => resource)];
  return objects.find(object => object?.commitInfo && object.commit === commit)
    ?.commitInfo;
}
