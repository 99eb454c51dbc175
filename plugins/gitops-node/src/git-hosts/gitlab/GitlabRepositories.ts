import type { Visibility } from '@backstage-gitops/plugin-gitops-common';
import { ConflictError, NotFoundError } from '@backstage/errors';
import { Namespaces, Projects } from '@gitbeaker/rest';
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
import type { GitlabAccounts } from './GitlabAccounts';
import { projectOf, wordsOf } from './GitlabApi';
import type { GitlabAnswer, GitlabApi } from './GitlabApi';

const projectSchema = z.object({
  id: z.number(),
  path: z.string(),
  namespace: z.object({ full_path: z.string() }),
  web_url: z.string(),
  http_url_to_repo: z.string(),
  // Null while the repository has no commit.
  default_branch: z.string().nullish(),
  visibility: z.enum(['public', 'private', 'internal']),
  empty_repo: z.boolean().optional(),
  archived: z.boolean(),
  created_at: z.string(),
  topics: z
    .array(z.string())
    .nullish()
    .transform(topics => topics ?? []),
  marked_for_deletion_on: z.string().nullish(),
});
type Project = z.infer<typeof projectSchema>;

const namespaceSchema = z.object({ id: z.number() });

export const GITLAB_VISIBILITIES: readonly Visibility[] = [
  'private',
  'internal',
  'public',
];

/** Projects of a GitLab. */
export class GitlabRepositories implements RepositoryPart {
  constructor(
    private readonly api: GitlabApi,
    private readonly accounts: GitlabAccounts,
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
        client => new Projects(client).show(projectOf(location)),
      ),
    );
  }

  async getRepositoryById(
    id: string,
    options: GitHostCallOptions,
  ): Promise<GitHostRepository | undefined> {
    return this.found(
      await this.api.call(`read repository ${id}`, options, [404], client =>
        new Projects(client).show(id),
      ),
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
    checkVisibility(this.api.host, GITLAB_VISIBILITIES, wish.visibility);
    const namespaceId = await this.namespaceId(wish.owner, options);
    const purpose = `create repository '${nameOf(wish)}'`;
    const { status, data } = await this.api.call(
      purpose,
      options,
      [400],
      client =>
        new Projects(client).create({
          name: wish.name,
          path: wish.name,
          namespaceId,
          description: wish.description ?? '',
          visibility: wish.visibility,
          defaultBranch: wish.defaultBranch,
          initializeWithReadme: false,
        }),
    );
    if (status === 400) {
      const words = wordsOf(data);
      throw /has already been taken/.test(words ?? '')
        ? new ConflictError(
            `Git host '${this.api.host}' did not ${purpose}: the name is taken. Choose another one`,
          )
        : statusError({ host: this.api.host, purpose }, status, words);
    }
    const created = this.api.read(projectSchema, data, 'project');
    return {
      ...toRepository(created),
      empty: true,
      defaultBranch: created.default_branch ?? wish.defaultBranch,
    };
  }

  async addTopic(
    location: RepositoryLocation,
    topic: string,
    options: GitHostCallOptions,
  ): Promise<void> {
    const project = projectOf(location);
    const { data } = await this.api.call(
      `read the topics of repository '${nameOf(location)}'`,
      options,
      [],
      client => new Projects(client).show(project),
    );
    const { topics } = this.api.read(projectSchema, data, 'project');
    if (topics.includes(topic)) {
      return;
    }
    await this.api.call(
      `mark repository '${nameOf(location)}' with a topic`,
      options,
      [],
      client =>
        new Projects(client).edit(project, { topics: [...topics, topic] }),
    );
  }

  private found({ status, data }: GitlabAnswer): GitHostRepository | undefined {
    if (status === 404) {
      return undefined;
    }
    const project = this.api.read(projectSchema, data, 'project');
    // A deleted project stays readable for some days, under another name.
    return project.marked_for_deletion_on ? undefined : toRepository(project);
  }

  /** Undefined for the user's own. */
  private async namespaceId(
    owner: string,
    options: GitHostCallOptions,
  ): Promise<number | undefined> {
    const { username } = await this.accounts.whoAmI(options);
    if (sameName(username, owner)) {
      return undefined;
    }
    const { status, data } = await this.api.call(
      `read namespace '${owner}'`,
      options,
      [404],
      client => new Namespaces(client).show(owner),
    );
    if (status === 404) {
      throw new NotFoundError(
        `There is no group '${owner}' at Git host '${this.api.host}', or the account may not see it: choose another owner`,
      );
    }
    return this.api.read(namespaceSchema, data, 'namespace').id;
  }
}

function toRepository(project: Project): GitHostRepository {
  return {
    id: String(project.id),
    owner: project.namespace.full_path,
    name: project.path,
    url: project.web_url,
    cloneUrl: project.http_url_to_repo,
    // The first branch that is pushed becomes it; this is what GitLab proposes.
    defaultBranch: project.default_branch ?? 'main',
    visibility: project.visibility,
    empty: project.empty_repo ?? !project.default_branch,
    archived: project.archived,
    createdAt: new Date(project.created_at).toISOString(),
    topics: project.topics,
  };
}
