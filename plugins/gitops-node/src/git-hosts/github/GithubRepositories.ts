import type { Visibility } from '@backstage-gitops/plugin-gitops-common';
import { ConflictError, InputError } from '@backstage/errors';
import { z } from 'zod/v3';
import { checkVisibility } from '../checkVisibility';
import type { RepositoryPart } from '../gitHostParts';
import type {
  GitHostCallOptions,
  GitHostRepository,
  RepositoryLocation,
} from '../GitHostProvider';
import { statusError } from '../http/gitHostErrors';
import { nameOf, sameName } from '../repositoryNames';
import type { GithubAccounts } from './GithubAccounts';
import { repositoryOf, wordsOf } from './GithubApi';
import type { GithubAnswer, GithubApi } from './GithubApi';

const repositorySchema = z.object({
  id: z.number(),
  name: z.string(),
  owner: z.object({ login: z.string() }),
  html_url: z.string(),
  clone_url: z.string(),
  default_branch: z.string(),
  private: z.boolean(),
  visibility: z.enum(['public', 'private', 'internal']).optional(),
  archived: z.boolean(),
  created_at: z.string(),
  topics: z.array(z.string()).optional(),
});
const topicsSchema = z.object({ names: z.array(z.string()) });
const branchesSchema = z.array(z.unknown());

export const GITHUB_VISIBILITIES: readonly Visibility[] = [
  'private',
  // In organizations of an enterprise; GitHub refuses it elsewhere.
  'internal',
  'public',
];

/** Repositories of a GitHub. */
export class GithubRepositories implements RepositoryPart {
  constructor(
    private readonly api: GithubApi,
    private readonly accounts: GithubAccounts,
  ) {}

  async getRepository(
    location: RepositoryLocation,
    options: GitHostCallOptions,
  ): Promise<GitHostRepository | undefined> {
    return this.found(
      await this.api.call(
        `read repository '${nameOf(location)}'`,
        options,
        [404],
        octokit => octokit.rest.repos.get(repositoryOf(location)),
      ),
      options,
    );
  }

  async getRepositoryById(
    id: string,
    options: GitHostCallOptions,
  ): Promise<GitHostRepository | undefined> {
    return this.found(
      // Not in the published description, and where GitHub's own redirects of
      // renamed repositories lead.
      await this.api.call(`read repository ${id}`, options, [404], octokit =>
        octokit.request('GET /repositories/{id}', { id }),
      ),
      options,
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
    checkVisibility(this.api.host, GITHUB_VISIBILITIES, wish.visibility);
    const username = await this.accounts.usernameIfAny(options);
    const own = username !== undefined && sameName(username, wish.owner);
    if (own && wish.visibility === 'internal') {
      throw new InputError(
        `Repositories of a user at Git host '${this.api.host}' cannot be of visibility 'internal': choose private or public, or an organization as the owner`,
      );
    }
    const common = {
      name: wish.name,
      description: wish.description ?? '',
      private: wish.visibility !== 'public',
      auto_init: false,
    };
    const purpose = `create repository '${nameOf(wish)}'`;
    const { status, data } = await this.api.call(
      purpose,
      options,
      [422],
      octokit =>
        own
          ? octokit.rest.repos.createForAuthenticatedUser(common)
          : octokit.rest.repos.createInOrg({
              ...common,
              org: wish.owner,
              // The published description leaves out a visibility that GitHub
              // takes; its plain form says the same of the other two.
              ...(wish.visibility === 'internal' && {
                visibility: 'internal' as 'private',
              }),
            }),
    );
    if (status === 422) {
      const words = wordsOf(data);
      throw /already exists/i.test(words ?? '')
        ? new ConflictError(
            `Git host '${this.api.host}' did not ${purpose}: the name is taken. Choose another one`,
          )
        : statusError({ host: this.api.host, purpose }, status, words);
    }
    // GitHub takes the first branch that is pushed as the default one.
    return {
      ...this.repository(data),
      empty: true,
      defaultBranch: wish.defaultBranch,
    };
  }

  async addTopic(
    location: RepositoryLocation,
    topic: string,
    options: GitHostCallOptions,
  ): Promise<void> {
    const { data } = await this.api.call(
      `read the topics of repository '${nameOf(location)}'`,
      options,
      [],
      octokit => octokit.rest.repos.getAllTopics(repositoryOf(location)),
    );
    const { names } = this.api.read(topicsSchema, data, 'topics');
    if (names.includes(topic)) {
      return;
    }
    await this.api.call(
      `mark repository '${nameOf(location)}' with a topic`,
      options,
      [],
      octokit =>
        octokit.rest.repos.replaceAllTopics({
          ...repositoryOf(location),
          names: [...names, topic],
        }),
    );
  }

  private async found(
    { status, data }: GithubAnswer,
    options: GitHostCallOptions,
  ): Promise<GitHostRepository | undefined> {
    if (status === 404) {
      return undefined;
    }
    const repository = this.repository(data);
    // Its document does not tell: `size` lags behind a push.
    const branches = await this.api.call(
      `list the branches of repository '${nameOf(repository)}'`,
      options,
      [],
      octokit =>
        octokit.rest.repos.listBranches({
          ...repositoryOf(repository),
          per_page: 1,
        }),
    );
    return {
      ...repository,
      empty: this.api.read(branchesSchema, branches.data, 'list').length === 0,
    };
  }

  private repository(data: unknown): Omit<GitHostRepository, 'empty'> {
    const found = this.api.read(repositorySchema, data, 'repository');
    return {
      id: String(found.id),
      owner: found.owner.login,
      name: found.name,
      url: found.html_url,
      cloneUrl: found.clone_url,
      defaultBranch: found.default_branch,
      visibility: found.visibility ?? (found.private ? 'private' : 'public'),
      archived: found.archived,
      createdAt: new Date(found.created_at).toISOString(),
      topics: found.topics ?? [],
    };
  }
}
