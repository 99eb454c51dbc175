import type { GitHostProvider } from './GitHostProvider';

// A provider in parts, one reason to change each: a host's class per part holds
// its calls, and `ComposedGitHostProvider` makes one provider of them.

/** Who a credential belongs to and what it may do. */
export type AccountPart = Pick<
  GitHostProvider,
  'scopesFor' | 'whoAmI' | 'checkPower' | 'checkMayCreate'
>;

/** Finding, making and marking repositories. */
export type RepositoryPart = Pick<
  GitHostProvider,
  'getRepository' | 'getRepositoryById' | 'createRepository' | 'addTopic'
>;

/** Branches, commits and files. */
export type ContentPart = Pick<
  GitHostProvider,
  | 'getBranchCommit'
  | 'hasCommit'
  | 'pathExists'
  | 'readFile'
  | 'getCommit'
  | 'compareCommits'
>;

/** Keys that read one repository over SSH. */
export type DeployKeyPart = Pick<
  GitHostProvider,
  'createDeployKey' | 'deleteDeployKey' | 'listDeployKeys'
>;

/** Tokens that read one repository over HTTP. */
export type RepositoryTokenPart = Pick<
  GitHostProvider,
  'createRepositoryToken' | 'revokeRepositoryToken' | 'listRepositoryTokens'
>;

/** @see GitHostProvider.openPullRequest */
export type PullRequestPart = Pick<
  GitHostProvider,
  'openPullRequest' | 'getPullRequest' | 'mergePullRequest'
>;
