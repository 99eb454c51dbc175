import { ConflictError } from '@backstage/errors';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod/v3';
import type { PullRequestPart } from '../gitHostParts';
import type {
  GitHostCallOptions,
  PullRequest,
  RepositoryLocation,
} from '../GitHostProvider';
import { messageOf } from '../http/GitHostHttp';
import { nameOf } from '../repositoryNames';
import { repositoryPath } from './GiteaApi';
import type { GiteaApi } from './GiteaApi';

const pullRequestSchema = z.object({
  number: z.number(),
  title: z.string(),
  state: z.enum(['open', 'closed']),
  merged: z.boolean(),
  mergeable: z.boolean(),
  merge_commit_sha: z.string().nullish(),
  html_url: z.string(),
  head: z.object({ ref: z.string(), sha: z.string() }),
  base: z.object({ ref: z.string() }),
});
type Document = z.infer<typeof pullRequestSchema>;

const mergeStyleSchema = z.object({ default_merge_style: z.string().min(1) });

// Gitea says "not mergeable" also while it still looks, which takes a moment
// after each push.
const LOOKS = 5;
const LOOK_PAUSE_MS = 400;
const MERGES = 3;

/** Pull requests of a Gitea. */
export class GiteaPullRequests implements PullRequestPart {
  constructor(private readonly api: GiteaApi) {}

  async openPullRequest(
    location: RepositoryLocation,
    request: { title: string; body?: string; head: string; base: string },
    options: GitHostCallOptions,
  ): Promise<PullRequest> {
    const { status, body } = await this.api.call(
      'POST',
      `${repositoryPath(location)}/pulls`,
      `open a pull request from '${request.head}' to '${
        request.base
      }' in repository '${nameOf(location)}'`,
      [201, 409],
      options,
      request,
    );
    if (status === 201) {
      return toPullRequest(this.document(body), undefined);
    }
    for await (const page of this.api.pages(
      `${repositoryPath(location)}/pulls?state=open&sort=recentupdate`,
      pullRequestSchema,
      `list the pull requests of repository '${nameOf(location)}'`,
      options,
    )) {
      const found = page.find(
        ({ head, base }) =>
          head.ref === request.head && base.ref === request.base,
      );
      if (found) {
        return toPullRequest(found, undefined);
      }
    }
    throw new ConflictError(
      `Git host '${this.api.host}' says that a pull request from '${
        request.head
      }' to '${request.base}' is open in repository '${nameOf(
        location,
      )}', and does not show it: ${messageOf(body) ?? 'try again'}`,
    );
  }

  async getPullRequest(
    location: RepositoryLocation,
    number: number,
    options: GitHostCallOptions,
  ): Promise<PullRequest | undefined> {
    const found = await this.settled(location, number, options);
    return found && toPullRequest(found, found.mergeable);
  }

  async mergePullRequest(
    location: RepositoryLocation,
    number: number,
    options: GitHostCallOptions,
  ): Promise<PullRequest> {
    const what = `pull request ${number} of repository '${nameOf(
      location,
    )}' at Git host '${this.api.host}'`;
    const style = await this.mergeStyle(location, options);
    for (let attempt = 1; ; attempt++) {
      const found = await this.settled(location, number, options);
      if (found?.merged) {
        return toPullRequest(found, undefined);
      }
      if (!found || found.state === 'closed') {
        throw new ConflictError(
          `There is no open ${what} to merge: open one again`,
        );
      }
      if (!found.mergeable) {
        throw new ConflictError(
          `The host will not merge ${what}: its branches conflict, or it is marked as work in progress. Resolve it at ${found.html_url}`,
        );
      }
      const { status, body } = await this.api.call(
        'POST',
        `${repositoryPath(location)}/pulls/${number}/merge`,
        `merge pull request ${number} of repository '${nameOf(location)}'`,
        [200, 404, 405, 409],
        options,
        { Do: style, head_commit_id: found.head.sha },
      );
      const after = await this.find(location, number, options);
      // Whoever merged it: what the host says now decides.
      if (after?.merged) {
        return toPullRequest(after, undefined);
      }
      const words = messageOf(body);
      // It began to look again, because a branch had just moved.
      if (attempt === MERGES || !words?.includes('try again later')) {
        throw new ConflictError(
          `The host did not merge ${what} (${status}${
            words ? `: ${words}` : ''
          }): see its page ${found.html_url} for what is missing`,
        );
      }
    }
  }

  /** The document once the host has found out whether it can be merged. */
  private async settled(
    location: RepositoryLocation,
    number: number,
    options: GitHostCallOptions,
  ): Promise<Document | undefined> {
    for (let look = 1; ; look++) {
      const found = await this.find(location, number, options);
      if (
        !found ||
        found.mergeable ||
        found.state === 'closed' ||
        look === LOOKS
      ) {
        return found;
      }
      await delay(LOOK_PAUSE_MS, undefined, { signal: options.signal });
    }
  }

  private async find(
    location: RepositoryLocation,
    number: number,
    options: GitHostCallOptions,
  ): Promise<Document | undefined> {
    const { status, body } = await this.api.call(
      'GET',
      `${repositoryPath(location)}/pulls/${number}`,
      `read pull request ${number} of repository '${nameOf(location)}'`,
      [200, 404],
      options,
    );
    return status === 404 ? undefined : this.document(body);
  }

  /** A repository may forbid some styles; its own default is allowed. */
  private async mergeStyle(
    location: RepositoryLocation,
    options: GitHostCallOptions,
  ): Promise<string> {
    const { body } = await this.api.call(
      'GET',
      repositoryPath(location),
      `read repository '${nameOf(location)}'`,
      [200],
      options,
    );
    const style = mergeStyleSchema.safeParse(body);
    return style.success ? style.data.default_merge_style : 'merge';
  }

  private document(body: unknown): Document {
    return this.api.read(pullRequestSchema, body, 'pull request');
  }
}

function toPullRequest(
  found: Document,
  mergeable: boolean | undefined,
): PullRequest {
  const open = found.state === 'open' ? 'open' : 'closed';
  return {
    number: found.number,
    title: found.title,
    state: found.merged ? 'merged' : open,
    head: found.head.ref,
    base: found.base.ref,
    url: found.html_url,
    mergeable: open === 'open' ? mergeable : undefined,
    mergeCommit: found.merged ? found.merge_commit_sha ?? undefined : undefined,
  };
}
