import { ConflictError, InputError } from '@backstage/errors';
import { SUSPENDED_AT_ANNOTATION } from '@backstage-gitops/plugin-gitops-common';
import type { ClusterClient, ClusterRegistry } from '../clusters';
import type { ResourceStore, Suspension } from '../database/ResourceStore';
import type { Environment, GitopsResource, Project } from '../database/tables';
import type { EventStore } from '../events/EventStore';
import { describeResource, resourceReference } from '../flux/resourceReference';
import type { EnvironmentGround, ReadFluxObject } from './EnvironmentGround';
import { gitOwner, isOurs } from './gitOwner';

/** How long a suspension may take from the database to the cluster. */
const IN_FLIGHT_MS = 60_000;

const SUSPEND = ['spec', 'suspend'] as const;

/** Without the fields rather than with false: nothing of ours is left behind. */
const RESUMED = {
  metadata: { annotations: { [SUSPENDED_AT_ANNOTATION]: null } },
  spec: { suspend: null },
};

/**
 * Stops Flux at an environment and lets it go on. Who stopped it, why and until
 * when is written down before the cluster hears of it.
 *
 * @internal
 */
export class Suspensions {
  private readonly ground: EnvironmentGround;
  private readonly clusters: ClusterRegistry;
  private readonly resources: ResourceStore;
  private readonly events: EventStore;

  constructor(options: {
    ground: EnvironmentGround;
    clusters: ClusterRegistry;
    resources: ResourceStore;
    events: EventStore;
  }) {
    this.ground = options.ground;
    this.clusters = options.clusters;
    this.resources = options.resources;
    this.events = options.events;
  }

  async suspend(
    project: Project,
    environment: Environment,
    userRef: string,
    { reason, until }: { reason?: string; until?: string } = {},
  ): Promise<void> {
    const at = new Date();
    if (until && Date.parse(until) <= at.getTime()) {
      throw new InputError(
        `The end of the suspension, ${until}, has passed: choose a later one, or none`,
      );
    }
    const { client, kustomization } = await this.ground.find(
      project,
      environment,
    );
    await this.refuseWhatGitOwns(client, kustomization);

    const { suspendedBy, suspendReason, suspendedAt, suspendedUntil } =
      kustomization;
    const suspension: Suspension = {
      suspendedBy: userRef,
      suspendReason: reason,
      suspendedAt: at.toISOString(),
      suspendedUntil: until,
    };
    // Before the cluster has it: whoever finds the annotation there can tell
    // whose it is, also when the portal dies in between.
    await this.ground.write(project, trx =>
      this.resources.setSuspension(trx, kustomization.id, suspension),
    );
    try {
      await client.mergePatch(resourceReference(kustomization), {
        metadata: {
          annotations: { [SUSPENDED_AT_ANNOTATION]: suspension.suspendedAt },
        },
        spec: { suspend: true },
      });
    } catch (error) {
      await this.ground.write(project, trx =>
        this.resources.setSuspension(
          trx,
          kustomization.id,
          { suspendedBy, suspendReason, suspendedAt, suspendedUntil },
          suspension.suspendedAt,
        ),
      );
      throw error;
    }
    await this.ground.write(project, trx =>
      this.events.append(
        trx,
        this.ground.event(
          project,
          environment,
          userRef,
          'environment-suspended',
          [
            until ? `Suspended until ${until}` : 'Suspended',
            ...(reason ? [reason] : []),
          ].join(': '),
        ),
      ),
    );
  }

  async resume(
    project: Project,
    environment: Environment,
    userRef: string,
  ): Promise<void> {
    const { client, kustomization } = await this.ground.find(
      project,
      environment,
    );
    await this.refuseWhatGitOwns(client, kustomization);
    await client.mergePatch(resourceReference(kustomization), RESUMED);
    await this.endSuspension(
      project,
      environment,
      kustomization,
      'Resumed',
      userRef,
    );
  }

  /**
   * Resumes an environment whose suspension was to end by now. Only that very
   * suspension: one that somebody made since, here or in the cluster, stays.
   *
   * @returns whether it was resumed
   */
  async resumeExpired(
    project: Project,
    environment: Environment,
    kustomization: GitopsResource,
  ): Promise<boolean> {
    const { id, cluster, suspendedAt = '' } = kustomization;
    const client = await this.clusters.get(cluster);
    const object = await client.get<ReadFluxObject>(
      resourceReference(kustomization),
    );
    const leave = async (suspension: Suspension) => {
      await this.ground.write(project, trx =>
        this.resources.setSuspension(trx, id, suspension, suspendedAt),
      );
      return false;
    };
    if (!object?.spec?.suspend) {
      if (Date.now() - Date.parse(suspendedAt) < IN_FLIGHT_MS) {
        // The cluster may be about to learn of it: the next round looks again.
        return false;
      }
      return leave({});
    }
    const marker = object.metadata.annotations?.[SUSPENDED_AT_ANNOTATION];
    if (!marker || !isOurs(object, SUSPEND)) {
      return leave({});
    }
    if (marker > suspendedAt) {
      return leave({ ...kustomization, suspendedUntil: undefined });
    }
    await client.mergePatch(resourceReference(kustomization), {
      ...RESUMED,
      metadata: {
        ...RESUMED.metadata,
        // Refused if anybody has changed it since it was read.
        resourceVersion: object.metadata.resourceVersion,
      },
    });
    await this.endSuspension(
      project,
      environment,
      kustomization,
      'Resumed, since the time of its suspension is over',
    );
    return true;
  }

  private async endSuspension(
    project: Project,
    environment: Environment,
    kustomization: GitopsResource,
    message: string,
    userRef?: string,
  ): Promise<void> {
    await this.ground.write(project, async trx => {
      await this.resources.setSuspension(
        trx,
        kustomization.id,
        {},
        kustomization.suspendedAt,
      );
      await this.events.append(
        trx,
        this.ground.event(
          project,
          environment,
          userRef,
          'environment-resumed',
          message,
        ),
      );
    });
  }

  /** @throws ConflictError naming who would take the change back. */
  private async refuseWhatGitOwns(
    client: ClusterClient,
    kustomization: GitopsResource,
  ): Promise<void> {
    const owner = gitOwner(
      await this.ground.read(client, kustomization),
      SUSPEND,
    );
    if (owner) {
      throw new ConflictError(
        `'spec.suspend' of ${describeResource(
          kustomization,
        )} is kept by '${owner}', which would take the change back: change it in Git, where the Kustomization is declared`,
      );
    }
  }
}
