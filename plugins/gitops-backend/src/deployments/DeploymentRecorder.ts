import {
  commitOfRevision,
  shortCommit,
} from '@backstage-gitops/plugin-gitops-common';
import type { Knex } from 'knex';
import type { DeploymentStore } from '../database/DeploymentStore';
import type { Deployment, GitopsResource } from '../database/tables';
import type { EventStore, NewEvent } from '../events/EventStore';
import { DeploymentHistory } from './DeploymentHistory';
import { KIND_OF_TYPE } from '../status/ClusterKnowledge';
import { isSettled, type Evaluation } from '../status/evaluate';

/** Annotation by which Flux is asked to reconcile now. @internal */
export const REQUESTED_AT = 'reconcile.fluxcd.io/requestedAt';

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
      const history = new DeploymentHistory(
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
    history: DeploymentHistory,
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
    history: DeploymentHistory,
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
    history: DeploymentHistory,
    { resource, evaluation, at }: ObservedChange,
  ): Promise<void> {
    const revision = evaluation.object?.status?.lastAppliedRevision;
    const commit = commitOfRevision(revision);
    if (!commit) {
      return;
    }
    const running = await openDeployment(history, evaluation, at);
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
    history: DeploymentHistory,
    { resource, evaluation, at }: ObservedChange,
  ): Promise<void> {
    const message = evaluation.diagnosis?.cause ?? evaluation.derived.message;
    const target = commitOfRevision(failedRevision(evaluation));
    const running = await openDeployment(history, evaluation, at);
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

/** How long a request may take from the database to the cluster. */
const REQUEST_MS = 60_000;

/**
 * The deployment under way. A request of a user that was written down but never
 * arrived, because the portal died in between, is ended here.
 */
async function openDeployment(
  history: DeploymentHistory,
  { object }: Evaluation,
  at: string,
): Promise<Deployment | undefined> {
  const running = await history.running();
  if (running?.deploymentMethod !== 'manual') {
    return running;
  }
  const startedAt = Date.parse(running.startedAt);
  const token = object?.metadata.annotations?.[REQUESTED_AT];
  const arrived = token !== undefined && Date.parse(token) >= startedAt;
  if (arrived || Date.parse(at) - startedAt < REQUEST_MS) {
    return running;
  }
  await history.end('failed', at, 'The request did not reach the cluster');
  return undefined;
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
  const reached =
    evaluation.derived.status === 'ready'
      ? evaluation.object?.status?.lastAppliedRevision
      : failedRevision(evaluation);
  return commitOfRevision(reached) === running.commitHash;
}

/**
 * Revision that a failure is about. Kustomize-controller notes what it builds,
 * but not what it could not even unpack; that is what the source has.
 */
function failedRevision({
  object,
  sourceRevision,
  derived,
}: Evaluation): string | undefined {
  const attempted = object?.status?.lastAttemptedRevision;
  return derived.reason === 'ArtifactFailed'
    ? sourceRevision ?? attempted
    : attempted ?? sourceRevision;
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
    ? event({
        action: `${subject}-recovered`,
        severity: 'info',
        message: environmentId ? 'Ready again' : 'The source is ready again',
      })
    : [];
}
