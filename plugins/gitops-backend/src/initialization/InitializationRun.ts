import {
  ConflictError,
  ServiceUnavailableError,
  toError,
} from '@backstage/errors';
import type {
  GitHostCredential,
  GitHostProvider,
} from '@backstage-gitops/plugin-gitops-node';
import {
  INITIALIZATION_STEPS,
  initializationProgress,
  type StepName,
} from '@backstage-gitops/plugin-gitops-common';
import type { Knex } from 'knex';
import { secretLocations } from '../database/secretLocations';
import type { InitializationStep, Project } from '../database/tables';
import { now } from '../database/time';
import type { NewEvent } from '../events/EventStore';
import type { EngineServices } from './EngineServices';
import { isBehind } from './isBehind';
import { requirePortalCredential } from './requirePortalCredential';
import type { RunLease } from './RunLease';
import type { RunReporter } from './RunReporter';
import { stepDocument } from './stepDocument';
import { STEPS } from './steps';
import type { Step, StepContext, StepFacts } from './steps/StepContext';

/** How far and with what a run is to go. @internal */
export interface RunOptions {
  through: StepName;
  /** Replaces the one stored with the project. */
  hostToken?: string;
  report: RunReporter;
}

/**
 * One run of a set-up by whoever holds the project: goes through the steps that
 * are not done yet and writes down what it means to do and what came of it.
 *
 * @internal
 */
export class InitializationRun {
  constructor(
    private readonly services: EngineServices,
    private readonly lease: RunLease,
    private readonly options: RunOptions,
  ) {}

  /** @throws the error of the step that failed, once it is written down. */
  async execute(projectId: string): Promise<void> {
    let project = await this.begin(projectId);
    const rows = await this.services.steps.list(projectId, {
      attempt: project.initializationAttempt,
    });
    const behind = new Set(rows.filter(isBehind).map(({ step }) => step));
    for (const step of STEPS) {
      if (!behind.has(step.name)) {
        try {
          project = await this.runStep(step, projectId);
        } catch (error) {
          throw await this.failed(step.name, project, error);
        }
      }
      if (step.name === this.options.through) {
        return;
      }
    }
  }

  /** Continues the attempt under way, or begins the next one after a failure. */
  private async begin(projectId: string): Promise<Project> {
    const { projects, steps, vault, events } = this.services;
    const { through, hostToken } = this.options;
    return this.change(projectId, async trx => {
      const project = await this.read(projectId, trx);
      const again = project.status === 'failed';
      const attempt = project.initializationAttempt + (again ? 1 : 0);
      const fresh = again || !project.initializationStartedAt;
      await projects.setStatus(trx, projectId, 'initializing');
      await steps.addAttempt(trx, projectId, attempt);
      if (project.wishes.adding) {
        await this.skipWhatStands(trx, projectId, attempt);
      }
      if (fresh) {
        await events.append(trx, {
          ...event(project, 'project-initialization-started'),
          message:
            attempt === 1
              ? 'Set-up started'
              : `Set-up started again, attempt ${attempt}`,
        });
      }
      return projects.update(trx, projectId, {
        initializationAttempt: attempt,
        initializationThrough: through,
        initializationError: undefined,
        initializationCompletedAt: undefined,
        ...(fresh && { initializationStartedAt: now() }),
        ...(hostToken && {
          initializationHostToken: vault.seal(
            hostToken,
            secretLocations.hostToken(projectId),
          ),
        }),
      });
    });
  }

  /** The repository of a project in operation is its people's, not to be made anew. */
  private async skipWhatStands(
    trx: Knex.Transaction,
    projectId: string,
    attempt: number,
  ): Promise<void> {
    const { steps } = this.services;
    const first = INITIALIZATION_STEPS.find(
      ({ step }) => step === 'create_environments',
    )!;
    const rows = await steps.list(projectId, { attempt }, trx);
    for (const { step, sequence, status } of rows) {
      if (sequence < first.sequence && status === 'pending') {
        await steps.skip(trx, { projectId, attempt, step });
      }
    }
  }

  private async runStep(step: Step, projectId: string): Promise<Project> {
    const { steps } = this.services;
    const project = await this.read(projectId);
    const key = {
      projectId,
      attempt: project.initializationAttempt,
      step: step.name,
    };
    const history = await steps.history(projectId, step.name);
    await this.changeStep(projectId, trx => steps.start(trx, key));

    const provider = this.services.gitHosts.get(project.wishes.repository.host);
    const context: StepContext = {
      services: this.services,
      project,
      provider,
      hostCredential: await this.hostCredential(project, provider),
      report: this.options.report,
      signal: this.lease.signal,
      intended: history.find(row => row.details?.intent)?.details?.intent,
      outcomeOf: async name =>
        (await steps.history(projectId, name)).find(row => row.details?.outcome)
          ?.details?.outcome,
      intend: async facts => {
        await this.lease.write(trx => steps.start(trx, key, facts));
      },
      write: work => this.lease.write(work),
      effect: async (name, work) => {
        this.lease.check();
        const result = await work();
        await this.services.afterEffect?.(`${step.name}: ${name}`);
        return result;
      },
      progress: async percent => {
        await this.changeStep(projectId, async trx => {
          await steps.setProgress(trx, key, percent);
          return undefined;
        });
      },
    };
    const outcome = await step.run(context);
    await this.complete(step, project, outcome);
    return project;
  }

