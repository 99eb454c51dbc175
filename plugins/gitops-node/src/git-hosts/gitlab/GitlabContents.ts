import {
  Branches,
  Commits,
  Repositories,
  RepositoryFiles,
} from '@gitbeaker/rest';
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
import { projectOf } from './GitlabApi';
import type { GitlabApi } from './GitlabApi';

const branchSchema = z.object({ commit: z.object({ id: z.string() }) });
const commitSchema = z.object({
  id: z.string(),
  message: z.string(),
  author_name: z.string().nullish(),
  committed_date: z.string().nullish(),
  web_url: z.string(),
});
const comparisonSchema = z.object({
  // Oldest first.
  commits: z.array(commitSchema),
  diffs: z.array(z.object({ new_path: z.string(), old_path: z.string() })),
  web_url: z.string().optional(),
});
const fileSchema = z.object({ content: z.string(), encoding: z.string() });
const treeSchema = z.array(z.unknown());

/** Branches, commits and files of a GitLab. */
export class GitlabContents implements ContentPart {
  constructor(private readonly api: GitlabApi) {}

  async getBranchCommit(
    location: RepositoryLocation,
    branch: string,
    options: GitHostCallOptions,
  ): Promise<string | undefined> {
    const { status, data } = await this.api.call(
      `read branch '${branch}' of repository '${nameOf(location)}'`,
      options,
      [404],
      client => new Branches(client).show(projectOf(location), branch),
    );
    return status === 404
      ? undefined
      : this.api.read(branchSchema, data, 'branch').commit.id;
  }

  async hasCommit(
    location: RepositoryLocation,
    commit: string,
    options: GitHostCallOptions,
  ): Promise<boolean> {
    return (await this.getCommit(location, commit, options)) !== undefined;
  }

  async getCommit(
    location: RepositoryLocation,
    commit: string,
    options: GitHostCallOptions,
  ): Promise<GitHostCommit | undefined> {
    const { status, data } = await this.api.call(
      `look for commit '${commit}' in repository '${nameOf(location)}'`,
      options,
      [404],
      client => new Commits(client).show(projectOf(location), commit),
    );
    return status === 404
      ? undefined
      : toCommit(this.api.read(commitSchema, data, 'commit'));
  }

  async pathExists(
    location: RepositoryLocation,
    ref: string,
    path: string,
    options: GitHostCallOptions,
  ): Promise<boolean> {
    const { status, data } = await this.api.call(
      `look for '${path}' at '${ref}' in repository '${nameOf(location)}'`,
      options,
      [404],
      client =>
        new Repositories(client).allRepositoryTrees(projectOf(location), {
          path,
          ref,
          perPage: 1,
          maxPages: 1,
        }),
    );
    const entries =
      status === 404 ? [] : this.api.read(treeSchema, data, 'list');
    return (
      entries.length > 0 ||
      (await this.file(location, ref, path, options)) !== undefined
    );
  }

  async readFile(
    location: RepositoryLocation,
    ref: string,
    path: string,
    options: GitHostCallOptions,
  ): Promise<Buffer | undefined> {
    const data = await this.file(location, ref, path, options);
    if (data === undefined) {
      return undefined;
    }
    const { content, encoding } = this.api.read(fileSchema, data, 'file');
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
      client =>
        new Repositories(client).compare(projectOf(location), base, head),
    );
    const found = this.api.read(comparisonSchema, data, 'comparison');
    const files = new Set(
      found.diffs.flatMap(diff => [diff.new_path, diff.old_path]),
    );
    return {
      commits: found.commits.slice(0, MAX_COMPARED_COMMITS).map(toCommit),
      ahead: found.commits.length,
      files: [...files].sort().slice(0, MAX_COMPARED_FILES),
      url: found.web_url,
    };
  }

  private async file(
    location: RepositoryLocation,
    ref: string,
    path: string,
    options: GitHostCallOptions,
  ): Promise<unknown> {
    const { status, data } = await this.api.call(
      `read '${path}' at '${ref}' in repository '${nameOf(location)}'`,
      options,
      [404],
      client =>
        new RepositoryFiles(client).show(projectOf(location), path, ref),
    );
    return status === 404 ? undefined : data;
  }
}

function toCommit(found: z.infer<typeof commitSchema>): GitHostCommit {
  return {
    id: found.id,
    message: found.message,
    authorName: found.author_name || undefined,
    committedAt: found.committed_date
      ? new Date(found.committed_date).toISOString()
      : undefined,
    url: found.web_url,
  };
}
