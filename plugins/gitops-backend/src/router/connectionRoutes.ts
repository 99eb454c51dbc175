import { NotFoundError } from '@backstage/errors';
import {
  createConnectionRequestSchema,
  gitopsConnectionManagePermission,
} from '@backstage-gitops/plugin-gitops-common';
import { json, type Request, type Router } from 'express';
import { z } from 'zod/v3';
import { audited } from './audited';
import { userCaller } from './caller';
import type { RouterOptions } from './RouterOptions';
import { validate } from './validate';

/** A user's own links to Git hosts. */
export function addConnectionRoutes(
  router: Router,
  options: RouterOptions,
): void {
  const { access, auditor, connections, httpAuth } = options;

  async function owner(request: Request): Promise<string> {
    const { credentials, userRef } = await userCaller(httpAuth, request);
    await access.require(gitopsConnectionManagePermission, credentials);
    return userRef;
  }

  router.get('/connections', async (request, response) => {
    const userRef = await owner(request);
    response.json({ items: await connections.list(userRef) });
  });

  router.post('/connections', json(), async (request, response) => {
    const userRef = await owner(request);
    const body = validate(createConnectionRequestSchema, request.body, 'body');
    const connection = await audited(
      auditor,
      {
        eventId: 'connection-mutate',
        request,
        meta: { action: 'connect', host: body.host },
      },
      () => connections.connect(userRef, body),
    );
    response.status(201).json(connection);
  });

  router.delete('/connections/:id', async (request, response) => {
    const userRef = await owner(request);
    const { id } = request.params;
    if (!z.string().uuid().safeParse(id).success) {
      throw new NotFoundError(`You have no Git connection '${id}'`);
    }
    await audited(
      auditor,
      {
        eventId: 'connection-mutate',
        request,
        meta: { action: 'disconnect', id },
      },
      () => connections.disconnect(userRef, id),
    );
    response.status(204).end();
  });
}
