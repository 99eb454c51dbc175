import { createExtensionPoint } from '@backstage/backend-plugin-api';
import type {
  ContentFile,
  GitProvider,
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
  /** Credential of the portal itself, from `integrations`, if it has one. */
  readonly integrationCredential?: GitHostCredential;
  /** Visibilities that a repository can be created with. */
  readonly visibilities: readonly Visibility[];

  whoAmI(options: GitHostCallOptions): Promise<GitHostIdentity>;
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
