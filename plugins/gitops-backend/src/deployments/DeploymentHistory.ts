import { randomUUID } from 'node:crypto';
import type {
  DeploymentHead,
  NewDeployment,
} from '../database/DeploymentStore';
import type { Deployment } from '../database/tables';
import { now } from '../database/time';

/** The times of a commit on its way, and how it ended. @internal */
export type DeploymentMarks = Pick<
  Deployment,
  'fetchedAt' | 'appliedAt' | 'healthyAt'
>;

/**
 * One environment's deployments, as they were and with what is to be added. It
 * only collects; whoever made it writes it, together with that of others.
 *
 * @internal
 */
export class DeploymentHistory {
  readonly inserted: NewDeployment[] = [];
  /** Rows as they are to be, by id. */
  readonly updated = new Map<string, Deployment>();
  readonly ended: NewDeployment[] = [];
  private head: DeploymentHead;

  constructor(
    head: DeploymentHead | undefined,
    private readonly environmentId: string,
    private readonly gitopsResourceId: string,
  ) {
    this.head = head ?? {};
  }

  /** The deployment under way. */
  get running(): Deployment | undefined {
    return this.head.running;
  }

  /** The newest one that was over before. */
  get latest(): Deployment | undefined {
    return this.head.latest;
  }

  get written(): boolean {
    return this.inserted.length + this.updated.size > 0;
  }

  start(commitHash: string, at: string, marks: DeploymentMarks): void {
    this.insert({ commitHash, status: 'running', startedAt: at, ...marks });
  }

  /** Writes what more is known of the deployment under way. */
  change(changes: Partial<Pick<Deployment, 'commitHash'>> & DeploymentMarks) {
    const { running } = this.head;
    if (running) {
      const changed = { ...running, ...changes };
      this.head = { ...this.head, running: changed };
      this.updated.set(running.id, changed);
    }
  }

  /** Ends the deployment under way, if there is one. */
  end(
    status: 'succeeded' | 'failed' | 'superseded',
    finishedAt: string,
    options: {
      message?: string;
      commitHash?: string;
      marks?: DeploymentMarks;
    } = {},
  ): void {
    const { running } = this.head;
    if (!running) {
      return;
    }
    const ended: Deployment = {
      ...running,
      ...options.marks,
      status,
      finishedAt,
      message: options.message,
      commitHash: options.commitHash ?? running.commitHash,
    };
    this.head = { latest: ended };
    this.updated.set(ended.id, ended);
    this.ended.push(ended);
  }

  /** Adds a deployment that was over before it was seen. */
  record(
    commitHash: string,
    status: 'succeeded' | 'failed',
    at: string,
    options: { message?: string; marks?: DeploymentMarks } = {},
  ): void {
    this.ended.push(
      this.insert({
        commitHash,
        status,
        startedAt: at,
        finishedAt: at,
        message: options.message,
        ...options.marks,
      }),
    );
  }

  private insert(
    row: Pick<NewDeployment, 'commitHash' | 'status' | 'startedAt'> &
      Partial<NewDeployment>,
  ): NewDeployment {
    const inserted: NewDeployment = {
      // Every row of one statement has to have the same columns.
      finishedAt: undefined,
      message: undefined,
      fetchedAt: undefined,
      appliedAt: undefined,
      healthyAt: undefined,
      ...row,
      id: randomUUID(),
      environmentId: this.environmentId,
      gitopsResourceId: this.gitopsResourceId,
      deploymentMethod: 'gitops',
    };
    this.inserted.push(inserted);
    const at = now();
    const deployment: Deployment = {
      ...inserted,
      createdAt: at,
      updatedAt: at,
    };
    this.head =
      row.status === 'running'
        ? { ...this.head, running: deployment }
        : { ...this.head, latest: deployment };
    return inserted;
  }
}
