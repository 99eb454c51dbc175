import { ConflictError, InputError } from '@backstage/errors';
import { z } from 'zod/v3';
import type { PullRequestPart } from '../gitHostParts';
import type {
  GitHostCallOptions,
  PullRequest,
  RepositoryLocation,
} from '../GitHostProvider';
import { nameOf } from '../repositoryNames';
import { repositoryOf, wordsOf } from './GithubApi';
import type { GithubApi } from './GithubApi';

const listedSchema = z.object({
  number: z.number(),
  title: z.string(),
  state: z.enum(['open', 'closed']),
  html_url: z.string(),
  head: z.object({ ref: z.string(), sha: z.string() }),
  base: z.object({ ref: z.string() }),
  merge_commit_sha: z.string().nullish(),
});
const pullRequestSchema = listedSchema.extend({
  merged: z.boolean(),
  mergeable: z.boolean().nullable(),
});
type Listed = z.infer<typeof listedSchema>;
type Document = z.infer<typeof pullRequestSchema>;

const methodsSchema = z.object({
  allow_merge_commit: z.boolean().optional(),
  allow_squash_merge: z.boolean().optional(),
});

/** Pull requests of a GitHub. */
export class GithubPullRequests implements PullRequestPart {
  constructor(private readonly api: GithubApi) {}

  async openPullRequest(
    location: RepositoryLocation,
    request: { title: string; body?: string; head: string; base: string },
    options: GitHostCallOptions,
  ): Promise<PullRequest> {
    const purpose = `open a pull request from '${request.head}' to '${
      request.base
    }' in repository '${nameOf(location)}'`;
    const { status, data } = await this.api.call(
      purpose,
      options,
      [422],
      octokit =>
        octokit.rest.pulls.create({ ...repositoryOf(location), ...request }),
    );
    if (status !== 422) {
      return toPullRequest(this.document(data));
    }
    const { data: list } = await this.api.call(
      `list the pull requests of repository '${nameOf(location)}'`,
      options,
      [],
      octokit =>
        octokit.rest.pulls.list({
          ...repositoryOf(location),
          state: 'open',
          head: `${location.owner}:${request.head}`,
          base: request.base,
        }),
    );
    const [open] = this.api.read(listedSchema.array(), list, 'list');
    if (open) {
      return toPullRequest({ ...open, merged: false, mergeable: null });
    }
    throw new InputError(
      `Git host '${this.api.host}' did not ${purpose}: ${
        wordsOf(data) ?? 'it gave no reason'
      }`,
    );
  }

  async getPullRequest(
    location: RepositoryLocation,
    number: number,
    options: GitHostCallOptions,
  ): Promise<PullRequest | undefined> {
    const found = await this.find(location, number, options);
    return found && toPullRequest(found);
  }

  async mergePullRequest(
    location: RepositoryLocation,
    number: number,
    options: GitHostCallOptions,
  ): Promise<PullRequest> {
    const what = `pull request ${number} of repository '${nameOf(
      location,
    )}' at Git host '${this.api.host}'`;
    const found = await this.find(location, number, options);
    if (found?.merged) {
      return toPullRequest(found);
    }
    if (!found || found.state === 'closed') {
      throw new ConflictError(
        `There is no open ${what} to merge: open one again`,
      );
    }
    const method = await this.mergeMethod(location, options);
    const { status, data } = await this.api.call(
      `merge pull request ${number} of repository '${nameOf(location)}'`,
      options,
      [404, 405, 409, 422],
      octokit =>
        octokit.rest.pulls.merge({
          ...repositoryOf(location),
          pull_number: number,
          sha: found.head.sha,
          merge_method: method,
        }),
    );
    const after = await this.find(location, number, options);
    // Whoever merged it: what the host says now decides.
    if (after?.merged) {
      return toPullRequest(after);
    }
    const words = wordsOf(data);
    throw new ConflictError(
      `The host did not merge ${what} (${status}${
        words ? `: ${words}` : ''
      }): see its page ${found.html_url} for what is missing`,
    );
  }

  private async find(
    location: RepositoryLocation,
    number: number,
    options: GitHostCallOptions,
  ): Promise<Document | undefined> {
    const { status, data } = await this.api.call(
      `read pull request ${number} of repository '${nameOf(location)}'`,
      options,
      [404],
      octokit =>
        octokit.rest.pulls.get({
          ...repositoryOf(location),
          pull_number: number,
        }),
    );
    return status === 404 ? undefined : this.document(data);
  }

  /** A repository may forbid some methods; merge commits are preferred. */
  private async mergeMethod(
    location: RepositoryLocation,
    options: GitHostCallOptions,
  ): Promise<'merge' | 'squash' | 'rebase'> {
    const { data } = await this.api.call(
      `read repository '${nameOf(location)}'`,
      options,
      [],
      octokit => octokit.rest.repos.get(repositoryOf(location)),
    );
    const allowed = this.api.read(methodsSchema, data, 'repository');
    if (allowed.allow_merge_commit ?? true) {
      return 'merge';
    }
    return allowed.allow_squash_merge ? 'squash' : 'rebase';
  }

  private document(data: unknown): Document {
    return this.api.read(pullRequestSchema, data, 'pull request');
  }
}

function toPullRequest(
  found: Listed & { merged: boolean; mergeable: boolean | null },
): PullRequest {
  return {
    number: found.number,
    title: found.title,
    state: found.merged ? 'merged' : found.state,
    head: found.head.ref,
    base: found.base.ref,
    url: found.html_url,
    mergeable:
      found.state === 'open' ? found.mergeable ?? undefined : undefined,
    // Of an open one it is a trial that GitHub makes.
    mergeCommit: found.merged ? found.merge_commit_sha ?? undefined : undefined,
  };
}
