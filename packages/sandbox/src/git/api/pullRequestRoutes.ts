import { Router } from 'express';
import { z } from 'zod/v3';
import { includesRight } from '../accounts';
import { GitCommandError } from '../git';
import { StoredPullRequest, StoredRepository } from '../GitHostState';
import { ApiContext, Route } from './ApiContext';
import { ApiError, notFound } from './ApiError';
import { Documents } from './documents';

const newRequestSchema = z.object({
  title: z.string().default(''),
  body: z.string().default(''),
  head: z.string().default(''),
  base: z.string().default(''),
});
const changeSchema = z.object({
  title: z.string().optional(),
  body: z.string().optional(),
  state: z.enum(['open', 'closed']).optional(),
});
const mergeSchema = z.object({
  Do: z.string().default('merge'),
  head_commit_id: z.string().default(''),
});

/** What merging a pull request now would do. */
async function outlookOf(
  context: ApiContext,
  repository: StoredRepository,
  request: StoredPullRequest,
): Promise<{ head?: string; base?: string; tree?: string }> {
  const bare = context.bare(repository);
  const branches = await bare.branches();
  const tip = (name: string) =>
    branches.find(branch => branch.name === name)?.sha;
  const head = tip(request.head);
  const base = tip(request.base);
  return {
    head,
    base,
    tree:
      head && base && !request.closed
        ? await bare.mergeTree(base, head)
        : undefined,
  };
}

async function documentOf(
  context: ApiContext,
  repository: StoredRepository,
  request: StoredPullRequest,
) {
  const { head, base, tree } = await outlookOf(context, repository, request);
  return new Documents(context.host, context.baseUrl).pullRequest(
    repository,
    request,
    { head, base, mergeable: tree !== undefined },
  );
}

function requestOfPath(
  context: ApiContext,
  repository: StoredRepository,
): StoredPullRequest {
  const request = repository.pullRequests.find(
    ({ number }) => String(number) === context.req.params.number,
  );
  if (!request) {
    throw notFound();
  }
  return request;
}

/** Pull requests between branches of one repository. */
export function addPullRequestRoutes(router: Router, route: Route) {
  router.get(
    '/repos/:owner/:repository/pulls',
    route(async context => {
      const repository = context.repository();
      const state = context.query('state') ?? 'open';
      const found = repository.pullRequests
        .filter(
          ({ closed }) => state === 'all' || closed === (state === 'closed'),
        )
        .reverse();
      return {
        body: await Promise.all(
          context
            .page(found)
            .map(request => documentOf(context, repository, request)),
        ),
      };
    }),
  );

  router.post(
    '/repos/:owner/:repository/pulls',
    route(async context => {
      const user = context.signedIn;
      const repository = context.repository();
      if (repository.archived) {
        throw new ApiError(
          423,
          `repo.${repository.owner}/${repository.name} is archived`,
        );
      }
      const wish = context.body(newRequestSchema);
      if (wish.head === wish.base) {
        throw new ApiError(
          422,
          'Invalid PullRequest: There are no changes between the head and the base',
        );
      }
      const names = (await context.bare(repository).branches()).map(
        ({ name }) => name,
      );
      if (!names.includes(wish.head) || !names.includes(wish.base)) {
        throw notFound();
      }
      const open = repository.pullRequests.find(
        request =>
          !request.closed &&
          request.head === wish.head &&
          request.base === wish.base,
      );
      if (open) {
        throw new ApiError(
          409,
          `pull request already exists for these targets [id: ${open.id}, issue_id: ${open.number}, head_repo_id: ${repository.id}, base_repo_id: ${repository.id}, head_branch: ${open.head}, base_branch: ${open.base}]`,
        );
      }
      const request = context.host.state.addPullRequest(repository, {
        ...wish,
        author: user.username,
      });
      return {
        status: 201,
        body: await documentOf(context, repository, request),
      };
    }),
  );

  router.get(
    '/repos/:owner/:repository/pulls/:number',
    route(async context => {
      const repository = context.repository();
      return {
        body: await documentOf(
          context,
          repository,
          requestOfPath(context, repository),
        ),
      };
    }),
  );

  router.patch(
    '/repos/:owner/:repository/pulls/:number',
    route(async context => {
      const repository = context.repository('write');
      const request = requestOfPath(context, repository);
      const change = context.body(changeSchema);
      if (request.merged && change.state === 'open') {
        throw new ApiError(
          412,
          "One or more properties of the pull request can't be changed: it has been merged",
        );
      }
      context.host.state.changePullRequest(repository, request.number, {
        title: change.title ?? request.title,
        body: change.body ?? request.body,
        closed: change.state ? change.state === 'closed' : request.closed,
      });
      return {
        status: 201,
        body: await documentOf(
          context,
          repository,
          requestOfPath(context, repository),
        ),
      };
    }),
  );

  router.post(
    '/repos/:owner/:repository/pulls/:number/merge',
    route(async context => {
      const user = context.signedIn;
      const repository = context.repository();
      const request = requestOfPath(context, repository);
      const wish = context.body(mergeSchema);
      if (
        !includesRight(context.host.rightOn(repository, user), 'write') ||
        request.merged
      ) {
        throw new ApiError(
          405,
          request.merged
            ? 'The PR is already merged'
            : 'User not allowed to merge PR',
        );
      }
      if (request.closed) {
        throw notFound();
      }
      if (wish.Do !== 'merge') {
        throw new ApiError(
          405,
          `${wish.Do} is not allowed an allowed merge style for this repository`,
        );
      }
      const { head, base, tree } = await outlookOf(
        context,
        repository,
        request,
      );
      if (!head || !base || !tree) {
        throw new ApiError(405, 'Please try again later');
      }
      if (wish.head_commit_id && wish.head_commit_id !== head) {
        throw new ApiError(409, 'head out of date');
      }
      const at = new Date().toISOString();
      try {
        const commit = await context.bare(repository).merge({
          branch: request.base,
          base,
          head,
          tree,
          message: `Merge pull request '${request.title}' (#${request.number}) from ${request.head} into ${request.base}\n`,
          committer: {
            name: user.fullName || user.username,
            email: user.email || `${user.username}@sandbox.invalid`,
            date: at,
          },
        });
        context.host.state.changePullRequest(repository, request.number, {
          closed: true,
          merged: { commit, head, at },
        });
      } catch (error) {
        if (error instanceof GitCommandError) {
          throw new ApiError(409, 'merge push out of date');
        }
        throw error;
      }
      return { status: 200 };
    }),
  );
}
