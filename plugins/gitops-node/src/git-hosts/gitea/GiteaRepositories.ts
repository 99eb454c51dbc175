import type { Visibility } from '@backstage-gitops/plugin-gitops-common';
import { z } from 'zod/v3';
import { checkVisibility } from '../checkVisibility';
import type { RepositoryPart } from '../gitHostParts';
import type {
  GitHostCallOptions,
  GitHostRepository,
  RepositoryLocation,
} from '../GitHostProvider';
import { nameOf, sameName } from '../repositoryNames';
import type { GiteaAccounts } from './GiteaAccounts';
import { repositoryPath } from './GiteaApi';
import type { GiteaApi } from './GiteaApi';

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

// What Gitea calls internal belongs to organizations and cannot be chosen for
// one repository.
export const GITEA_VISIBILITIES: readonly Visibility[] = ['private', 'public'];

/** Repositories of a Gitea. */
export class GiteaRepositories implements RepositoryPart {
  constructor(
    private readonly api: GiteaApi,
    private readonly accounts: GiteaAccounts,
  ) {}

  async getRepository(
    location: RepositoryLocation,
    options: GitHostCallOptions,
  ): Promise<GitHostRepository | undefined> {
    return this.find(
      repositoryPath(location),
      `repository '${nameOf(location)}'`,
      options,
    );
  }

  async getRepositoryById(
    id: string,
    options: GitHostCallOptions,
  ): Promise<GitHostRepository | undefined> {
    return this.find(
      `/repositories/${encodeURIComponent(id)}`,
      `repository ${id}`,
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
    checkVisibility(this.api.host, GITEA_VISIBILITIES, wish.visibility);
    const { username } = await this.accounts.whoAmI(options);
    const { body } = await this.api.call(
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
    await this.api.call(
      'PUT',
      `${repositoryPath(location)}/topics/${encodeURIComponent(topic)}`,
      `mark repository '${nameOf(location)}' with a topic`,
      [204],
      options,
    );
  }

  private async find(
    path: string,
    what: string,
    options: GitHostCallOptions,
  ): Promise<GitHostRepository | undefined> {
    const { status, body } = await this.api.call(
      'GET',
      path,
      `read ${what}`,
      [200, 404],
      options,
    );
    if (status === 404) {
      return undefined;
    }
    const found = this.repository(body, []);
    const topics = await this.api.call(
      'GET',
      `${repositoryPath(found)}/topics`,
      `read the topics of ${what}`,
      [200],
      options,
    );
    return {
      ...found,
      topics: this.api.read(topicsSchema, topics.body, 'topics').topics ?? [],
    };
  }

  private repository(body: unknown, topics: string[]): GitHostRepository {
    const found = this.api.read(repositorySchema, body, 'repository');
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
}
