import { randomUUID } from 'node:crypto';
import {
  INITIALIZATION_STEPS,
  type StepName,
} from '@backstage-gitops/plugin-gitops-common';
import { NotFoundError } from '@backstage/errors';
import type { Knex } from 'knex';
import {
  type InitializationStep,
  projectInitializationSteps as table,
  type StepDetails,
} from './tables';
import { now } from './time';

/** Which row of a set-up is meant. */
export interface StepKey {
  projectId: string;
  attempt: number;
  step: StepName;
}

/** The steps of every attempt at setting a project up. */
export interface StepStore {
  /** Adds the rows of an attempt, all pending. Rows that are there stay as they are. */
  addAttempt(trx: Knex, projectId: string, attempt: number): Promise<void>;
  /** Marks a step as running, with what it is about to do. */
  start(
    trx: Knex,
    key: StepKey,
    intent?: StepDetails['intent'],
  ): Promise<InitializationStep>;
  /** Writes down how far a running step is, in percent. */
  setProgress(trx: Knex, key: StepKey, progress: number): Promise<void>;
  /** Marks a step as done, with what came of it. */
  complete(
    trx: Knex,
    key: StepKey,
    outcome?: StepDetails['outcome'],
  ): Promise<InitializationStep>;
  /** Marks a step as done by an earlier attempt; its outcome is taken over. */
  skip(
    trx: Knex,
    key: StepKey,
    outcome?: StepDetails['outcome'],
  ): Promise<InitializationStep>;
  fail(trx: Knex, key: StepKey, error: string): Promise<InitializationStep>;
  /** Steps of one attempt, or of the newest, in their order. */
  list(
    projectId: string,
    options?: { attempt?: number },
    trx?: Knex,
  ): Promise<InitializationStep[]>;
  /** One step in every attempt, newest first. */
  history(projectId: string, step: StepName): Promise<InitializationStep[]>;
}

export class DatabaseStepStore implements StepStore {
  static create(options: { knex: Knex }): DatabaseStepStore {
    return new DatabaseStepStore(options.knex);
  }

  private constructor(private readonly knex: Knex) {}

  async addAttempt(
    trx: Knex,
    projectId: string,
    attempt: number,
  ): Promise<void> {
    const rows = INITIALIZATION_STEPS.map(definition =>
      table.insertion({
        id: randomUUID(),
        projectId,
        attempt,
        ...definition,
        status: 'pending',
        progress: 0,
      }),
    );
    await trx(table.name)
      .insert(rows)
      .onConflict(['project_id', 'step', 'attempt'])
      .ignore();
  }

  async start(
    trx: Knex,
    key: StepKey,
    intent?: StepDetails['intent'],
  ): Promise<InitializationStep> {
    return this.change(trx, key, step => ({
      status: 'running',
      progress: 0,
      // A step that a dead replica had begun keeps its first start.
      startedAt: step.status === 'running' ? step.startedAt : now(),
      completedAt: undefined,
      duration: undefined,
      error: undefined,
      details: intent ? { intent } : step.details,
    }));
  }

  async setProgress(trx: Knex, key: StepKey, progress: number): Promise<void> {
    await this.change(trx, key, () => ({ progress }));
  }

  async complete(
    trx: Knex,
    key: StepKey,
    outcome?: StepDetails['outcome'],
  ): Promise<InitializationStep> {
    return this.change(trx, key, step => ({
      status: 'completed',
      progress: 100,
      error: undefined,
      details: outcome ? { ...step.details, outcome } : step.details,
      ...ended(step),
    }));
  }

  async skip(
    trx: Knex,
    key: StepKey,
    outcome?: StepDetails['outcome'],
  ): Promise<InitializationStep> {
    return this.change(trx, key, step => ({
      status: 'skipped',
      progress: 100,
      error: undefined,
      details: outcome ? { ...step.details, outcome } : step.details,
      ...ended(step),
    }));
  }

  async fail(
    trx: Knex,
    key: StepKey,
    error: string,
  ): Promise<InitializationStep> {
    return this.change(trx, key, step => ({
      status: 'failed',
      error,
      ...ended(step),
    }));
  }

  async list(
    projectId: string,
    options: { attempt?: number } = {},
    trx: Knex = this.knex,
  ): Promise<InitializationStep[]> {
    const rows = await trx(table.name)
      .where({ project_id: projectId })
      .where(
        'attempt',
        options.attempt ??
          trx(table.name).max('attempt').where({ project_id: projectId }),
      )
      .orderBy('sequence');
    return rows.map(row => table.fromRow(row));
  }

  async history(projectId: string, step: StepName) {
    const rows = await this.knex(table.name)
      .where({ project_id: projectId, step })
      .orderBy('attempt', 'desc');
    return rows.map(row => table.fromRow(row));
  }

  private async change(
    trx: Knex,
    key: StepKey,
    changes: (step: InitializationStep) => Parameters<typeof table.update>[0],
  ): Promise<InitializationStep> {
    const where = {
      project_id: key.projectId,
      attempt: key.attempt,
      step: key.step,
    };
    const row = await trx(table.name).where(where).first();
    if (!row) {
      throw new NotFoundError(
        `Project ${key.projectId} has no step '${key.step}' in attempt ${key.attempt}`,
      );
    }
    const [changed] = await trx(table.name)
      .where({ id: row.id })
      .update(table.update(changes(table.fromRow(row))))
      .returning('*');
    return table.fromRow(changed);
  }
}

/** The end of a step and how long it took, in milliseconds. */
function ended(step: InitializationStep) {
  const completedAt = now();
  const startedAt = step.startedAt ?? completedAt;
  return {
    startedAt,
    completedAt,
    duration: Math.max(0, Date.parse(completedAt) - Date.parse(startedAt)),
  };
}
