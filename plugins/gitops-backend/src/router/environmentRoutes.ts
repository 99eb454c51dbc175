import {
  addEnvironmentRequestSchema,
  reconcileRequestSchema,
  suspendRequestSchema,
} from '@backstage-gitops/plugin-gitops-common';
import { json, type Request, type Response, type Router } from 'express';
import type { Environment, Project } from '../database/tables';
import { audited } from './audited';
import { anyCaller, userCaller } from './caller';
import { findEnvironment, loadProject } from './loadProject';
import type { RouterOptions } from './RouterOptions';
import { streamRun } from './streamRun';
import { validate } from './validate';

/** Adding environments; what a user can ask of one, and see of it in its cluster. */
export function addEnvironmentRoutes(
  router: Router,
  options: RouterOptions,
): void {
  const { auditor, environmentActions, httpAuth, inventory } = options;

  async function act(
    request: Request,
    response: Response,
    action: string,
    work: (
      project: Project,
      environment: Environment,
      userRef: string,
    ) => Promise<object | void>,
  ) {
    const { credentials, userRef } = await userCaller(httpAuth, request);
    const { slug, environment: name } = request.params;
    const project = await loadProject(options, slug, 'update', credentials);
    const environment = await findEnvironment(options, project, name);
    const result = await audited(
      auditor,
      {
        eventId: 'environment-mutate',
        request,
        meta: { slug, environment: name, action },
      },
      () => work(project, environment, userRef),
    );
    // The cluster has taken it; what comes of it shows in the state.
    response.status(202).json(result ?? {});
  }

  router.post(
    '/projects/:slug/environments',
    json(),
    async (request, response) => {
      const { credentials, userRef } = await userCaller(httpAuth, request);
      const body = validate(addEnvironmentRequestSchema, request.body, 'body');
      const { slug } = request.params;
      const project = await loadProject(options, slug, 'update', credentials);
      const event = {
        eventId: 'environment-mutate',
        request,
        meta: { slug, environment: body.name, action: 'add' },
      };
      const { engine, environmentRegistrar } = options;
      const outcome = await audited(auditor, event, () =>
        environmentRegistrar.add(project, body, userRef),
      );
      await streamRun(response, { ...options, slug }, onMessage =>
        outcome === 'standing'
          ? engine.result(project.id)
          : audited(auditor, { ...event, eventId: 'project-initialize' }, () =>
              engine.run(project.id, {
                hostToken: body.hostToken,
                credentials,
                onMessage,
              }),
            ),
      );
    },
  );

  const path = '/projects/:slug/environments/:environment';
  router.get(`${path}/inventory`, async (request, response) => {
    const credentials = await anyCaller(httpAuth, request);
    const { slug, environment: name } = request.params;
    const project = await loadProject(options, slug, 'read', credentials);
    const environment = await findEnvironment(options, project, name);
    response
      .set('Cache-Control', 'private, no-cache')
      .json(await inventory.read(project, environment));
  });

  router.post(`${path}/reconcile`, json(), (request, response) =>
    act(request, response, 'reconcile', (project, environment, userRef) =>
      environmentActions.reconcile(
        project,
        environment,
        userRef,
        validate(reconcileRequestSchema, request.body, 'body'),
      ),
    ),
  );
  router.post(`${path}/suspend`, json(), (request, response) =>
    act(request, response, 'suspend', (project, environment, userRef) =>
      environmentActions.suspend(
        project,
        environment,
        userRef,
        validate(suspendRequestSchema, request.body, 'body'),
      ),
    ),
  );
  router.post(`${path}/resume`, (request, response) =>
    act(request, response, 'resume', (project, environment, userRef) =>
      environmentActions.resume(project, environment, userRef),
    ),
  );
}
