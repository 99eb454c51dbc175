import { toError } from '@backstage/errors';
import type {
  RotationPhase,
  SyncAction,
  SyncStatus,
} from '@backstage-gitops/plugin-gitops-common';
import type { Knex } from 'knex';
import { now } from '../../database/time';
import type { RunLease } from '../../initialization/RunLease';
import type { RotationServices } from './RotationServices';
import type { Situation } from './RotationSituation';

/**
 * What a rotation leaves in writing: its phase, what was done at the host, and the
 * history, for as long as the lease is held.
 *
 * @internal
 */
export class RotationJournal {
  constructor(
    private readonly services: RotationServices,
    private readonly lease: RunLease,
  ) {}

  async enter(
    { rotation, project }: Situation,
    phase: RotationPhase,
    work: (trx: Knex.Transaction) => Promise<void> = async () => {},
    error?: string,
  ): Promise<void> {
    await this.change(project.id, async trx => {
      await work(trx);
      await this.services.credentialRotations.setPhase(
        trx,
        rotation.id,
        phase,
        { error },
      );
    });
    await this.services.afterEffect?.(`enter ${phase}`);
  }

  /** Writes what pages show, then tells them. */
  async change(
    projectId: string,
    work: (trx: Knex.Transaction) => Promise<void>,
  ): Promise<void> {
    const version = await this.lease.write(async trx => {
      await work(trx);
      return this.services.projects.bumpVersion(trx, projectId);
    });
    this.services.notifier.notify(projectId, version);
  }

  /** Does something at the host and keeps a record of it, whatever comes of it. */
  async logged<T>(
    situation: Situation,
    action: SyncAction,
    work: () => Promise<T>,
  ): Promise<T> {
    const startedAt = now();
    try {
      const result = await work();
      await this.lease.write(trx =>
        this.log(trx, situation, action, 'succeeded', undefined, startedAt),
      );
      return result;
    } catch (error) {
      this.lease.signal.throwIfAborted();
      const { message } = toError(error);
      await this.lease.write(trx =>
        this.log(trx, situation, action, 'failed', message, startedAt),
      );
      throw error;
    }
  }

  async log(
    trx: Knex,
    { project, repository, rotation }: Situation,
    action: SyncAction,
    status: SyncStatus,
    error?: string,
    startedAt: string = rotation.startedAt,
  ): Promise<void> {
    await this.services.syncLogs.append(trx, {
      projectId: project.id,
      provider: repository.provider,
      host: repository.host,
      syncType: 'credential',
      action,
      status,
      error,
      startedAt,
      finishedAt: now(),
    });
  }

  event({ project, rotation }: Situation, action: string) {
    return {
      eventType: 'audit' as const,
      action,
      projectId: project.id,
      resourceType: 'credential',
      resourceId: rotation.newAuthId,
      userId: rotation.startedBy,
    };
  }
}