  private async complete(
    step: Step,
    project: Project,
    outcome: StepFacts | undefined,
  ): Promise<void> {
    const { projects, steps, events, contents } = this.services;
    const { adding } = project.wishes;
    const key = {
      projectId: project.id,
      attempt: project.initializationAttempt,
      step: step.name,
    };
    const last = step.name === 'finish';
    await this.changeStep(project.id, async trx => {
      if (last) {
        const { wishes } = await this.read(project.id, trx);
        await projects.setStatus(trx, project.id, 'active');
        await projects.update(trx, project.id, {
          initializationCompletedAt: now(),
          wishes: { ...wishes, adding: undefined },
        });
        await projects.eraseSecrets(trx, project.id);
        await contents.delete(trx, project.id);
        await events.append(
          trx,
          adding
            ? {
                ...event(project, 'environment-added'),
                message: `Environment '${adding.environment}' was added`,
              }
            : {
                ...event(project, 'project-initialized'),
                message: 'Set-up completed',
              },
        );
      }
      return steps.complete(trx, key, outcome);
    });
    if (last) {
      this.options.report.info(
        adding
          ? `Environment ${adding.environment} added to project ${project.slug} successfully`
          : `Project ${project.slug} initialization completed successfully`,
      );
    }
    await this.services.afterEffect?.(`${step.name}: complete`);
  }

  /** @returns what the caller is to be told */
  private async failed(
    step: StepName,
    project: Project,
    error: unknown,
  ): Promise<Error> {
    if (this.lease.lost) {
      return toError(this.lease.signal.reason);
    }
    if (this.lease.signal.aborted) {
      return new ServiceUnavailableError(
        `The set-up of project '${project.slug}' was interrupted because the portal stops; it goes on when the portal is back`,
      );
    }
    const failure = toError(error);
    try {
      await this.recordFailure(step, project, failure.message);
    } catch (recording) {
      // Without an end on record the run counts as interrupted: let go of it in
      // a way that recovery sees.
      this.lease.stop(failure);
      this.services.logger.error(
        `Cannot write down why the set-up of project ${project.slug} failed`,
        toError(recording),
      );
    }
    return failure;
  }

  /** Ends the attempt; also used for one that nobody goes on with. */
  async recordFailure(
    step: StepName,
    project: Project,
    message: string,
  ): Promise<void> {
    const { projects, steps, events } = this.services;
    await this.changeStep(project.id, async trx => {
      await projects.setStatus(trx, project.id, 'failed');
      await projects.update(trx, project.id, {
        initializationError: message,
        initializationCompletedAt: now(),
        initializationHostToken: undefined,
      });
      await events.append(trx, {
        ...event(project, 'project-initialization-failed'),
        severity: 'error',
        message,
        metadata: { step },
      });
      return steps.fail(
        trx,
        {
          projectId: project.id,
          attempt: project.initializationAttempt,
          step,
        },
        message,
      );
    });
    this.options.report.error(
      `Set-up of project ${project.slug} failed at step ${step}: ${message}`,
    );
  }

  /** Writes a visible change, then tells pages and caller. */
  private async change<T>(
    projectId: string,
    work: (trx: Knex.Transaction) => Promise<T>,
  ): Promise<T> {
    const { result, version } = await this.lease.write(async trx => ({
      result: await work(trx),
      version: await this.services.projects.bumpVersion(trx, projectId),
    }));
    this.services.notifier.notify(projectId, version);
    return result;
  }

  private async changeStep(
    projectId: string,
    work: (trx: Knex.Transaction) => Promise<InitializationStep | undefined>,
  ): Promise<void> {
    const changed = await this.change(projectId, work);
    if (changed) {
      const rows = await this.services.steps.list(projectId, {
        attempt: changed.attempt,
      });
      this.options.report.step(
        stepDocument(changed),
        initializationProgress(rows),
      );
    }
  }

  private async hostCredential(
    project: Project,
    provider: GitHostProvider,
  ): Promise<GitHostCredential> {
    const sealed = project.initializationHostToken;
    if (sealed) {
      return {
        token: this.services.vault.open(
          sealed,
          secretLocations.hostToken(project.id),
        ),
      };
    }
    return requirePortalCredential(provider, project.wishes.repository, {
      signal: this.lease.signal,
    });
  }

  private async read(projectId: string, trx?: Knex): Promise<Project> {
    const project = await this.services.projects.get(projectId, trx);
    if (!project) {
      throw new ConflictError(
        `Project ${projectId} was deleted while it was being set up`,
      );
    }
    return project;
  }
}

/** The part that all events of a run have in common. */
function event(
  { id, createdBy, wishes }: Project,
  action: string,
): Omit<NewEvent, 'message'> {
  return {
    eventType: 'project',
    action,
    projectId: id,
    resourceType: 'project',
    resourceId: id,
    userId: wishes.adding?.userRef ?? createdBy,
  };
}
