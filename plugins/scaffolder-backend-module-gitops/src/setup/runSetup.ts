import { setTimeout as delay } from 'node:timers/promises';
import type {
  BackstageCredentials,
  LoggerService,
} from '@backstage/backend-plugin-api';
import { isError } from '@backstage/errors';
import {
  INITIALIZATION_STEPS,
  type InitializationMessage,
  type InitializationResult,
  type StepName,
} from '@backstage-gitops/plugin-gitops-common';
import type { GitopsService } from '@backstage-gitops/plugin-gitops-node';

/** Together about a minute: long enough for a backend to be replaced. */
const RECONNECT_DELAYS_MS = [1000, 2000, 4000, 8000, 15_000, 30_000];

/**
 * Runs a project's set-up through a step and tells the task what the engine
 * tells. A connection that breaks does not end the run; it is followed again.
 *
 * @throws what the run failed with, or what kept it from being followed
 */
export async function runSetup(options: {
  gitops: GitopsService;
  credentials: BackstageCredentials;
  slug: string;
  /** Last step to run; all of them if absent. */
  through?: StepName;
  hostToken?: string;
  logger: LoggerService;
  signal?: AbortSignal;
}): Promise<InitializationResult> {
  const { gitops, credentials, slug, through, hostToken, logger, signal } =
    options;
  const run = { connected: false, over: false };
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await gitops.initialize(
        slug,
        { through, hostToken },
        {
          credentials,
          signal,
          onMessage: message => {
            run.connected = true;
            run.over = message.type === 'error';
            report(message, logger);
          },
        },
      );
    } catch (error) {
      signal?.throwIfAborted();
      const lost =
        isError(error) &&
        (error.name === 'GitopsStreamError' ||
          (run.connected && error.name === 'ServiceUnavailableError'));
      // After the run's own error, calling again would be a retry nobody asked for.
      if (!lost || run.over || attempt === RECONNECT_DELAYS_MS.length) {
        throw error;
      }
      logger.warn(`${error.message}; following it again`);
      await delay(RECONNECT_DELAYS_MS[attempt], undefined, { signal });
    }
  }
}

function report(message: InitializationMessage, logger: LoggerService): void {
  if (message.type === 'log') {
    logger[message.level](message.message);
  } else if (message.type === 'step') {
    const { sequence, displayName, status } = message.step;
    const text = `Step ${sequence} of ${INITIALIZATION_STEPS.length}, ${displayName}: ${status} (${message.progress} %)`;
    if (status === 'pending' || status === 'running') {
      logger.debug(text);
    } else {
      logger.info(text);
    }
  }
}
