import type { Knex } from 'knex';
import type { DeploymentStore } from '../database/DeploymentStore';
import type { Deployment } from '../database/tables';

/** One environment's deployments within one transaction. @internal */
export class DeploymentHistory {
  readonly ended: Deployment[] = [];
  written = false;
  private current?: Promise<Deployment | undefined>;

  constructor(
    private readonly trx: Knex.Transaction,
    private readonly store: DeploymentStore,
    private readonly environmentId: string,
    private readonly gitopsResourceId: string,
  ) {}

  running(): Promise<Deployment | undefined> {
    this.current ??= this.store.running(this.trx, this.environmentId);
    return this.current;
  }

  latest(): Promise<Deployment | undefined> {
    return this.store.latest(this.trx, this.environmentId);
  }

  async start(commitHash: string, at: string): Promise<void> {
    await this.store.insert(this.trx, {
      environmentId: this.environmentId,
      gitopsResourceId: this.gitopsResourceId,
      commitHash,
      deploymentMethod: 'gitops',
      status: 'running',
      startedAt: at,
    });
    this.written = true;
    this.current = undefined;
  }

  async retarget(running: Deployment, commitHash: string): Promise<void> {
    await this.store.update(this.trx, running.id, { commitHash });
    this.written = true;
    this.current = undefined;
  }

  /** Ends the deployment under way, if there is one. */
  async end(
    status: 'succeeded' | 'failed' | 'superseded',
    finishedAt: string,
    message?: string,
    commitHash?: string,
  ): Promise<void> {
    const running = await this.running();
    if (!running) {
      return;
    }
    const changes = {
      status,
      finishedAt,
      message,
      commitHash: commitHash ?? running.commitHash,
    };
    await this.store.update(this.trx, running.id, changes);
    this.ended.push({ ...running, ...changes });
    this.written = true;
    this.current = undefined;
  }

  /** Adds a deployment that was over before it was seen. */
  async record(
    commitHash: string,
    status: 'succeeded' | 'failed',
    at: string,
    message?: string,
  ): Promise<void> {
    this.ended.push(
      await this.store.insert(this.trx, {
        environmentId: this.environmentId,
        gitopsResourceId: this.gitopsResourceId,
        commitHash,
        deploymentMethod: 'gitops',
        status,
        startedAt: at,
        finishedAt: at,
        message,
      }),
    );
    this.written = true;
  }
}
