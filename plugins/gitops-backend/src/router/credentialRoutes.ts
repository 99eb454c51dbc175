import {
  replaceCredentialRequestSchema,
  rotateCredentialRequestSchema,
} from '@backstage-gitops/plugin-gitops-common';
import { json, type Request, type Response, type Router } from 'express';
import type { Project } from '../database/tables';
import { audited } from './audited';
import { anyCaller, userCaller } from './caller';
import { loadProject } from './loadProject';
import type { RouterOptions } from './RouterOptions';
import { validate } from './validate';

/** The credential that Flux reads a project's repository with. */
export function addCredentialRoutes(
  router: Router,
  options: RouterOptions,
): void {
  const { auditor, httpAuth, projectCredentials, rotator, validator } = options;

  async function change(
    request: Request,
    response: Response,
    action: 'replace' | 'rotate' | 'validate',
    work: (project: Project, userRef: string) => Promise<unknown>,
  ) {
    const { credentials, userRef } = await userCaller(httpAuth, request);
    const { slug } = request.params;
    const project = await loadProject(options, slug, 'update', credentials);
    await audited(
      auditor,
      { eventId: 'credential-mutate', request, meta: { slug, action } },
      () => work(project, userRef),
    );
    response.json(await projectCredentials.read(project));
  }

  const path = '/projects/:slug/credentials';
  router.get(path, async (request, response) => {
    const credentials = await anyCaller(httpAuth, request);
    const { slug } = request.params;
    const project = await loadProject(options, slug, 'read', credentials);
    response.json(await projectCredentials.read(project));
  });

  router.post(path, json(), (request, response) =>
    change(request, response, 'replace', (project, userRef) => {
      const { credential, hostToken } = validate(
        replaceCredentialRequestSchema,
        request.body,
        'body',
      );
      return rotator.replace(project, credential, userRef, { hostToken });
    }),
  );

  router.post(`${path}/rotate`, json(), (request, response) =>
    change(request, response, 'rotate', (project, userRef) => {
      const { hostToken } = validate(
        rotateCredentialRequestSchema,
        request.body,
        'body',
      );
      return rotator.rotate(project, userRef, { hostToken });
    }),
  );

  router.post(`${path}/validate`, (request, response) =>
    change(request, response, 'validate', project =>
      validator.validate(project.id),
    ),
  );
}
