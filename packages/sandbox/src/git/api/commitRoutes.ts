import { Router } from 'express';
import { Route } from './ApiContext';
import { ApiError, notFound } from './ApiError';
import { Documents } from './documents';

/** Branches and commits. */
export function addCommitRoutes(router: Router, route: Route) {
  router.get(
    '/repos/:owner/:repository/branches',
    route(async context => {
      const repository = context.repository();
      const bare = context.bare(repository);
      const documents = new Documents(context.host, context.baseUrl);
      const branches = context.page(await bare.branches());
      if (branches.length === 0) {
        // So does Gitea.
        return { body: null };
      }
      return {
        body: await Promise.all(
          branches.map(async ({ name, sha }) =>
            documents.branch(repository, name, await bare.commit(sha)),
          ),
        ),
      };
    }),
  );

  router.get(
    '/repos/:owner/:repository/branches/*',
    route(async context => {
      const repository = context.repository();
      const bare = context.bare(repository);
      const name = context.req.params[0];
      const branch = (await bare.branches()).find(other => other.name === name);
      if (!branch) {
        throw notFound();
      }
      return {
        body: new Documents(context.host, context.baseUrl).branch(
          repository,
          name,
          await bare.commit(branch.sha),
        ),
      };
    }),
  );

  router.get(
    '/repos/:owner/:repository/commits',
    route(async context => {
      const repository = context.repository();
      const bare = context.bare(repository);
      if ((await bare.branches()).length === 0) {
        throw new ApiError(409, 'Git Repository is empty.');
      }
      const ref = context.query('sha') ?? repository.defaultBranch;
      const path = context.query('path');
      const sha = await bare.resolve(ref);
      if (!sha) {
        throw notFound();
      }
      const { page, limit } = context.paging();
      const total = await bare.countCommits(sha, path);
      const documents = new Documents(context.host, context.baseUrl);
      const commits = await bare.log(sha, {
        limit,
        skip: (page - 1) * limit,
        path,
      });
      context.res.set('X-Total-Count', String(total));
      context.res.set('X-Total', String(total));
      context.res.set('X-HasMore', String(page * limit < total));
      return {
        body: commits.map(commit => documents.commit(repository, commit)),
      };
    }),
  );

  router.get(
    '/repos/:owner/:repository/compare/*',
    route(async context => {
      const repository = context.repository();
      const bare = context.bare(repository);
      const [base, head] = context.req.params[0].split(/\.{2,3}/);
      const [from, to] = await Promise.all([
        bare.resolve(base ?? ''),
        bare.resolve(head ?? ''),
      ]);
      if (!from || !to) {
        throw notFound();
      }
      const documents = new Documents(context.host, context.baseUrl);
      const commits = await bare.log(`${from}..${to}`, { limit: -1 });
      return {
        body: {
          total_commits: commits.length,
          commits: await Promise.all(
            commits.map(async commit =>
              documents.commit(
                repository,
                commit,
                await bare.changedFiles(commit.sha),
              ),
            ),
          ),
        },
      };
    }),
  );

  router.get(
    '/repos/:owner/:repository/git/commits/:sha',
    route(async context => {
      const repository = context.repository();
      const bare = context.bare(repository);
      const sha = await bare.resolve(context.req.params.sha);
      if (!sha) {
        throw notFound(context.req.params.sha);
      }
      return {
        body: new Documents(context.host, context.baseUrl).commit(
          repository,
          await bare.commit(sha),
          await bare.changedFiles(sha),
        ),
      };
    }),
  );
}
