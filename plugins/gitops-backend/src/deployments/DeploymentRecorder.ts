import {
  commitOfRevision,
  shortCommit,
} from '@backstage-gitops/plugin-gitops-common';
import type { Knex } from 'knex';
import type {
  DeploymentStore,
  NewDeployment,
} from '../database/DeploymentStore';
import type { Deployment, GitopsResource } from '../database/tables';
import type { EventStore, NewEvent } from '../events/EventStore';
import { describeResource } from '../flux/resourceReference';
import { DeploymentHistory, type DeploymentMarks } from './DeploymentHistory';
import { leadTimes } from './leadTimes';
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

/** What a batch of changes added to the history. @internal */
export interface RecordedHistory {
  resources: ReadonlySet<string>;
  deployments: number;
  events: number;
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

  /**
   * Writes what a batch of changes adds to the history, each environment once.
   *
   * @returns the ids of the resources whose project has something new to show,
   * and how many rows were written.
   */
  async record(
    trx: Knex.Transaction,
    changes: readonly ObservedChange[],
  ): Promise<RecordedHistory> {
    if (changes.length === 0) {
      return { resources: new Set(), deployments: 0, events: 0 };
    }
    const heads = await this.deployments.heads(
      trx,
      changes.flatMap(({ resource }) => resource.environmentId ?? []),
    );
    const recorded = new Set<string>();
    const histories: DeploymentHistory[] = [];
    const events: NewEvent[] = [];
    for (const change of changes) {
      const { resource } = change;
      const { environmentId } = resource;
      const ended: NewDeployment[] = [];
      if (environmentId) {
        const history = new DeploymentHistory(
          heads.get(environmentId),
          environmentId,
          resource.id,
        );
        follow(history, change);
        ended.push(...history.ended);
        if (history.written) {
          histories.push(history);
          recorded.add(resource.id);
        }
      }
      const told = [
        ...ended.map(deployment => deploymentEvent(resource, deployment)),
        ...stateEvents(change, ended.length > 0),
      ];
      if (told.length > 0) {
        events.push(...told);
        recorded.add(resource.id);
      }
    }
    const updated = histories.flatMap(history => [...history.updated.values()]);
    const inserted = histories.flatMap(history => history.inserted);
    // What ends first makes room for what begins: one is running at a time.
    await this.deployments.updateAll(trx, updated);
    await this.deployments.insertAll(trx, inserted);
    await this.events.append(trx, ...events);
    return {
      resources: recorded,
      deployments: updated.length + inserted.length,
      events: events.length,
    };
  }
}

function follow(history: DeploymentHistory, change: ObservedChange): void {
  switch (change.evaluation.derived.status) {
    case 'ready':
      return onReady(history, change);
    case 'failed':
    case 'stalled':
      return onFailed(history, change);
    case 'reconciling':
      return onReconciling(history, change);
    case 'suspended':
      return history.end('superseded', change.at, {
        message: 'Suspended before it ended',
      });
    case 'missing':
    case 'terminating':
      return history.end('failed', change.at, {
        message: 'The Kustomization was deleted',
      });
    default:
      // Pending and unknown tell nothing about a deployment.
      return undefined;
  }
}

function onReconciling(
  history: DeploymentHistory,
  { resource, evaluation, at }: ObservedChange,
): void {
  const target = commitOfRevision(evaluation.sourceRevision);
  const applied = commitOfRevision(resource.lastAppliedRevision);
  if (!target || target === applied) {
    return;
  }
  const marks = leadTimes(evaluation, target);
  const { running } = history;
  if (running?.commitHash === target) {
    if (marks.appliedAt && !running.appliedAt) {
      history.change(marks);
    }
    return;
  }
  if (running?.deploymentMethod === 'manual') {
    // What the user asked for turns out to be this commit.
    history.change({ commitHash: target, ...marks });
    return;
  }
  if (running) {
    history.end('superseded', at, {
      message: `Followed by ${shortCommit(target)}`,
    });
  }
  const { latest } = history;
  if (latest?.status === 'failed' && latest.commitHash === target) {
    // The controller tries again; the attempt is in the history already.
    return;
  }
  history.start(target, at, marks);
}

function onReady(
  history: DeploymentHistory,
  { resource, evaluation, at }: ObservedChange,
): void {
  const revision = evaluation.object?.status?.lastAppliedRevision;
  const commit = commitOfRevision(revision);
  if (!commit) {
    return;
  }
  const known = commit === commitOfRevision(resource.lastAppliedRevision);
  const running = openDeployment(history, evaluation, at);
  if (running && isAnswered(running, evaluation)) {
    history.end('succeeded', at, {
      commitHash: commit,
      // A request for what ran already brought nothing on its way.
      ...(!known && { marks: answerTimes(running, evaluation, commit) }),
    });
    return;
  }
  if (known) {
    return;
  }
  // Beside a request that is still to be handled, Flux was faster: this commit
  // came by itself.
  const overtaken = running?.deploymentMethod === 'manual';
  const { latest } = history;
  if (
    !overtaken &&
    latest?.commitHash === commit &&
    latest.status === 'succeeded'
  ) {
    return;
  }
  history.record(commit, 'succeeded', at, {
    marks: leadTimes(evaluation, commit),
  });
}

function answerTimes(
  running: Deployment,
  evaluation: Evaluation,
  commit: string,
): DeploymentMarks {
  const { appliedAt, ...times } = leadTimes(evaluation, commit);
  return {
    ...times,
    // Seen when it happened, it is more exact than the end of the health checks.
    ...((running.appliedAt ?? appliedAt) && {
      appliedAt: running.appliedAt ?? appliedAt,
    }),
  };
}

function onFailed(
  history: DeploymentHistory,
  { resource, evaluation, at }: ObservedChange,
): void {
  const message = evaluation.diagnosis?.cause ?? evaluation.derived.message;
  const target = commitOfRevision(failedRevision(evaluation));
  const running = openDeployment(history, evaluation, at);
  if (running && isAnswered(running, evaluation)) {
    history.end('failed', at, { message, commitHash: target });
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
  const { latest } = history;
  if (latest?.commitHash === target && latest.status === 'failed') {
    return;
  }
  history.record(target, 'failed', at, { message });
}

/** How long a request may take from the database to the cluster. */
const REQUEST_MS = 60_000;

/**
 * The deployment under way. A request of a user that was written down but never
 * arrived, because the portal died in between, is ended here.
 */
function openDeployment(
  history: DeploymentHistory,
  { object }: Evaluation,
  at: string,
): Deployment | undefined {
  const { running } = history;
  if (running?.deploymentMethod !== 'manual') {
    return running;
  }
  const startedAt = Date.parse(running.startedAt);
  const token = object?.metadata.annotations?.[REQUESTED_AT];
  const arrived = token !== undefined && Date.parse(token) >= startedAt;
  if (arrived || Date.parse(at) - startedAt < REQUEST_MS) {
    return running;
  }
  history.end('failed', at, {
    message: 'The request did not reach the cluster',
  });
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
  deployment: NewDeployment,
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
  const { environmentId, projectId, cluster } = resource;
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
          message: `${describeResource(
            resource,
          )} is not in cluster '${cluster}' any more`,
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
