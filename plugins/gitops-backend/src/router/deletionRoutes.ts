import { deleteProjectQuerySchema } from '@backstage-gitops/plugin-gitops-common';
import type { Router } from 'express';
import { audited } from './audited';
import { userCaller } from './caller';
import { loadProject } from './loadProject';
import type { RouterOptions } from './RouterOptions';
import { validate } from './validate';

/** Taking a project away, and asking first what that would mean. */
export function addDeletionRoutes(
  router: Router,
  options: RouterOptions,
): void {
  const { auditor, deletion, httpAuth } = options;

  router.delete('/projects/:slug', async (request, response) => {
    const { credentials, userRef } = await userCaller(httpAuth, request);
    const { dryRun } = validate(
      deleteProjectQuerySchema,
      request.query,
      'query',
    );
    const { slug } = request.params;
    const project = await loadProject(options, slug, 'delete', credentials);
    if (dryRun) {
      response.json(await deletion.preview(project.id));
      return;
    }
    response.json(
      await audited(
        auditor,
        { eventId: 'project-delete', request, meta: { slug } },
        // It goes on when the caller goes away: half a project helps nobody.
        () => deletion.delete(project.id, { userRef }),
      ),
    );
  });
}
