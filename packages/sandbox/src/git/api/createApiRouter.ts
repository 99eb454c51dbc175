import express, { ErrorRequestHandler, RequestHandler, Router } from 'express';
import { GitHost } from '../GitHost';
import { addAccountRoutes } from './accountRoutes';
import { ApiContext, Route } from './ApiContext';
import { addAdministrationRoutes } from './administrationRoutes';
import { ApiError, Moved } from './ApiError';
import { addCommitRoutes } from './commitRoutes';
import { addContentRoutes } from './contentRoutes';
import { addDeployKeyRoutes } from './deployKeyRoutes';
import { addPullRequestRoutes } from './pullRequestRoutes';
import { addRepositoryRoutes } from './repositoryRoutes';

/** Gitea's version whose answers these are; the build part says what it is. */
export const API_VERSION = '1.26.0+sandbox';

/**
 * The part of Gitea's REST API that the portal and its tests use.
 *
 * @param baseUrl - root of the host, without a trailing slash
 */
export function createApiRouter(host: GitHost, baseUrl: string): Router {
  const router = Router();
  router.use(express.json({ limit: '50mb' }));

  const route: Route = handler => {
    const handle: RequestHandler = (req, res, next) => {
      const answer = async () => {
        const authentication = host.authenticate(req.get('authorization'));
        if (authentication.kind === 'refused') {
          throw new ApiError(401, 'invalid username, password or token');
        }
        const result = await handler(
          new ApiContext(
            host,
            req,
            res,
            authentication.kind === 'caller'
              ? authentication.caller
              : undefined,
            baseUrl,
          ),
        );
        if (!result) {
          return;
        }
        res.status(result.status ?? 200);
        if (result.body === undefined) {
          res.end();
        } else {
          res.json(result.body);
        }
      };
      answer().catch(next);
    };
    return handle;
  };

  router.get(
    '/version',
    route(async () => ({ body: { version: API_VERSION } })),
  );
  addAccountRoutes(router, route);
  addRepositoryRoutes(router, route);
  addCommitRoutes(router, route);
  addContentRoutes(router, route);
  addDeployKeyRoutes(router, route);
  addPullRequestRoutes(router, route);
  addAdministrationRoutes(router, route);
  router.use(
    route(async () => {
      throw new ApiError(404, "The target couldn't be found.");
    }),
  );

  const onError: ErrorRequestHandler = (error, _req, res, _next) => {
    if (res.headersSent) {
      res.destroy();
      return;
    }
    if (error instanceof Moved) {
      res.redirect(error.status, error.location);
      return;
    }
    // Errors of the body parser carry their own status.
    const status =
      error instanceof ApiError ? error.status : Number(error?.status ?? 500);
    res.status(status).json({
      message: error instanceof Error ? error.message : 'unknown error',
      url: `${baseUrl}/api/swagger`,
    });
  };
  router.use(onError);
  return router;
}
