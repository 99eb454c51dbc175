import { NotFoundError } from '@backstage/errors';
import type { Request, Response, Router } from 'express';
import { audited } from './audited';
import { userCaller } from './caller';
import { loadProject } from './loadProject';
import type { RouterOptions } from './RouterOptions';

/** What a user can ask of one environment. */
export function addEnvironmentRoutes(
  router: Router,
  options: RouterOptions,
): void {
  const { auditor, environmentActions, environments, httpAuth } = options;

  async function act(
    request: Request,
    response: Response,
    action: keyof typeof environmentActions,
  ) {
    const { credentials, userRef } = await userCaller(httpAuth, request);
    const { slug, environment: name } = request.params;
    const project = await loadProject(options, slug, 'update', credentials);
    const environment = await environments.getByName(project.id, name);
    if (!environment) {
      throw new NotFoundError(`Project '${slug}' has no environment '${name}'`);
    }
    const result = await audited(
      auditor,
      {
        eventId: 'environment-mutate',
        request,
        meta: { slug, environment: name, action },
      },
      async () => environmentActions[action](project, environment, userRef),
    );
    // The cluster has taken it; what comes of it shows in the state.
    response.status(202).json(result ?? {});
  }

  const path = '/projects/:slug/environments/:environment';
  router.post(`${path}/reconcile`, (request, response) =>
    act(request, response, 'reconcile'),
  );
  router.post(`${path}/suspend`, (request, response) =>
    act(request, response, 'suspend'),
  );
  router.post(`${path}/resume`, (request, response) =>
    act(request, response, 'resume'),
  );
}
