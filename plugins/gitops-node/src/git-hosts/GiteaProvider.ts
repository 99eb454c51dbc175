import type { Visibility } from '@backstage-gitops/plugin-gitops-common';
import {
  InputError,
  NotAllowedError,
  ServiceUnavailableError,
} from '@backstage/errors';
import { z } from 'zod/v3';
import type { GitHostLimits } from './GitHostHttp';
import { DEFAULT_GIT_HOST_LIMITS, GitHostHttp } from './GitHostHttp';
import type {
  FirstCommit,
  GitHostCallOptions,
  GitHostCredential,
  GitHostIdentity,
  GitHostProvider,
  GitHostRepository,
  RepositoryLocation,
} from './GitHostProvider';
import { pushFirstCommit } from './pushFirstCommit';

/** @public */
export interface GiteaProviderOptions {
  host: string;
  /** Root of the web pages; the API is below `/api/v1` of it. */
  baseUrl: string;
  integrationCredential?: GitHostCredential;
  limits?: Partial<GitHostLimits>;
}

const userSchema = z.object({
  id: z.number(),
  login: z.string(),
  email: z.string().optional(),
  avatar_url: z.string().optional(),
});
const repositorySchema = z.object({
  id: z.number(),
  name: z.string(),
  owner: z.object({ login: z.string() }),
  html_url: z.string(),
  clone_url: z.string(),
  default_branch: z.string(),
  private: z.boolean(),
  internal: z.boolean().optional(),
  empty: z.boolean(),
  archived: z.boolean(),
  created_at: z.string(),
});
const topicsSchema = z.object({ topics: z.array(z.string()).nullable() });
const branchSchema = z.object({
  // Null while the repository has no commit.
  commit: z.object({ id: z.string() }).nullable(),
});
const orgPermissionsSchema = z.object({ can_create_repository: z.boolean() });

/**
 * Gitea (and Forgejo, which keeps the same API) through its REST API v1.
 *
 * Rights that a token needs: `write:repository`, `read:user`, and for an
 * organization `write:organization`.
 * @public
 */
export class GiteaProvider implements GitHostProvider {
  readonly type = 'gitea';
  readonly host: string;
  readonly baseUrl: string;
  readonly integrationCredential?: GitHostCredential;
  // What Gitea calls internal belongs to organizations and cannot be chosen for
  // one repository.
  readonly visibilities: readonly Visibility[] = ['private', 'public'];
  private readonly http: GitHostHttp;
  private readonly pushTimeoutMs: number;

  constructor(options: GiteaProviderOptions) {
    this.host = options.host;
    this.baseUrl = options.baseUrl.replace(/\/+$/, '');
    this.integrationCredential = options.integrationCredential;
    this.http = new GitHostHttp({
      host: options.host,
      apiUrl: `${this.baseUrl}/api/v1`,
      limits: options.limits,
    });
    this.pushTimeoutMs =
      options.limits?.callMs ?? DEFAULT_GIT_HOST_LIMITS.callMs;
  }

  async whoAmI(options: GitHostCallOptions): Promise<GitHostIdentity> {
    const { body } = await this.call(
      'GET',
      '/user',
      'tell whose token it was given',
      [200],
      options,
    );
    const user = this.read(userSchema, body, 'user');
    return {
      id: String(user.id),
      username: user.login,
      email: user.email || undefined,
      avatarUrl: user.avatar_url || undefined,
    };
  }

  async checkMayCreate(
    owner: string,
    options: GitHostCallOptions,
  ): Promise<void> {
    const { username } = await this.whoAmI(options);
    if (sameName(username, owner)) {
      return;
    }
    const { status, body } = await this.call(
      'GET',
      `/users/${encodeURIComponent(username)}/orgs/${encodeURIComponent(
        owner,
      )}/permissions`,
      `read what '${username}' may do in organization '${owner}'`,
      [200, 404],
      options,
    );
    if (
      status === 404 ||
      !this.read(orgPermissionsSchema, body, 'organization permissions')
        .can_create_repository
    ) {
      throw new NotAllowedError(
        `Account '${username}' may not create repositories under '${owner}' at Git host '${this.host}': choose '${username}' as the owner, or ask an owner of '${owner}' for the right to create repositories`,
      );
    }
  }

  async getRepository(
    location: RepositoryLocation,
    options: GitHostCallOptions,
  ): Promise<GitHostRepository | undefined> {
    const { status, body } = await this.call(
      'GET',
      repositoryPath(location),
      `read repository '${nameOf(location)}'`,
      [200, 404],
      options,
    );
    if (status === 404) {
      return undefined;
    }
    const topics = await this.call(
      'GET',
      `${repositoryPath(location)}/topics`,
      `read the topics of repository '${nameOf(location)}'`,
      [200],
      options,
    );
    return this.repository(
      body,
      this.read(topicsSchema, topics.body, 'topics').topics ?? [],
    );
  }

  async createRepository(
    wish: RepositoryLocation & {
      visibility: Visibility;
      description?: string;
      defaultBranch: string;
    },
    options: GitHostCallOptions,
  ): Promise<GitHostRepository> {
    if (!this.visibilities.includes(wish.visibility)) {
      throw new InputError(
        `Git host '${this.host}' has no repositories of visibility '${
          wish.visibility
        }': choose one of ${this.visibilities.join(', ')}`,
      );
    }
    const { username } = await this.whoAmI(options);
    const { body } = await this.call(
      'POST',
      sameName(username, wish.owner)
        ? '/user/repos'
        : `/orgs/${encodeURIComponent(wish.owner)}/repos`,
      `create repository '${nameOf(wish)}'`,
      [201],
      options,
      {
        name: wish.name,
        description: wish.description ?? '',
        private: wish.visibility === 'private',
        default_branch: wish.defaultBranch,
        auto_init: false,
      },
    );
    return this.repository(body, []);
  }

