import { ConflictError, toError } from '@backstage/errors';
import {
  initializeRequestSchema,
  type InitializationMessage,
} from '@backstage-gitops/plugin-gitops-common';
import { json, type Request, type Response, type Router } from 'express';
import { audited } from './audited';
import { userCaller } from './caller';
import { loadProject } from './loadProject';
import type { RouterOptions } from './RouterOptions';
import { validate } from './validate';

const HEARTBEAT_MS = 10_000;

/** Running a set-up, and following it. */
export function addInitializationRoutes(
  router: Router,
  options: RouterOptions,
): void {
  const { auditor, engine, httpAuth, logger } = options;

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

    const stream = openStream(response, options.heartbeatMs ?? HEARTBEAT_MS);
    try {
      // A caller that goes away does not end the run: the answer is one way to
      // follow it, and the page reads the same from the database.
      const result = await audited(
        auditor,
        {
          eventId: 'project-initialize',
          request,
          meta: { slug, retry, through: body.through ?? 'finish' },
        },
        () =>
          engine.run(project.id, {
            ...body,
            retry,
            credentials,
            onMessage: stream.send,
          }),
      );
      stream.end({ type: 'result', result });
    } catch (error) {
      const { name, message } = toError(error);
      logger.debug(`The set-up of project '${slug}' ended with ${name}`);
      stream.end({ type: 'error', error: { name, message } });
    }
  }

  router.post('/projects/:slug/initialize', json(), (request, response) =>
    run(request, response, false),
  );
  router.post('/projects/:slug/retry', json(), (request, response) =>
    run(request, response, true),
  );
}

/** Answers with one JSON message a line, and a sign of life when there is none. */
function openStream(response: Response, heartbeatMs: number) {
  response.status(200).set({
    'Content-Type': 'application/x-ndjson; charset=utf-8',
    // A compressing proxy would hold the lines back.
    'Cache-Control': 'no-store, no-transform',
    'X-Accel-Buffering': 'no',
  });
  response.flushHeaders();
  const send = (message: InitializationMessage) => {
    if (!response.writableEnded && !response.destroyed) {
      response.write(`${JSON.stringify(message)}\n`);
    }
  };
  const heartbeat = setInterval(() => send({ type: 'heartbeat' }), heartbeatMs);
  response.once('close', () => clearInterval(heartbeat));
  return {
    send,
    end(message: InitializationMessage) {
      clearInterval(heartbeat);
      send(message);
      response.end();
    },
  };
}
