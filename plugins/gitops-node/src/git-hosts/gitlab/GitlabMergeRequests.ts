import { ConflictError, NotAllowedError } from '@backstage/errors';
import { MergeRequests } from '@gitbeaker/rest';
import { z } from 'zod/v3';
import type { PullRequestPart } from '../gitHostParts';
import type {
  GitHostCallOptions,
  PullRequest,
  RepositoryLocation,
} from '../GitHostProvider';
import { nameOf } from '../repositoryNames';
import { projectOf, wordsOf } from './GitlabApi';
import type { GitlabApi } from './GitlabApi';

const mergeRequestSchema = z.object({
  iid: z.number(),
  title: z.string(),
  state: z.enum(['opened', 'closed', 'locked', 'merged']),
  source_branch: z.string(),
  target_branch: z.string(),
  web_url: z.string(),
  sha: z.string().nullish(),
  merge_commit_sha: z.string().nullish(),
  squash_commit_sha: z.string().nullish(),
  detailed_merge_status: z.string().optional(),
});
type Document = z.infer<typeof mergeRequestSchema>;

// GitLab is still finding out ("Merge status").
const UNSETTLED = new Set([
  'unchecked',
  'checking',
  'preparing',
  'approvals_syncing',
]);

/** Merge requests of a GitLab. */
export class GitlabMergeRequests implements PullRequestPart {
  constructor(private readonly api: GitlabApi) {}

  async openPullRequest(
    location: RepositoryLocation,
    request: { title: string; body?: string; head: string; base: string },
    options: GitHostCallOptions,
  ): Promise<PullRequest> {
    const { status, data } = await this.api.call(
      `open a merge request from '${request.head}' to '${
        request.base
      }' in repository '${nameOf(location)}'`,
      options,
      [409],
      client =>
        new MergeRequests(client).create(
          projectOf(location),
          request.head,
          request.base,
          request.title,
          { description: request.body },
        ),
    );
    if (status !== 409) {
      return toPullRequest(this.document(data));
    }
    const { data: list } = await this.api.call(
      `list the merge requests of repository '${nameOf(location)}'`,
      options,
      [],
      client =>
        new MergeRequests(client).all({
          projectId: projectOf(location),
          state: 'opened',
          sourceBranch: request.head,
          targetBranch: request.base,
        }),
    );
    const [open] = this.api.read(mergeRequestSchema.array(), list, 'list');
    if (open) {
      return toPullRequest(open);
    }
    throw new ConflictError(
      `Git host '${this.api.host}' says that a merge request from '${
        request.head
      }' to '${request.base}' is open in repository '${nameOf(
        location,
      )}', and does not show it: ${wordsOf(data) ?? 'try again'}`,
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
    const what = `merge request ${number} of repository '${nameOf(
      location,
    )}' at Git host '${this.api.host}'`;
    const found = await this.find(location, number, options);
    if (found?.state === 'merged') {
      return toPullRequest(found);
    }
    if (!found || found.state === 'closed') {
      throw new ConflictError(
        `There is no open ${what} to merge: open one again`,
      );
    }
    const { status, data } = await this.api.call(
      `merge merge request ${number} of repository '${nameOf(location)}'`,
      options,
      // 401 stands for a missing right, too.
      [401, 404, 405, 406, 409, 422],
      client =>
        new MergeRequests(client).merge(projectOf(location), number, {
          sha: found.sha ?? undefined,
        }),
    );
    const after = await this.find(location, number, options);
    // Whoever merged it: what the host says now decides.
    if (after?.state === 'merged') {
      return toPullRequest(after);
    }
    if (status === 401) {
      throw new NotAllowedError(
        `The account may not merge ${what}: ask a maintainer to merge it at ${found.web_url}`,
      );
    }
    const why = [
      String(status),
      wordsOf(data),
      found.detailed_merge_status?.replaceAll('_', ' '),
    ];
    throw new ConflictError(
      `The host did not merge ${what} (${why
        .filter(Boolean)
        .join(': ')}): see its page ${found.web_url} for what is missing`,
    );
  }

  private async find(
    location: RepositoryLocation,
    number: number,
    options: GitHostCallOptions,
  ): Promise<Document | undefined> {
    const { status, data } = await this.api.call(
      `read merge request ${number} of repository '${nameOf(location)}'`,
      options,
      [404],
      client => new MergeRequests(client).show(projectOf(location), number),
    );
    return status === 404 ? undefined : this.document(data);
  }

  private document(data: unknown): Document {
    return this.api.read(mergeRequestSchema, data, 'merge request');
  }
}

function toPullRequest(found: Document): PullRequest {
  const open = found.state === 'opened' || found.state === 'locked';
  const status = found.detailed_merge_status;
  const merged = found.state === 'merged';
  return {
    number: found.iid,
    title: found.title,
    state: open ? 'open' : (found.state as 'closed' | 'merged'),
    head: found.source_branch,
    base: found.target_branch,
    url: found.web_url,
    mergeable:
      open && status && !UNSETTLED.has(status)
        ? status === 'mergeable'
        : undefined,
    mergeCommit: merged
      ? found.merge_commit_sha ??
        found.squash_commit_sha ??
        // Without a merge commit the branch was moved forward.
        found.sha ??
        undefined
      : undefined,
  };
}
