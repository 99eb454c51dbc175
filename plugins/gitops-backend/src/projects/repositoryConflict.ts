import type { RepositoryConflictDocument } from '@backstage-gitops/plugin-gitops-common';
import type { GitHostRepository } from '@backstage-gitops/plugin-gitops-node';
import type { Repository } from '../database/tables';

type Finding = Omit<RepositoryConflictDocument, 'since'>;

/**
 * What the Git host says otherwise than the record, the gravest first: a
 * repository that was moved and made public is told of as moved until it is back.
 *
 * @param actual - The repository of the host's own id; undefined when there is none
 * @returns undefined when both say the same
 */
export function findConflict(
  recorded: Repository,
  actual: GitHostRepository | undefined,
): Finding | undefined {
  const { host, owner, name, defaultBranch, visibility } = recorded;
  const called = `Repository '${owner}/${name}' at '${host}'`;
  if (!actual) {
    return {
      kind: 'deleted',
      recorded: `${owner}/${name}`,
      message: `${called} is gone, or the portal's account may not see it any more: restore it, or give the account access. Until then Flux keeps what it fetched last and gets nothing new`,
    };
  }
  if (!same(actual.owner, owner)) {
    return {
      kind: 'moved',
      recorded: `${owner}/${name}`,
      actual: `${actual.owner}/${actual.name}`,
      message: `${called} was transferred to '${actual.owner}/${actual.name}', and Flux still reads the old address: transfer it back, or delete the project and set it up anew where it is now`,
    };
  }
  if (!same(actual.name, name)) {
    return {
      kind: 'renamed',
      recorded: name,
      actual: actual.name,
      message: `${called} is called '${actual.name}' now, and Flux still reads the old address, which hosts forward for a while at most: rename it back, or delete the project and set it up anew under the new name`,
    };
  }
  if (actual.archived) {
    return {
      kind: 'archived',
      recorded: 'open',
      actual: 'archived',
      message: `${called} is archived, so nothing can be pushed to it any more: unarchive it, or delete the project`,
    };
  }
  if (actual.defaultBranch !== defaultBranch) {
    return {
      kind: 'default-branch-changed',
      recorded: defaultBranch,
      actual: actual.defaultBranch,
      message: `${called} has the default branch '${actual.defaultBranch}' now, and Flux follows '${defaultBranch}': set it back, or what is merged from now on is not deployed`,
    };
  }
  if (actual.visibility !== visibility) {
    return {
      kind: 'visibility-changed',
      recorded: visibility,
      actual: actual.visibility,
      message: `${called} is ${actual.visibility} now and was ${visibility}: set it back unless its owners meant it, since it holds how the service is run`,
    };
  }
  return undefined;
}

/** Hosts keep names as they were typed and compare them without their case. */
function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
