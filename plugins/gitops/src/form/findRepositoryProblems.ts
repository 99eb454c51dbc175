import type { GitProvider } from '@backstage-gitops/plugin-gitops-common';
import type { ChosenRepository } from './repositoryUrl';
import type { GitHost } from './gitHosts';

/** What can be wrong with a choice; each has its words in the translation. */
export type RepositoryProblem =
  | 'noHosts'
  | 'hostMissing'
  | 'hostUnknown'
  | 'ownerMissing'
  | 'ownerInvalid'
  | 'ownerInvalidGithub'
  | 'ownerInvalidGitlab'
  | 'nameMissing'
  | 'nameInvalid';

/** What is wrong with each part, undefined where nothing is. */
export type RepositoryProblems = Record<
  'host' | 'owner' | 'name',
  RepositoryProblem | undefined
>;

const MAX_NAME = 100;

/** How each kind of host spells organizations, groups and users. */
const OWNERS: Record<
  GitProvider,
  { spelling: RegExp; longest: number; problem: RepositoryProblem }
> = {
  // Words of letters and digits, one sign between two of them.
  gitea: {
    spelling: /^[a-z0-9]+([-_.][a-z0-9]+)*$/i,
    longest: 40,
    problem: 'ownerInvalid',
  },
  github: {
    spelling: /^[a-z0-9]+(-[a-z0-9]+)*$/i,
    longest: 39,
    problem: 'ownerInvalidGithub',
  },
  // Groups have groups in them.
  gitlab: {
    spelling: /^[a-z0-9_][a-z0-9_.-]*(\/[a-z0-9_][a-z0-9_.-]*)*$/i,
    longest: 255,
    problem: 'ownerInvalidGitlab',
  },
};

/**
 * Says which parts of a choice the host would not take, by its rules for names.
 * Whether the owner exists, and whether the name is free there, only the
 * host knows.
 */
export function findRepositoryProblems(
  { host, owner, name }: ChosenRepository,
  hosts: readonly GitHost[],
): RepositoryProblems {
  return {
    host: hostProblem(host, hosts),
    owner: ownerProblem(
      owner,
      hosts.find(known => known.host === host)?.provider ?? 'gitea',
    ),
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

function ownerProblem(
  owner: string,
  provider: GitProvider,
): RepositoryProblem | undefined {
  if (!owner) {
    return 'ownerMissing';
  }
  const { spelling, longest, problem } = OWNERS[provider];
  return spelling.test(owner) && owner.length <= longest ? undefined : problem;
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
