import {
  commitOfRevision,
  shortCommit,
} from '@backstage-gitops/plugin-gitops-common';
import type { Knex } from 'knex';
import type { DeploymentStore } from '../database/DeploymentStore';
import type { Deployment, GitopsResource } from '../database/tables';
import type { EventStore, NewEvent } from '../events/EventStore';
import { KIND_OF_TYPE } from '../status/ClusterKnowledge';
import { isSettled, type Evaluation } from '../status/evaluate';

/** A change of one environment's Kustomization, about to be written. @internal */
export interface ObservedChange {
  /** As it was before. */
  resource: GitopsResource;
  evaluation: Evaluation;
  /** Time of the portal, RFC 3339. */
  at: string;
}

/**
 * Writes the history: which revision reached which environment, how, when, and
 * what came of it. It compares with rows only, in the transaction that moves
 * them on, so a second look at the same state records nothing.
 *
 * @internal
 */
export class DeploymentRecorder {
  private readonly deployments: DeploymentStore;
  private readonly events: EventStore;

  constructor(options: { deployments: DeploymentStore; events: EventStore }) {
    this.deployments = options.deployments;
    this.events = options.events;
  }

  /** @returns true when history was written. */
  async record(
    trx: Knex.Transaction,
    change: ObservedChange,
  ): Promise<boolean> {
    const { resource } = change;
    const ended: Deployment[] = [];
    let written = false;
    if (resource.environmentId) {
      const history = new History(
        trx,
        this.deployments,
        resource.environmentId,
        resource.id,
      );
      await this.follow(history, change);
      ended.push(...history.ended);
      written = history.written;
    }
    const events = [
      ...ended.map(deployment => deploymentEvent(resource, deployment)),
      ...stateEvents(change, ended.length > 0),
    ];
    await this.events.append(trx, ...events);
    return written || events.length > 0;
  }

  private async follow(
    history: History,
    change: ObservedChange,
  ): Promise<void> {
    switch (change.evaluation.derived.status) {
      case 'ready':
        return this.onReady(history, change);
      case 'failed':
      case 'stalled':
        return this.onFailed(history, change);
      case 'reconciling':
        return this.onReconciling(history, change);
      case 'suspended':
        return history.end(
          'superseded',
          change.at,
          'Suspended before it ended',
        );
      case 'missing':
      case 'terminating':
        return history.end(
          'failed',
          change.at,
          'The Kustomization was deleted',
        );
      default:
        // Pending and unknown tell nothing about a deployment.
        return undefined;
    }
  }

  private async onReconciling(
    history: History,
    { resource, evaluation, at }: ObservedChange,
  ): Promise<void> {
    const target = commitOfRevision(evaluation.sourceRevision);
    const applied = commitOfRevision(resource.lastAppliedRevision);
    if (!target || target === applied) {
      return;
    }
    const running = await history.running();
    if (running?.commitHash === target) {
      return;
    }
    if (running?.deploymentMethod === 'manual') {
      // What the user asked for turns out to be this commit.
      await history.retarget(running, target);
      return;
    }
    if (running) {
      await history.end('superseded', at, `Followed by ${shortCommit(target)}`);
    }
    const latest = await history.latest();
    if (latest?.status === 'failed' && latest.commitHash === target) {
      // The controller tries again; the attempt is in the history already.
      return;
    }
    await history.start(target, at);
  }

  private async onReady(
    history: History,
    { resource, evaluation, at }: ObservedChange,
  ): Promise<void> {
    const revision = evaluation.object?.status?.lastAppliedRevision;
    const commit = commitOfRevision(revision);
    if (!commit) {
      return;
    }
    const running = await history.running();
    if (running) {
      if (isAnswered(running, evaluation)) {
        await history.end('succeeded', at, undefined, commit);
        return;
      }
      if (commit === commitOfRevision(resource.lastAppliedRevision)) {
        return;
      }
      if (running.deploymentMethod === 'manual') {
        // Flux was faster: this commit came by itself, the request is still to
        // be handled.
        await history.record(commit, 'succeeded', at);
        return;
      }
    }
    if (commit === commitOfRevision(resource.lastAppliedRevision)) {
      return;
    }
    const latest = await history.latest();
    if (latest?.commitHash === commit && latest.status === 'succeeded') {
      return;
    }
    await history.record(commit, 'succeeded', at);
  }

