import type { LoggerService } from '@backstage/backend-plugin-api';
import { toError } from '@backstage/errors';
import type {
  InitializationMessage,
  InitializationResult,
} from '@backstage-gitops/plugin-gitops-common';
import type { Response } from 'express';

const HEARTBEAT_MS = 10_000;

/**
 * Answers with what a run says while it works and what came of it.
 *
 * A caller that goes away does not end the run: the answer is one way to follow
 * it, and the page reads the same from the database.
 */
export async function streamRun(
  response: Response,
  options: { slug: string; logger: LoggerService; heartbeatMs?: number },
  work: (
    onMessage: (message: InitializationMessage) => void,
  ) => Promise<InitializationResult>,
): Promise<void> {
  const stream = openStream(response, options.heartbeatMs ?? HEARTBEAT_MS);
  try {
    stream.end({ type: 'result', result: await work(stream.send) });
  } catch (error) {
    const { name, message } = toError(error);
    options.logger.debug(
      `The set-up of project '${options.slug}' ended with ${name}`,
    );
    stream.end({ type: 'error', error: { name, message } });
  }
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
