import {
  ConflictError,
  ServiceUnavailableError,
  toError,
} from '@backstage/errors';
import {
  commitOfRevision,
  stripCredentials,
} from '@backstage-gitops/plugin-gitops-common';
import { setTimeout as delay } from 'node:timers/promises';
import type { ClusterClient } from '../clusters';
import type { DeploymentStore } from '../database/DeploymentStore';
import type { ResourceStateStore } from '../database/ResourceStateStore';
import type { Environment, GitopsResource, Project } from '../database/tables';
import { REQUESTED_AT } from '../deployments/DeploymentRecorder';
import type { EventStore } from '../events/EventStore';
import { describeResource, resourceReference } from '../flux/resourceReference';
import type { EnvironmentGround } from './EnvironmentGround';

/** How long a fetch is waited for before Flux is left to it. */
const FETCH_MS = 30_000;
const FIRST_LOOK_MS = 150;
const LONGEST_LOOK_MS = 1_000;

/**
 * Asks Flux to fetch and to apply now, and keeps the request as a deployment.
 *
 * @internal
 */
export class Reconciliation {
  private readonly ground: EnvironmentGround;
  private readonly states: ResourceStateStore;
  private readonly deployments: DeploymentStore;
  private readonly events: EventStore;
  private readonly fetchMs: number;

  constructor(options: {
    ground: EnvironmentGround;
    states: ResourceStateStore;
    deployments: DeploymentStore;
    events: EventStore;
    /** How long a fetch is waited for, in milliseconds; 30 s if absent. */
    fetchMs?: number;
  }) {
    this.ground = options.ground;
    this.states = options.states;
    this.deployments = options.deployments;
    this.events = options.events;
    this.fetchMs = options.fetchMs ?? FETCH_MS;
  }

  async reconcile(
    project: Project,
    environment: Environment,
    userRef: string,
    { withSource = true }: { withSource?: boolean } = {},
  ): Promise<{ requestedAt: string }> {
    const { client, kustomization, source } = await this.ground.find(
      project,
      environment,
    );
    for (const resource of withSource
      ? [source, kustomization]
      : [kustomization]) {
      const object = await this.ground.read(client, resource);
      if (object.spec?.suspend) {
        // It would copy the token and do nothing.
        throw new ConflictError(
          `${describeResource(
            resource,
          )} is suspended and would ignore the request: resume ${
            resource === kustomization
              ? `environment '${environment.name}'`
              : 'it'
          } first`,
        );
      }
    }

    const requestedAt = new Date().toISOString();
    const intent = await this.ground.write(project, async trx => {
      // The status engine holds the same row when it writes history, and there
      // is room for one deployment under way.
      await this.states.lock(trx, environment.cluster, [kustomization]);
      const running = await this.deployments.running(trx, environment.id);
      if (running) {
        await this.deployments.update(trx, running.id, {
          status: 'superseded',
          finishedAt: requestedAt,
          message: `Followed by a request of ${userRef}`,
        });
      }
      await this.events.append(
        trx,
        this.ground.event(
          project,
          environment,
          userRef,
          'reconcile-requested',
          'Reconcile requested',
        ),
      );
      // Before the first fetch there is nothing to deploy yet.
      const commitHash =
        commitOfRevision(source.lastAppliedRevision) ??
        commitOfRevision(kustomization.lastAppliedRevision);
      return (
        commitHash &&
        this.deployments.insert(trx, {
          environmentId: environment.id,
          gitopsResourceId: kustomization.id,
          commitHash,
          deploymentMethod: 'manual',
          status: 'running',
          deployedBy: userRef,
          startedAt: requestedAt,
        })
      );
    });

    try {
      const body = {
        metadata: { annotations: { [REQUESTED_AT]: requestedAt } },
      };
      if (withSource) {
        await client.mergePatch(resourceReference(source), body);
        // Asked at once, the Kustomization would apply what was there before.
        const fetched = commitOfRevision(
          await this.fetched(client, source, requestedAt),
        );
        if (intent && fetched && fetched !== intent.commitHash) {
          await this.ground.write(project, async trx => {
            await this.states.lock(trx, environment.cluster, [kustomization]);
            const running = await this.deployments.running(trx, environment.id);
            if (running?.id === intent.id) {
              await this.deployments.update(trx, intent.id, {
                commitHash: fetched,
              });
            }
          });
        }
      }
      await client.mergePatch(resourceReference(kustomization), body);
    } catch (error) {
      const { message } = toError(error);
      await this.ground.write(project, async trx => {
        if (intent) {
          await this.deployments.update(trx, intent.id, {
            status: 'failed',
            finishedAt: new Date().toISOString(),
            message,
          });
        }
        await this.events.append(trx, {
          ...this.ground.event(
            project,
            environment,
            userRef,
            'reconcile-failed',
            message,
          ),
          severity: 'error',
        });
      });
      throw error;
    }
    return { requestedAt };
  }

  /**
   * Waits until the source has handled a request.
   *
   * @returns the revision that it has to offer
   * @throws ConflictError when the fetch failed, ServiceUnavailableError when
   * there was no answer in time
   */
  private async fetched(
    client: ClusterClient,
    source: GitopsResource,
    token: string,
  ): Promise<string | undefined> {
    const end = Date.now() + this.fetchMs;
    for (
      let wait = FIRST_LOOK_MS;
      ;
      wait = Math.min(wait * 2, LONGEST_LOOK_MS)
    ) {
      const { metadata, status } = await this.ground.read(client, source);
      // Of requests at the same moment only one token stays; a fetch for it comes
      // after all of them.
      const asked = metadata.annotations?.[REQUESTED_AT] ?? token;
      const ready = status?.conditions?.find(({ type }) => type === 'Ready');
      if (status?.lastHandledReconcileAt === asked) {
        if (ready?.status === 'False') {
          throw new ConflictError(
            `${describeResource(source)} cannot be fetched: ${stripCredentials(
              ready.message ?? ready.reason ?? 'no reason is given',
            )}; nothing was applied, see the diagnosis of the source`,
          );
        }
        if (ready?.status === 'True') {
          return status.artifact?.revision;
        }
      }
      if (Date.now() + wait > end) {
        throw new ServiceUnavailableError(
          `${describeResource(
            source,
          )} was asked to fetch and has not finished within ${
            this.fetchMs / 1000
          } s: Flux goes on and applies what it fetches; see whether source-controller runs if nothing comes`,
        );
      }
      await delay(wait);
    }
  }
}
