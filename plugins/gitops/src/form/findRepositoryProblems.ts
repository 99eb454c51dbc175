import type { ChosenRepository } from './repositoryUrl';
import type { GitHost } from './gitHosts';

/** What can be wrong with a choice; each has its words in the translation. */
export type RepositoryProblem =
  | 'noHosts'
  | 'hostMissing'
  | 'hostUnknown'
  | 'ownerMissing'
  | 'ownerInvalid'
  | 'nameMissing'
  | 'nameInvalid';

/** What is wrong with each part, undefined where nothing is. */
export type RepositoryProblems = Record<
  keyof ChosenRepository,
  RepositoryProblem | undefined
>;

const MAX_OWNER = 40;
const MAX_NAME = 100;

/**
 * Says which parts of a choice the host would not take, by Gitea's rules for
 * names. Whether the owner exists, and whether the name is free there, only the
 * host knows.
 */
export function findRepositoryProblems(
  { host, owner, name }: ChosenRepository,
  hosts: readonly GitHost[],
): RepositoryProblems {
  return {
    host: hostProblem(host, hosts),
    owner: ownerProblem(owner),
    name: nameProblem(name),
  };
}

function hostProblem(
  host: string,
  hosts: readonly GitHost[],
): RepositoryProblem | undefined {
  if (hosts.length === 0) {
    return 'noHosts';
  }
  if (!host) {
    return 'hostMissing';
  }
  return hosts.some(known => known.host === host) ? undefined : 'hostUnknown';
}

function ownerProblem(owner: string): RepositoryProblem | undefined {
  if (!owner) {
    return 'ownerMissing';
  }
  // Words of letters and digits, one sign between two of them.
  return /^[a-z0-9]+([-_.][a-z0-9]+)*$/i.test(owner) &&
    owner.length <= MAX_OWNER
    ? undefined
    : 'ownerInvalid';
}

function nameProblem(name: string): RepositoryProblem | undefined {
  if (!name) {
    return 'nameMissing';
  }
  const allowed =
    /^[-_.a-z0-9]+$/i.test(name) &&
    name.length <= MAX_NAME &&
    !name.includes('..') &&
    name !== '.' &&
    name !== '-' &&
    // Endings with a meaning in the addresses of every repository.
    !/\.(git|wiki|rss|atom)$/i.test(name);
  return allowed ? undefined : 'nameInvalid';
}
