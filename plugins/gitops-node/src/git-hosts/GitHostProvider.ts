import { createExtensionPoint } from '@backstage/backend-plugin-api';
import type {
  ContentFile,
  GitProvider,
  ServerType,
  Visibility,
} from '@backstage-gitops/plugin-gitops-common';

/** What authenticates a call at a Git host. @public */
export interface GitHostCredential {
  token: string;
  /** Where the host wants one beside the token, for example with a password. */
  username?: string;
}

/** @public */
export interface GitHostIdentity {
  /** The host's own id of the account. */
  id: string;
  username: string;
  email?: string;
  avatarUrl?: string;
}

/** @public */
export interface GitHostRepository {
  /** The host's own id; survives renames. */
  id: string;
  owner: string;
  name: string;
  /** Page of the repository. */
  url: string;
  /** HTTP(S) address that Git clones from. */
  cloneUrl: string;
  defaultBranch: string;
  visibility: Visibility;
  /** True when it has no commit. */
  empty: boolean;
  archived: boolean;
  /** RFC 3339 */
  createdAt: string;
  topics: string[];
}

/** @public */
export interface RepositoryLocation {
  owner: string;
  name: string;
}

/** Options of every call. @public */
export interface GitHostCallOptions {
  credential: GitHostCredential;
  signal?: AbortSignal;
}

/** The first commit of a repository; the same input gives the same commit id. @public */
export interface FirstCommit {
  branch: string;
  files: ContentFile[];
  message: string;
  author: { name: string; email: string };
  /** RFC 3339; author and commit time. */
  timestamp: string;
}

/** What a credential may do, as far as the host tells. @public */
export interface GitHostPower {
  /**
   * Absent where the credential may not even ask who it is, as a token that can
   * only read code.
   */
  identity?: GitHostIdentity;
  /** Scopes or permissions in the host's own words; absent where it does not tell. */
  scopes?: string[];
  expiresAt?: string;
  /** Scopes that the purpose needs and the credential lacks. */
  missing: string[];
  /** Scopes far beyond the purpose, to warn about. */
  excessive: string[];
}

/**
 * What a credential is for. `fetch`: reading one repository over Git; `create`:
 * making repositories and their credentials for the user; `connect`: a user's own
 * connection.
 * @public
 */
export type CredentialPurpose = 'fetch' | 'create' | 'connect';

/** A kind of credential that a host can make for reading one repository. @public */
export type RepositoryCredentialKind = 'ssh' | 'project-token';

/** A credential made at the host for reading one repository, in clear. @public */
export interface RepositoryToken {
  /** The host's own id, to revoke it by. */
  id: string;
  token: string;
  username: string;
  scopes: string[];
  expiresAt?: string;
}

/** @public */
export interface DeployKey {
  /** The host's own id, to revoke it by. */
  id: string;
  title: string;
  /** As the host shows it, for example `SHA256:...`. */
  fingerprint?: string;
  readOnly: boolean;
}

/** How Git reaches a host over SSH. @public */
export interface GitSshEndpoint {
  /** `ssh://git@host:port/owner/name.git` */
  url: string;
  /** Lines of a `known_hosts` file that pin the host's keys. */
  knownHosts: string;
}

/** @public */
export interface GitHostCommit {
  id: string;
  /** Whole message. */
  message: string;
  authorName?: string;
  /** RFC 3339 */
  committedAt?: string;
  url: string;
}

/** @public */
export interface CommitComparison {
  /** Commits of `head` that `base` lacks, oldest first; at most 250. */
  commits: GitHostCommit[];
  /** How many there are. */
  ahead: number;
  /** Paths that differ; at most 300. */
  files: string[];
  url?: string;
}

/** @public */
export interface PullRequest {
  number: number;
  title: string;
  state: 'open' | 'merged' | 'closed';
  head: string;
  base: string;
  url: string;
  /** Undefined while the host is still finding out. */
  mergeable?: boolean;
  mergeCommit?: string;
}

/** Addresses of a host as an OAuth 2 authorization server. @public */
export interface OAuthEndpoints {
  authorizationUrl: string;
  tokenUrl: string;
  /** RFC 7009 or the host's own way; absent where there is none. */
  revocationUrl?: string;
  /** Scopes that a connection asks for. */
  scopes: string[];
}

/**
 * One Git host. Every call has a deadline, retries 429 and 5xx as the host asks,
 * and throws `@backstage/errors` that name the host, the object and the next step,
 * never a token: AuthenticationError for a refused token, NotAllowedError for a
 * missing right, ServiceUnavailableError for a host that does not answer.
 * @public
 */
export interface GitHostProvider {
  readonly type: GitProvider;
  /** Host as in `integrations`, with the port if it has one. */
  readonly host: string;
  /** Root of its web pages, without a trailing slash. */
  readonly baseUrl: string;
  /**
   * Credential of the portal itself, from `integrations`, if it has one that does
   * not change. Where an app of the host stands for the portal there is none: ask
   * `portalCredential`.
   */
  readonly integrationCredential?: GitHostCredential;
  /** Visibilities that a repository can be created with. */
  readonly visibilities: readonly Visibility[];

  /** Whether the host belongs to its vendor or to the company. */
  readonly serverType: ServerType;
  /** Kinds that the portal can make there, the least powerful first. */
  readonly repositoryCredentialKinds: readonly RepositoryCredentialKind[];
  readonly oauth: OAuthEndpoints;
  /** Page where a user makes a personal token. */
  readonly tokenPageUrl: string;
  /**
   * Credential of the portal itself for the repositories of an owner: that of
   * `integrations`, or a token of its app there, made for the occasion and valid
   * for at least ten minutes. Undefined where the portal has none.
   */
  portalCredential(
    owner: string,
    options?: { signal?: AbortSignal },
  ): Promise<GitHostCredential | undefined>;
  /** Scopes that a personal token needs for a purpose. */
  scopesFor(purpose: CredentialPurpose): string[];

