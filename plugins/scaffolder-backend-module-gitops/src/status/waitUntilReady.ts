import { setTimeout as delay } from 'node:timers/promises';
import type {
  BackstageCredentials,
  LoggerService,
} from '@backstage/backend-plugin-api';
import { isError } from '@backstage/errors';
import type { ProjectDocument } from '@backstage-gitops/plugin-gitops-common';
import type {
  GitopsService,
  GitopsServiceRequestOptions,
} from '@backstage-gitops/plugin-gitops-node';
import { EnvironmentProgress } from './EnvironmentProgress';
import { explainVerdicts } from './explainVerdicts';
import { judgeEnvironments } from './judgeEnvironments';

const POLL_INTERVAL_MS = 1000;

/**
 * Waits until every environment of a project is Ready at a commit.
 *
 * @returns the project as it was when all were
 * @throws when the set-up has failed, when an environment is stalled or has been
 * failing for the length of the grace, and when the time is over. The message
 * names each environment, the cause and the next step.
 */
export async function waitUntilReady(options: {
  gitops: GitopsService;
  credentials: BackstageCredentials;
  slug: string;
  /** Commit that has to be applied; any will do if absent. */
  commit?: string;
  timeoutMs: number;
  /** For how long an environment may fail before that is believed. */
  graceMs: number;
  logger: LoggerService;
  signal?: AbortSignal;
}): Promise<ProjectDocument> {
  const { gitops, slug, commit, timeoutMs, graceMs, logger, signal } = options;
  const request = { credentials: options.credentials, signal };
  const end = performance.now() + timeoutMs;
  const progress = new EnvironmentProgress(logger, graceMs);

  for (;;) {
    const reading = await readProject(gitops, slug, request);
    const now = performance.now();
    if ('trouble' in reading) {
      logger.debug(reading.trouble);
    } else {
      const { project } = reading;
      if (project.status === 'failed') {
        throw new Error(
          `The set-up of project '${slug}' has failed: ${
            project.initialization.error ?? 'see its steps'
          }`,
        );
      }
      progress.observe(judgeEnvironments(project, commit), now);
      if (progress.isReady()) {
        return project;
      }
      if (progress.isFailed(now)) {
        const failing = progress.select('failing');
        throw new Error(await explainVerdicts(failing, gitops, slug, request));
      }
    }
    if (now >= end) {
      const details =
        'trouble' in reading
          ? reading.trouble
          : await explainVerdicts(
              progress.select('failing', 'waiting'),
              gitops,
              slug,
              request,
            );
      throw new Error(
        `Project '${slug}' was not Ready within ${
          timeoutMs / 1000
        } s. What exists stays and may still become Ready. ${details}`,
      );
    }
    await delay(Math.min(POLL_INTERVAL_MS, end - now), undefined, { signal });
  }
}

/** A backend that is being replaced is no verdict on the environments. */
async function readProject(
  gitops: GitopsService,
  slug: string,
  request: GitopsServiceRequestOptions,
): Promise<{ project: ProjectDocument } | { trouble: string }> {
  try {
    return { project: await gitops.getProject(slug, request) };
  } catch (error) {
    if (isError(error) && error.name === 'ServiceUnavailableError') {
      return { trouble: error.message };
    }
    throw error;
  }
}