  private async onFailed(
    history: History,
    { resource, evaluation, at }: ObservedChange,
  ): Promise<void> {
    const message = evaluation.diagnosis?.cause ?? evaluation.derived.message;
    const target =
      commitOfRevision(evaluation.sourceRevision) ??
      commitOfRevision(evaluation.object?.status?.lastAttemptedRevision);
    const running = await history.running();
    if (running && isAnswered(running, evaluation)) {
      await history.end('failed', at, message, target);
      return;
    }
    if (
      !target ||
      running ||
      target === commitOfRevision(resource.lastAppliedRevision)
    ) {
      // Not an attempt at a new revision: what runs has got into trouble.
      return;
    }
    const latest = await history.latest();
    if (latest?.commitHash === target && latest.status === 'failed') {
      return;
    }
    await history.record(target, 'failed', at, message);
  }
}

/**
 * Whether a settled state is the answer to a deployment under way. One that
 * Flux began by itself ends with the commit it is about; one that a user asked
 * for ends when the controller has handled the request, whose token is the
 * time it was made.
 */
function isAnswered(running: Deployment, evaluation: Evaluation): boolean {
  if (running.deploymentMethod === 'manual') {
    const handled = evaluation.object?.status?.lastHandledReconcileAt;
    return (
      handled !== undefined &&
      Date.parse(handled) >= Date.parse(running.startedAt)
    );
  }
  const { object, sourceRevision, derived } = evaluation;
  const reached =
    derived.status === 'ready'
      ? object?.status?.lastAppliedRevision
      : sourceRevision ?? object?.status?.lastAttemptedRevision;
  return commitOfRevision(reached) === running.commitHash;
}

/** One environment's deployments, read when needed and once. */
class History {
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

function deploymentEvent(
  resource: GitopsResource,
  deployment: Deployment,
): NewEvent {
  const commit = shortCommit(deployment.commitHash);
  const { status } = deployment;
  const words = {
    succeeded: `Commit ${commit} is deployed`,
    failed: `Commit ${commit} could not be deployed`,
    superseded: `The deployment of commit ${commit} was given up`,
    running: `Commit ${commit} is being deployed`,
  };
  return {
    eventType: 'project',
    action: `deployment-${status}`,
    severity: status === 'failed' ? 'error' : 'info',
    projectId: resource.projectId,
    resourceType: 'environment',
    resourceId: deployment.environmentId,
    userId: deployment.deployedBy,
    message: [words[status], deployment.message].filter(Boolean).join(': '),
    metadata: {
      deploymentId: deployment.id,
      commit: deployment.commitHash,
      method: deployment.deploymentMethod,
    },
  };
}

/** Changes of state that no deployment tells of. */
function stateEvents(
  { resource, evaluation }: ObservedChange,
  told: boolean,
): NewEvent[] {
  const { status, message } = evaluation.derived;
  const { environmentId, projectId, namespace, name, cluster } = resource;
  const subject = environmentId ? 'environment' : 'source';
  const event = (
    change: Pick<NewEvent, 'action' | 'severity' | 'message'>,
  ): NewEvent[] => [
    {
      ...change,
      eventType: 'project',
      projectId,
      resourceType: environmentId ? 'environment' : 'gitops-resource',
      resourceId: environmentId ?? resource.id,
    },
  ];
  if (status === 'missing') {
    return status === resource.status
      ? []
      : event({
          action: 'resource-missing',
          severity: 'error',
          message: `${
            KIND_OF_TYPE[resource.type]
          } ${namespace}/${name} is not in cluster '${cluster}' any more`,
        });
  }
  if (told || !isSettled(status)) {
    return [];
  }
  // The message of the last failure stays in the row until a success.
  const failedBefore = resource.errorMessage !== undefined;
  if (status !== 'ready') {
    return failedBefore
      ? []
      : event({
          action: `${subject}-failed`,
          severity: 'error',
          message: evaluation.diagnosis?.cause ?? message,
        });
  }
  return failedBefore
    ? event({ action: `${subject}-recovered`, severity: 'info' })
    : [];
}
