import { NotFoundError } from '@backstage/errors';
import {
  authorizeConnectionRequestSchema,
  connectionCallbackRequestSchema,
  createConnectionRequestSchema,
  gitopsConnectionManagePermission,
} from '@backstage-gitops/plugin-gitops-common';
import { json, type Request, type Router } from 'express';
import { z } from 'zod/v3';
import { audited } from './audited';
import { userCaller } from './caller';
import type { RouterOptions } from './RouterOptions';
import { validate } from './validate';

const disconnectQuerySchema = z.object({
  force: z.enum(['true', 'false']).default('false'),
});

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

  function mutation<T>(
    request: Request,
    meta: { action: string; host?: string; id?: string },
    work: () => Promise<T>,
  ): Promise<T> {
    return audited(
      auditor,
      { eventId: 'connection-mutate', request, meta },
      work,
    );
  }

  router.get('/connections', async (request, response) => {
    const userRef = await owner(request);
    response.json({ items: await connections.list(userRef) });
  });

  router.get('/connections/hosts', async (request, response) => {
    await owner(request);
    response.json({ items: connections.listHosts() });
  });

  router.post('/connections', json(), async (request, response) => {
    const userRef = await owner(request);
    const body = validate(createConnectionRequestSchema, request.body, 'body');
    const connection = await mutation(
      request,
      { action: 'connect', host: body.host },
      () => connections.connect(userRef, body),
    );
    response.status(201).json(connection);
  });

  router.post('/connections/authorize', json(), async (request, response) => {
    const userRef = await owner(request);
    const body = validate(
      authorizeConnectionRequestSchema,
      request.body,
      'body',
    );
    const document = await mutation(
      request,
      { action: 'authorize', host: body.host },
      () => connections.authorize(userRef, body),
    );
    response.json(document);
  });

  router.post('/connections/callback', json(), async (request, response) => {
    const userRef = await owner(request);
    const body = validate(
      connectionCallbackRequestSchema,
      request.body,
      'body',
    );
    const connection = await mutation(request, { action: 'callback' }, () =>
      connections.callback(userRef, body),
    );
    response.status(201).json(connection);
  });

  router.post('/connections/:id/test', async (request, response) => {
    const userRef = await owner(request);
    const id = connectionId(request);
    response.json(
      await mutation(request, { action: 'test', id }, () =>
        connections.test(userRef, id),
      ),
    );
  });

  router.delete('/connections/:id', async (request, response) => {
    const userRef = await owner(request);
    const id = connectionId(request);
    const { force } = validate(disconnectQuerySchema, request.query, 'query');
    await mutation(request, { action: 'disconnect', id }, () =>
      connections.disconnect(userRef, id, { force: force === 'true' }),
    );
    response.status(204).end();
  });
}

/** @throws NotFoundError for what cannot be an id, and would be an error of the database */
function connectionId(request: Request): string {
  const { id } = request.params;
  if (!z.string().uuid().safeParse(id).success) {
    throw new NotFoundError(`You have no Git connection '${id}'`);
  }
  return id;
}
