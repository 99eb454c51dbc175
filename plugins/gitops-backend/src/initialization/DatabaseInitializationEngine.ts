import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { BackstageCredentials } from '@backstage/backend-plugin-api';
import {
  CustomErrorBase,
  NotAllowedError,
  NotFoundError,
  ServiceUnavailableError,
  toError,
} from '@backstage/errors';
import {
  INITIALIZATION_STEPS,
  initializationProgress,
  type InitializationResult,
  type StepName,
} from '@backstage-gitops/plugin-gitops-common';
import { z } from 'zod/v3';
import type { SetUpOutcome } from '../metrics/SetUpMetrics';
import type { InitializationStep, Project } from '../database/tables';
import type {
  InitializationEngine,
  InitializationRunOptions,
} from '../projects/InitializationEngine';
import type { EngineServices } from './EngineServices';
import { initializationResult } from './initializationResult';
import { InitializationRun } from './InitializationRun';
import type { LeaseTimes } from './RunLease';
import { DEFAULT_LEASE_TIMES, LeaseLostError, RunLease } from './RunLease';
import { RunReporter } from './RunReporter';
import { isBehind } from './isBehind';
import { stepDocument } from './stepDocument';

/** Times of the engine in milliseconds. @internal */
export interface EngineTimes extends LeaseTimes {
  /** How often a follower looks what the run it follows has done. */
  followMs: number;
  /** How long a set-up may rest before it counts as given up. */
  stuckMs: number;
}

const DEFAULT_TIMES: EngineTimes = {
  ...DEFAULT_LEASE_TIMES,
  followMs: 250,
  stuckMs: 60 * 60_000,
};

/** A run that somebody else did has failed; the message is that of its step. @public */
export class InitializationFailedError extends CustomErrorBase {
  name = 'InitializationFailedError' as const;
}

const userPrincipalSchema = z.object({ type: z.literal('user') });

/**
 * Sets projects up, over and over if need be, until what the database says is
 * what stands at the Git host and in the clusters.
 *
 * Any number of engines may work on one database: whoever gets hold of a project
 * runs it, the others follow, and when the holder dies the next one goes on.
 *
 * @internal
 */
export class DatabaseInitializationEngine implements InitializationEngine {
  static create(
    options: EngineServices & { times?: Partial<EngineTimes> },
  ): DatabaseInitializationEngine {
    const { times, ...services } = options;
    return new DatabaseInitializationEngine(services, {
      ...DEFAULT_TIMES,
      ...times,
    });
  }

  private readonly running = new Set<RunLease>();
  private readonly stopping = new AbortController();

  private constructor(
    private readonly services: EngineServices,
    private readonly times: EngineTimes,
  ) {}

  async run(
    projectId: string,
    options: InitializationRunOptions = {},
  ): Promise<InitializationResult> {
    requireUser(options.credentials);
    const report = new RunReporter(this.services.logger, options.onMessage);
    const through = options.through ?? 'finish';
    for (;;) {
      this.throwIfStopped(options.signal);
      const project = await this.read(projectId);
      if (await this.isDone(project, through)) {
        return initializationResult(project, this.services);
      }
      const lease = await this.acquire(projectId);
      if (!lease) {
        await this.follow(projectId, report, options.signal);
        continue;
      }
      try {
        await this.hold(lease, options.signal, () =>
          this.measured(through, () =>
            new InitializationRun(this.services, lease, {
              through,
              hostToken: options.hostToken,
              report,
            }).execute(projectId),
          ),
        );
      } catch (error) {
        if (error instanceof LeaseLostError) {
          continue;
        }
        throw error;
      }
    }
  }

  async result(projectId: string): Promise<InitializationResult> {
    return initializationResult(await this.read(projectId), this.services);
  }

  private async measured<T>(
    through: StepName,
    run: () => Promise<T>,
  ): Promise<T> {
    const startedAt = performance.now();
    let outcome: SetUpOutcome = 'completed';
    try {
      return await run();
    } catch (error) {
      outcome =
        error instanceof LeaseLostError || this.stopping.signal.aborted
          ? 'interrupted'
          : 'failed';
      throw error;
    } finally {
      const seconds = (performance.now() - startedAt) / 1_000;
      this.services.setUpMetrics?.ended(through, outcome, seconds);
    }
  }

  /**
   * Goes on with the runs that ended without an end, because their portal replica
   * was killed. For the start of the backend and for regular calls after it.
   *
   * @returns slugs of the projects it went on with
   */
  async recoverInterrupted(
    options: { signal?: AbortSignal } = {},
  ): Promise<string[]> {
    const interrupted = await this.services.projects.findInterrupted();
    await Promise.all(
      interrupted.map(async project => {
        this.services.logger.info(
          `Resuming the interrupted set-up of project ${project.slug}`,
        );
        try {
          await this.run(project.id, {
            through: project.initializationThrough,
            signal: options.signal,
          });
        } catch (error) {
          // The run has written its failure down; other projects go on.
          this.services.logger.debug(
            `The resumed set-up of project ${project.slug} ended: ${
              toError(error).message
            }`,
          );
        }
      }),
    );
    return interrupted.map(({ slug }) => slug);
  }