  async addTopic(
    location: RepositoryLocation,
    topic: string,
    options: GitHostCallOptions,
  ): Promise<void> {
    await this.call(
      'PUT',
      `${repositoryPath(location)}/topics/${encodeURIComponent(topic)}`,
      `mark repository '${nameOf(location)}' with a topic`,
      [204],
      options,
    );
  }

  async getBranchCommit(
    location: RepositoryLocation,
    branch: string,
    options: GitHostCallOptions,
  ): Promise<string | undefined> {
    const { status, body } = await this.call(
      'GET',
      `${repositoryPath(location)}/branches/${encodeSegments(branch)}`,
      `read branch '${branch}' of repository '${nameOf(location)}'`,
      [200, 404],
      options,
    );
    return status === 404
      ? undefined
      : this.read(branchSchema, body, 'branch').commit?.id;
  }

  async hasCommit(
    location: RepositoryLocation,
    commit: string,
    options: GitHostCallOptions,
  ): Promise<boolean> {
    const { status } = await this.call(
      'GET',
      `${repositoryPath(location)}/git/commits/${encodeURIComponent(
        commit,
      )}?stat=false&files=false&verification=false`,
      `look for commit '${commit}' in repository '${nameOf(location)}'`,
      // 409 is the answer of a repository without any commit.
      [200, 404, 409, 422],
      options,
    );
    return status === 200;
  }

  async pathExists(
    location: RepositoryLocation,
    ref: string,
    path: string,
    options: GitHostCallOptions,
  ): Promise<boolean> {
    const { status } = await this.call(
      'GET',
      `${repositoryPath(location)}/contents/${encodeSegments(
        path,
      )}?ref=${encodeURIComponent(ref)}`,
      `look for '${path}' at '${ref}' in repository '${nameOf(location)}'`,
      [200, 404],
      options,
    );
    return status === 200;
  }

  async pushFirstCommit(
    repository: GitHostRepository,
    commit: FirstCommit,
    options: GitHostCallOptions,
  ): Promise<{ commit: string }> {
    return pushFirstCommit(
      {
        // The address from integrations is the one this portal reaches, and the
        // only one its token may be sent to; the host's own idea of its address
        // (`cloneUrl`) can differ.
        url: `${this.baseUrl}/${encodeURIComponent(
          repository.owner,
        )}/${encodeURIComponent(repository.name)}.git`,
        username: this.gitUsername(options.credential),
        password: options.credential.token,
        repository: nameOf(repository),
        host: this.host,
        timeoutMs: this.pushTimeoutMs,
        signal: options.signal,
      },
      commit,
    );
  }

  commitUrl(location: RepositoryLocation, commit: string): string {
    return `${this.baseUrl}/${encodeURIComponent(
      location.owner,
    )}/${encodeURIComponent(location.name)}/commit/${encodeURIComponent(
      commit,
    )}`;
  }

  /** Gitea takes any user name beside a token; an account's password needs its own. */
  gitUsername(credential: GitHostCredential): string {
    return credential.username ?? 'git';
  }

  private call(
    method: 'GET' | 'POST' | 'PUT',
    path: string,
    purpose: string,
    expected: readonly number[],
    options: GitHostCallOptions,
    body?: unknown,
  ) {
    const { token, username } = options.credential;
    return this.http.call(
      {
        method,
        path,
        purpose,
        body,
        signal: options.signal,
        authorization: username
          ? `Basic ${Buffer.from(`${username}:${token}`).toString('base64')}`
          : `token ${token}`,
      },
      expected,
    );
  }

  private repository(body: unknown, topics: string[]): GitHostRepository {
    const found = this.read(repositorySchema, body, 'repository');
    let visibility: Visibility = 'public';
    if (found.private) {
      visibility = 'private';
    } else if (found.internal) {
      visibility = 'internal';
    }
    return {
      id: String(found.id),
      owner: found.owner.login,
      name: found.name,
      url: found.html_url,
      cloneUrl: found.clone_url,
      defaultBranch: found.default_branch,
      visibility,
      empty: found.empty,
      archived: found.archived,
      createdAt: new Date(found.created_at).toISOString(),
      topics,
    };
  }

  private read<T>(
    schema: z.ZodType<T, z.ZodTypeDef, unknown>,
    body: unknown,
    what: string,
  ): T {
    const parsed = schema.safeParse(body);
    if (!parsed.success) {
      const fields = parsed.error.issues
        .map(issue => issue.path.join('.') || 'body')
        .join(', ');
      throw new ServiceUnavailableError(
        `Git host '${this.host}' answered with a ${what} that is not Gitea's (${fields}): check that integrations.gitea names a Gitea host and that baseUrl is its root`,
      );
    }
    return parsed.data;
  }
}

function repositoryPath({ owner, name }: RepositoryLocation): string {
  return `/repos/${encodeURIComponent(owner)}/${encodeURIComponent(name)}`;
}

function nameOf({ owner, name }: RepositoryLocation): string {
  return `${owner}/${name}`;
}

/** Gitea's names ignore case. */
function sameName(a: string, b: string): boolean {
  return a.toLocaleLowerCase('en-US') === b.toLocaleLowerCase('en-US');
}

function encodeSegments(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
