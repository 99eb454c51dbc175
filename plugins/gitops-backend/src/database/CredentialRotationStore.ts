import { isDatabaseConflictError } from '@backstage/backend-plugin-api';
import { ConflictError } from '@backstage/errors';
import type { RotationPhase } from '@backstage-gitops/plugin-gitops-common';
import type { Knex } from 'knex';
import type { ChangesOf, NewEntityOf } from './Table';
import {
  type CredentialRotation,
  projectGitAuthRotations as table,
} from './tables';
import { databaseTime, now } from './time';

/** The replacements of credentials, each as far as it is. */
export interface CredentialRotationStore {
  /** @throws ConflictError when one is under way already. */
  insert(
    trx: Knex,
    rotation: Omit<
      NewEntityOf<typeof table>,
      'phase' | 'phaseSince' | 'startedAt' | 'failures'
    >,
  ): Promise<CredentialRotation>;
  get(id: string, trx?: Knex): Promise<CredentialRotation | undefined>;
  /** The one under way, or the last one. */
  getLatest(
    projectId: string,
    trx?: Knex,
  ): Promise<CredentialRotation | undefined>;
  getUnfinished(
    projectId: string,
    trx?: Knex,
  ): Promise<CredentialRotation | undefined>;
  /** Those under way that may be gone on with now, by the database's clock. */
  findDue(): Promise<CredentialRotation[]>;
  /** Enters a phase: what failed before is forgotten. */
  setPhase(
    trx: Knex,
    id: string,
    phase: RotationPhase,
    changes?: ChangesOf<typeof table>,
  ): Promise<void>;
  /** Ends it, and forgets the token it was given. */
  finish(
    trx: Knex,
    id: string,
    phase: 'completed' | 'failed',
    error?: string,
  ): Promise<void>;
  update(
    trx: Knex,
    id: string,
    changes: ChangesOf<typeof table>,
  ): Promise<void>;
  /** Notes a pass that failed, and when the next one may begin. */
  postpone(
    trx: Knex,
    id: string,
    failure: { error: string; failures: number; waitMs: number },
  ): Promise<void>;
}

export class DatabaseCredentialRotationStore
  implements CredentialRotationStore
{
  static create(options: { knex: Knex }): DatabaseCredentialRotationStore {
    return new DatabaseCredentialRotationStore(options.knex);
  }

  private constructor(private readonly knex: Knex) {}

  async insert(
    trx: Knex,
    rotation: Parameters<CredentialRotationStore['insert']>[1],
  ) {
    const at = now();
    try {
      await trx(table.name).insert(
        table.insertion({
          ...rotation,
          phase: 'creating',
          phaseSince: at,
          startedAt: at,
          failures: 0,
        }),
      );
    } catch (error) {
      if (isDatabaseConflictError(error)) {
        throw new ConflictError(
          'The credential of this project is being replaced already: wait until that has ended',
        );
      }
      throw error;
    }
    return (await this.get(rotation.id, trx))!;
  }

  async get(id: string, trx: Knex = this.knex) {
    const row = await trx(table.name).where({ id }).first();
    return row && table.fromRow(row);
  }

  async getLatest(projectId: string, trx: Knex = this.knex) {
    const row = await trx(table.name)
      .where({ project_id: projectId })
      .orderBy('started_at', 'desc')
      .first();
    return row && table.fromRow(row);
  }

  async getUnfinished(projectId: string, trx: Knex = this.knex) {
    const row = await trx(table.name)
      .where({ project_id: projectId })
      .whereNull('finished_at')
      .first();
    return row && table.fromRow(row);
  }

  async findDue() {
    const rows = await this.knex(table.name)
      .whereNull('finished_at')
      .where(due =>
        due
          .whereNull('next_attempt_at')
          .orWhere('next_attempt_at', '<=', databaseTime(this.knex)),
      )
      .orderBy('started_at');
    return rows.map(row => table.fromRow(row));
  }

  async setPhase(
    trx: Knex,
    id: string,
    phase: RotationPhase,
    changes: ChangesOf<typeof table> = {},
  ) {
    await this.update(trx, id, {
      phase,
      phaseSince: now(),
      error: undefined,
      failures: 0,
      nextAttemptAt: undefined,
      ...changes,
    });
  }

  async finish(
    trx: Knex,
    id: string,
    phase: 'completed' | 'failed',
    error?: string,
  ) {
    await this.setPhase(trx, id, phase, {
      finishedAt: now(),
      hostToken: undefined,
      error,
    });
  }

  async update(trx: Knex, id: string, changes: ChangesOf<typeof table>) {
    await trx(table.name).where({ id }).update(table.update(changes));
  }

  async postpone(
    trx: Knex,
    id: string,
    failure: { error: string; failures: number; waitMs: number },
  ) {
    const { error, failures, waitMs } = failure;
    await trx(table.name)
      .where({ id })
      .update({
        ...table.update({ error, failures }),
        [table.sql('nextAttemptAt')]: databaseTime(trx, waitMs),
      });
  }
}