  /**
   * Marks set-ups as failed that rest somewhere in the middle and that nobody has
   * gone on with for long, so that they are seen and can be retried.
   *
   * @returns slugs of the projects it marked
   */
  async failStuck(): Promise<string[]> {
    const marked: string[] = [];
    const stuck = await this.services.projects.findStuck({
      olderThanMs: this.times.stuckMs,
    });
    for (const { id } of stuck) {
      const lease = await this.acquire(id);
      if (!lease) {
        continue;
      }
      await this.hold(lease, undefined, async () => {
        const project = await this.read(id);
        const rows = await this.services.steps.list(id);
        const next = rows.find(row => !isBehind(row));
        if (project.status !== 'initializing' || !next) {
          return;
        }
        await new InitializationRun(this.services, lease, {
          through: 'finish',
          report: new RunReporter(this.services.logger),
        }).recordFailure(
          next.step,
          project,
          `The set-up stopped before '${next.displayName}' and nobody went on with it: press retry, what is done already is kept`,
        );
        marked.push(project.slug);
      });
    }
    return marked;
  }

  /** Interrupts all runs at the next safe place; another start goes on with them. */
  async stop(): Promise<void> {
    this.stopping.abort(
      new ServiceUnavailableError('The portal is being stopped: try again'),
    );
    const runs = [...this.running];
    for (const lease of runs) {
      lease.stop(toError(this.stopping.signal.reason));
    }
    while (this.running.size > 0) {
      await delay(10);
    }
  }

  private async hold(
    lease: RunLease,
    signal: AbortSignal | undefined,
    work: () => Promise<void>,
  ): Promise<void> {
    const stop = () => lease.stop(toError(signal?.reason));
    signal?.addEventListener('abort', stop, { once: true });
    this.running.add(lease);
    try {
      await work();
    } finally {
      signal?.removeEventListener('abort', stop);
      try {
        await (lease.signal.aborted ? lease.abandon() : lease.release());
      } catch (error) {
        // It runs out by itself, and recovery goes on then.
        this.services.logger.error(
          'Cannot give the lease of a set-up back',
          toError(error),
        );
      }
      this.running.delete(lease);
    }
  }

  private async acquire(projectId: string): Promise<RunLease | undefined> {
    const { knex, projects } = this.services;
    return RunLease.acquire({
      knex,
      projects,
      projectId,
      holder: randomUUID(),
      times: this.times,
    });
  }

  /** Waits for the run of somebody else and passes on what it does. */
  private async follow(
    projectId: string,
    report: RunReporter,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    report.tell('info', 'Following the set-up that is already under way');
    const seen = new Map<StepName, string>();
    for (;;) {
      const project = await this.read(projectId);
      const rows = await this.services.steps.list(projectId, {
        attempt: project.initializationAttempt,
      });
      for (const row of rows) {
        const state = `${row.attempt} ${row.status} ${row.progress}`;
        if (row.status !== 'pending' && seen.get(row.step) !== state) {
          seen.set(row.step, state);
          report.step(stepDocument(row), initializationProgress(rows));
        }
      }
      if (!project.leaseHolder) {
        if (project.status === 'failed') {
          throw new InitializationFailedError(
            project.initializationError ??
              `The set-up of project '${project.slug}' failed`,
          );
        }
        return;
      }
      await delay(this.times.followMs);
      this.throwIfStopped(signal);
      if (isOverdue(project)) {
        // By our clock; taking the lease asks the database's.
        return;
      }
    }
  }

  private async isDone(project: Project, through: StepName): Promise<boolean> {
    if (project.status === 'failed') {
      return false;
    }
    if (project.status !== 'initializing') {
      return true;
    }
    const rows: InitializationStep[] = await this.services.steps.list(
      project.id,
      { attempt: project.initializationAttempt },
    );
    const last = INITIALIZATION_STEPS.find(({ step }) => step === through)!;
    const completed = rows.filter(
      row => row.sequence <= last.sequence && isBehind(row),
    );
    return completed.length === last.sequence;
  }

  private async read(projectId: string): Promise<Project> {
    const project = await this.services.projects.get(projectId);
    if (!project) {
      throw new NotFoundError(`There is no project ${projectId}`);
    }
    return project;
  }

  private throwIfStopped(signal: AbortSignal | undefined) {
    signal?.throwIfAborted();
    this.stopping.signal.throwIfAborted();
  }
}

/** A set-up makes things in a person's name; the backend itself only resumes. */
function requireUser(credentials: BackstageCredentials | undefined) {
  if (
    credentials &&
    !userPrincipalSchema.safeParse(credentials.principal).success
  ) {
    throw new NotAllowedError(
      'A set-up needs a signed-in user, and this request comes from a service: run the template as a user',
    );
  }
}

function isOverdue(project: Project): boolean {
  return (
    project.leaseUntil !== undefined &&
    Date.parse(project.leaseUntil) <= Date.now()
  );
}