  whoAmI(options: GitHostCallOptions): Promise<GitHostIdentity>;
  /** Who it is, what it may do, and what is too little or too much for a purpose. */
  checkPower(
    purpose: CredentialPurpose,
    options: GitHostCallOptions,
  ): Promise<GitHostPower>;
  /** Throws NotAllowedError unless the account may create repositories under `owner`. */
  checkMayCreate(owner: string, options: GitHostCallOptions): Promise<void>;
  getRepository(
    location: RepositoryLocation,
    options: GitHostCallOptions,
  ): Promise<GitHostRepository | undefined>;
  /** @throws ConflictError when the name is taken. */
  createRepository(
    location: RepositoryLocation & {
      visibility: Visibility;
      description?: string;
      defaultBranch: string;
    },
    options: GitHostCallOptions,
  ): Promise<GitHostRepository>;
  /** Adds a topic, leaving the others. */
  addTopic(
    location: RepositoryLocation,
    topic: string,
    options: GitHostCallOptions,
  ): Promise<void>;
  /** Commit that a branch points at; undefined when there is no such branch. */
  getBranchCommit(
    location: RepositoryLocation,
    branch: string,
    options: GitHostCallOptions,
  ): Promise<string | undefined>;
  hasCommit(
    location: RepositoryLocation,
    commit: string,
    options: GitHostCallOptions,
  ): Promise<boolean>;
  /** Whether a file or directory is in the tree at `ref`. */
  pathExists(
    location: RepositoryLocation,
    ref: string,
    path: string,
    options: GitHostCallOptions,
  ): Promise<boolean>;
  /**
   * Pushes the first commit over Git. A branch that already points at it is
   * success; one that points elsewhere is a ConflictError.
   *
   * @returns the commit id
   */
  pushFirstCommit(
    repository: GitHostRepository,
    commit: FirstCommit,
    options: GitHostCallOptions,
  ): Promise<{ commit: string }>;
  /** The repository by the host's own id, wherever it is now; undefined when it is gone. */
  getRepositoryById(
    id: string,
    options: GitHostCallOptions,
  ): Promise<GitHostRepository | undefined>;
  /** Finds a key of the same title and content instead of making a second one. */
  createDeployKey(
    location: RepositoryLocation,
    key: { title: string; publicKey: string },
    options: GitHostCallOptions,
  ): Promise<DeployKey>;
  /** A key that is gone is success. */
  deleteDeployKey(
    location: RepositoryLocation,
    id: string,
    options: GitHostCallOptions,
  ): Promise<void>;
  listDeployKeys(
    location: RepositoryLocation,
    options: GitHostCallOptions,
  ): Promise<DeployKey[]>;
  /** How Git reaches the repository over SSH, with the host's keys read from a trusted place. */
  sshEndpoint(
    location: RepositoryLocation,
    options: GitHostCallOptions,
  ): Promise<GitSshEndpoint>;
  /**
   * Makes a token that can only read this repository.
   *
   * @throws InputError where the host has no such tokens
   */
  createRepositoryToken(
    location: RepositoryLocation,
    token: { name: string; expiresAt?: string },
    options: GitHostCallOptions,
  ): Promise<RepositoryToken>;
  /** A token that is gone is success. */
  revokeRepositoryToken(
    location: RepositoryLocation,
    id: string,
    options: GitHostCallOptions,
  ): Promise<void>;
  /** Tokens made for this repository, to find one whose creation was not heard of. */
  listRepositoryTokens(
    location: RepositoryLocation,
    options: GitHostCallOptions,
  ): Promise<{ id: string; name: string }[]>;
  /** Content of a file in the tree at `ref`; undefined when there is none. */
  readFile(
    location: RepositoryLocation,
    ref: string,
    path: string,
    options: GitHostCallOptions,
  ): Promise<Buffer | undefined>;
  getCommit(
    location: RepositoryLocation,
    commit: string,
    options: GitHostCallOptions,
  ): Promise<GitHostCommit | undefined>;
  compareCommits(
    location: RepositoryLocation,
    base: string,
    head: string,
    options: GitHostCallOptions,
  ): Promise<CommitComparison>;
  /** An open one of the same head and base is found, not doubled. */
  openPullRequest(
    location: RepositoryLocation,
    request: { title: string; body?: string; head: string; base: string },
    options: GitHostCallOptions,
  ): Promise<PullRequest>;
  getPullRequest(
    location: RepositoryLocation,
    number: number,
    options: GitHostCallOptions,
  ): Promise<PullRequest | undefined>;
  /** @throws ConflictError that says why the host will not merge it. */
  mergePullRequest(
    location: RepositoryLocation,
    number: number,
    options: GitHostCallOptions,
  ): Promise<PullRequest>;
  commitUrl(location: RepositoryLocation, commit: string): string;
  /** User name that Git over HTTP wants beside a token. */
  gitUsername(credential: GitHostCredential): string;
}

/** Adds Git hosts beside the built-in ones. @public */
export interface GitopsGitHostsExtensionPoint {
  addProvider(provider: GitHostProvider): void;
}

/** @public */
export const gitopsGitHostsExtensionPoint =
  createExtensionPoint<GitopsGitHostsExtensionPoint>({
    id: 'gitops.git-hosts',
  });
