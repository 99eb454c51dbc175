import { ConflictError } from '@backstage/errors';
import { initializeRequestSchema } from '@backstage-gitops/plugin-gitops-common';
import { json, type Request, type Response, type Router } from 'express';
import { audited } from './audited';
import { userCaller } from './caller';
import { loadProject } from './loadProject';
import type { RouterOptions } from './RouterOptions';
import { streamRun } from './streamRun';
import { validate } from './validate';

/** Running a set-up, and following it. */
export function addInitializationRoutes(
  router: Router,
  options: RouterOptions,
): void {
  const { auditor, engine, httpAuth } = options;

  async function run(request: Request, response: Response, retry: boolean) {
    const { credentials } = await userCaller(httpAuth, request);
    const body = validate(initializeRequestSchema, request.body, 'body');
    const { slug } = request.params;
    const project = await loadProject(options, slug, 'update', credentials);
    if (retry && project.status !== 'failed') {
      throw new ConflictError(
        `The set-up of project '${slug}' has not failed, it is ${project.status}: there is nothing to retry`,
      );
    }

    await streamRun(response, { ...options, slug }, onMessage =>
      audited(
        auditor,
        {
          eventId: 'project-initialize',
          request,
          meta: { slug, retry, through: body.through ?? 'finish' },
        },
        () =>
          engine.run(project.id, { ...body, retry, credentials, onMessage }),
      ),
    );
  }

  router.post('/projects/:slug/initialize', json(), (request, response) =>
    run(request, response, false),
  );
  router.post('/projects/:slug/retry', json(), (request, response) =>
    run(request, response, true),
  );
}
