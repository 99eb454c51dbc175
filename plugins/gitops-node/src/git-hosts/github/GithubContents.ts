import { z } from 'zod/v3';
import { MAX_COMPARED_COMMITS, MAX_COMPARED_FILES } from '../comparisonLimits';
import type { ContentPart } from '../gitHostParts';
import type {
  CommitComparison,
  GitHostCallOptions,
  GitHostCommit,
  RepositoryLocation,
} from '../GitHostProvider';
import { nameOf } from '../repositoryNames';
import { repositoryOf } from './GithubApi';
import type { GithubApi } from './GithubApi';

const refSchema = z.object({ object: z.object({ sha: z.string() }) });
const gitCommitSchema = z.object({
  message: z.string(),
  author: z.object({ name: z.string().nullish() }).nullish(),
  committer: z.object({ date: z.string().nullish() }).nullish(),
});
const commitSchema = gitCommitSchema.extend({
  sha: z.string(),
  html_url: z.string(),
});
const comparisonSchema = z.object({
  html_url: z.string(),
  ahead_by: z.number(),
  commits: z.array(
    z.object({
      sha: z.string(),
      html_url: z.string(),
      commit: gitCommitSchema,
    }),
  ),
  files: z
    .array(
      z.object({
        filename: z.string(),
        previous_filename: z.string().optional(),
      }),
    )
    .optional(),
});
const fileSchema = z.object({
  type: z.string(),
  sha: z.string(),
  encoding: z.string(),
  content: z.string(),
});
const blobSchema = z.object({ encoding: z.string(), content: z.string() });

/** Branches, commits and files of a GitHub. */
export class GithubContents implements ContentPart {
  constructor(private readonly api: GithubApi) {}

  async getBranchCommit(
    location: RepositoryLocation,
    branch: string,
    options: GitHostCallOptions,
  ): Promise<string | undefined> {
    // The branch itself would be answered with its successor after a renaming.
    const { status, data } = await this.api.call(
      `read branch '${branch}' of repository '${nameOf(location)}'`,
      options,
      // 409 is the answer of a repository without any commit.
      [404, 409],
      octokit =>
        octokit.rest.git.getRef({
          ...repositoryOf(location),
          ref: `heads/${branch}`,
        }),
    );
    return status === 200
      ? this.api.read(refSchema, data, 'branch').object.sha
      : undefined;
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
    const data = await this.findCommit(location, commit, options);
    if (data === undefined) {
      return undefined;
    }
    const {
      sha,
      html_url: url,
      ...found
    } = this.api.read(commitSchema, data, 'commit');
    return toCommit(sha, url, found);
  }

  async pathExists(
    location: RepositoryLocation,
    ref: string,
    path: string,
    options: GitHostCallOptions,
  ): Promise<boolean> {
    return (await this.content(location, ref, path, options)) !== undefined;
  }

  async readFile(
    location: RepositoryLocation,
    ref: string,
    path: string,
    options: GitHostCallOptions,
  ): Promise<Buffer | undefined> {
    const data = await this.content(location, ref, path, options);
    // A directory is answered with the list of what is in it.
    if (data === undefined || Array.isArray(data)) {
      return undefined;
    }
    const file = fileSchema.safeParse(data);
    if (!file.success || file.data.type !== 'file') {
      return undefined;
    }
    if (file.data.encoding === 'base64') {
      return Buffer.from(file.data.content, 'base64');
    }
    // From 1 MB on the content is kept back.
    const { data: blob } = await this.api.call(
      `read '${path}' at '${ref}' in repository '${nameOf(location)}'`,
      options,
      [],
      octokit =>
        octokit.rest.git.getBlob({
          ...repositoryOf(location),
          file_sha: file.data.sha,
        }),
    );
    const { content, encoding } = this.api.read(blobSchema, blob, 'file');
    return Buffer.from(content, encoding === 'base64' ? 'base64' : 'utf8');
  }

  async compareCommits(
    location: RepositoryLocation,
    base: string,
    head: string,
    options: GitHostCallOptions,
  ): Promise<CommitComparison> {
    const { data } = await this.api.call(
      `compare '${base}' with '${head}' in repository '${nameOf(location)}'`,
      options,
      [],
      octokit =>
        octokit.rest.repos.compareCommitsWithBasehead({
          ...repositoryOf(location),
          basehead: `${base}...${head}`,
        }),
    );
    const found = this.api.read(comparisonSchema, data, 'comparison');
    const files = new Set(
      (found.files ?? []).flatMap(file => [
        file.filename,
        // A renamed file is gone from its old path.
        ...(file.previous_filename ? [file.previous_filename] : []),
      ]),
    );
    return {
      commits: found.commits
        .slice(0, MAX_COMPARED_COMMITS)
        .map(({ sha, html_url: url, commit }) => toCommit(sha, url, commit)),
      ahead: found.ahead_by,
      files: [...files].sort().slice(0, MAX_COMPARED_FILES),
      url: found.html_url,
    };
  }

  private async findCommit(
    location: RepositoryLocation,
    commit: string,
    options: GitHostCallOptions,
  ): Promise<unknown> {
    const { status, data } = await this.api.call(
      `look for commit '${commit}' in repository '${nameOf(location)}'`,
      options,
      [404, 409, 422],
      octokit =>
        octokit.rest.git.getCommit({
          ...repositoryOf(location),
          commit_sha: commit,
        }),
    );
    return status === 200 ? data : undefined;
  }

  private async content(
    location: RepositoryLocation,
    ref: string,
    path: string,
    options: GitHostCallOptions,
  ): Promise<unknown> {
    const { status, data } = await this.api.call(
      `look for '${path}' at '${ref}' in repository '${nameOf(location)}'`,
      options,
      [404],
      octokit =>
        octokit.rest.repos.getContent({ ...repositoryOf(location), path, ref }),
    );
    return status === 200 ? data : undefined;
  }
}

function toCommit(
  id: string,
  url: string,
  found: z.infer<typeof gitCommitSchema>,
): GitHostCommit {
  const date = found.committer?.date;
  return {
    id,
    message: found.message,
    authorName: found.author?.name || undefined,
    committedAt: date ? new Date(date).toISOString() : undefined,
    url,
  };
}
