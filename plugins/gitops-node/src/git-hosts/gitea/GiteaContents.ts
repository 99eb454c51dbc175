import { z } from 'zod/v3';
import type { ContentPart } from '../gitHostParts';
import type {
  CommitComparison,
  GitHostCallOptions,
  GitHostCommit,
  RepositoryLocation,
} from '../GitHostProvider';
import { MAX_COMPARED_COMMITS, MAX_COMPARED_FILES } from '../comparisonLimits';
import { encodeSegments, nameOf } from '../repositoryNames';
import { repositoryPath } from './GiteaApi';
import type { GiteaApi } from './GiteaApi';

const branchSchema = z.object({
  // Null while the repository has no commit.
  commit: z.object({ id: z.string() }).nullable(),
});
const commitSchema = z.object({
  sha: z.string(),
  html_url: z.string(),
  commit: z.object({
    message: z.string(),
    author: z.object({ name: z.string() }).nullish(),
    committer: z.object({ date: z.string() }).nullish(),
  }),
  files: z.array(z.object({ filename: z.string() })).nullish(),
});
const comparisonSchema = z.object({
  total_commits: z.number(),
  commits: z.array(commitSchema).nullable(),
});
const fileSchema = z.object({
  type: z.string(),
  encoding: z.string().nullable(),
  content: z.string().nullable(),
});

/** Branches, commits and files of a Gitea. */
export class GiteaContents implements ContentPart {
  constructor(
    private readonly api: GiteaApi,
    private readonly baseUrl: string,
  ) {}

  async getBranchCommit(
    location: RepositoryLocation,
    branch: string,
    options: GitHostCallOptions,
  ): Promise<string | undefined> {
    const { status, body } = await this.api.call(
      'GET',
      `${repositoryPath(location)}/branches/${encodeSegments(branch)}`,
      `read branch '${branch}' of repository '${nameOf(location)}'`,
      [200, 404],
      options,
    );
    return status === 404
      ? undefined
      : this.api.read(branchSchema, body, 'branch').commit?.id;
  }

  async hasCommit(
    location: RepositoryLocation,
    commit: string,
    options: GitHostCallOptions,
  ): Promise<boolean> {
    return (await this.findCommit(location, commit, options)) !== undefined;
  }

  async getCommit(
    location: RepositoryLocation,
    commit: string,
    options: GitHostCallOptions,
  ): Promise<GitHostCommit | undefined> {
    const body = await this.findCommit(location, commit, options);
    return body === undefined
      ? undefined
      : toCommit(this.api.read(commitSchema, body, 'commit'));
  }

  async pathExists(
    location: RepositoryLocation,
    ref: string,
    path: string,
    options: GitHostCallOptions,
  ): Promise<boolean> {
    const { status } = await this.content(location, ref, path, options);
    return status === 200;
  }

  async readFile(
    location: RepositoryLocation,
    ref: string,
    path: string,
    options: GitHostCallOptions,
  ): Promise<Buffer | undefined> {
    const { status, body } = await this.content(location, ref, path, options);
    // A directory is answered with the list of what is in it.
    if (status === 404 || Array.isArray(body)) {
      return undefined;
    }
    const file = this.api.read(fileSchema, body, 'file');
    return file.type === 'file' && file.encoding === 'base64'
      ? Buffer.from(file.content ?? '', 'base64')
      : undefined;
  }

  /**
   * Gitea lists no files of a comparison: they are those that its commits touch, so
   * that a path which was changed and changed back is among them.
   */
  async compareCommits(
    location: RepositoryLocation,
    base: string,
    head: string,
    options: GitHostCallOptions,
  ): Promise<CommitComparison> {
    const range = `${encodeSegments(base)}...${encodeSegments(head)}`;
    const { body } = await this.api.call(
      'GET',
      `${repositoryPath(location)}/compare/${range}?verification=false`,
      `compare '${base}' with '${head}' in repository '${nameOf(location)}'`,
      [200],
      options,
    );
    const found = this.api.read(comparisonSchema, body, 'comparison');
    const commits = (found.commits ?? []).reverse();
    const files = new Set(
      commits.flatMap(({ files: touched }) =>
        (touched ?? []).map(({ filename }) => filename),
      ),
    );
    return {
      commits: commits.slice(0, MAX_COMPARED_COMMITS).map(toCommit),
      ahead: found.total_commits,
      files: [...files].sort().slice(0, MAX_COMPARED_FILES),
      url: `${this.baseUrl}/${encodeURIComponent(
        location.owner,
      )}/${encodeURIComponent(location.name)}/compare/${range}`,
    };
  }

  private async findCommit(
    location: RepositoryLocation,
    commit: string,
    options: GitHostCallOptions,
  ): Promise<unknown> {
    const { status, body } = await this.api.call(
      'GET',
      `${repositoryPath(location)}/git/commits/${encodeURIComponent(
        commit,
      )}?stat=false&files=false&verification=false`,
      `look for commit '${commit}' in repository '${nameOf(location)}'`,
      // 409 is the answer of a repository without any commit.
      [200, 404, 409, 422],
      options,
    );
    return status === 200 ? body : undefined;
  }

  private content(
    location: RepositoryLocation,
    ref: string,
    path: string,
    options: GitHostCallOptions,
  ) {
    return this.api.call(
      'GET',
      `${repositoryPath(location)}/contents/${encodeSegments(
        path,
      )}?ref=${encodeURIComponent(ref)}`,
      `look for '${path}' at '${ref}' in repository '${nameOf(location)}'`,
      [200, 404],
      options,
    );
  }
}

function toCommit(found: z.infer<typeof commitSchema>): GitHostCommit {
  const date = found.commit.committer?.date;
  return {
    id: found.sha,
    message: found.commit.message,
    authorName: found.commit.author?.name || undefined,
    committedAt: date ? new Date(date).toISOString() : undefined,
    url: found.html_url,
  };
}
