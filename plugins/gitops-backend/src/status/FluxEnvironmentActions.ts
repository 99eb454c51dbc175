import {
  ConflictError,
  InputError,
  NotFoundError,
  ServiceUnavailableError,
  toError,
} from '@backstage/errors';
import {
  commitOfRevision,
  stripCredentials,
  SUSPENDED_AT_ANNOTATION,
  type FluxObject,
  type ResourceType,
} from '@backstage-gitops/plugin-gitops-common';
import type { Knex } from 'knex';
import { setTimeout as delay } from 'node:timers/promises';
import type { ClusterClient } from '../clusters/ClusterClient';
import type { ClusterObject, ObjectReference } from '../clusters/ClusterObject';
import type { ClusterRegistry } from '../clusters/ClusterRegistry';
import type { DeploymentStore } from '../database/DeploymentStore';
import type { ProjectStore } from '../database/ProjectStore';
import {
  DatabaseResourceStateStore,
  type ResourceStateStore,
} from '../database/ResourceStateStore';
import type { ResourceStore, Suspension } from '../database/ResourceStore';
import type { Environment, GitopsResource, Project } from '../database/tables';
import { withTransaction } from '../database/withTransaction';
import { REQUESTED_AT } from '../deployments/DeploymentRecorder';
import { gitOwner, isOurs } from '../environments/gitOwner';
import type { EventStore, NewEvent } from '../events/EventStore';
import type { EnvironmentActions } from '../projects/EnvironmentActions';
import { KIND_OF_TYPE } from './ClusterKnowledge';
import type { ChangeNotifier } from './Ingest';

const API_VERSION: Readonly<Record<ResourceType, string>> = {
  'git-repository': 'source.toolkit.fluxcd.io/v1',
  kustomization: 'kustomize.toolkit.fluxcd.io/v1',
};

/** How long a fetch is waited for before Flux is left to it. */
const FETCH_MS = 30_000;
const FIRST_LOOK_MS = 150;
const LONGEST_LOOK_MS = 1_000;

/** How long a suspension may take from the database to the cluster. */
const IN_FLIGHT_MS = 60_000;

const SUSPEND = ['spec', 'suspend'] as const;

/** Without the fields rather than with false: nothing of ours is left behind. */
const RESUMED = {
  metadata: { annotations: { [SUSPENDED_AT_ANNOTATION]: null } },
  spec: { suspend: null },
};

type FluxSpec = ClusterObject & Pick<FluxObject, 'spec' | 'status'>;

/**
 * What a user asks of an environment, done at its Flux objects. Who asked is
 * written down before, what came of it is told by the status engine.
 *
 * @internal
 */
export class FluxEnvironmentActions implements EnvironmentActions {
  private readonly clusters: ClusterRegistry;
  private readonly knex: Knex;
  private readonly resources: ResourceStore;
  private readonly states: ResourceStateStore;
  private readonly deployments: DeploymentStore;
  private readonly events: EventStore;
  private readonly projects: Pick<ProjectStore, 'bumpVersion'>;
  private readonly notifier: ChangeNotifier;
  private readonly fetchMs: number;

  constructor(options: {
    clusters: ClusterRegistry;
    knex: Knex;
    resources: ResourceStore;
    deployments: DeploymentStore;
    events: EventStore;
    projects: Pick<ProjectStore, 'bumpVersion'>;
    notifier: ChangeNotifier;
    /** How long a fetch is waited for, in milliseconds; 30 s if absent. */
    fetchMs?: number;
  }) {
    this.clusters = options.clusters;
    this.knex = options.knex;
    this.resources = options.resources;
    this.states = DatabaseResourceStateStore.create(options);
    this.deployments = options.deployments;
    this.events = options.events;
    this.projects = options.projects;
    this.notifier = options.notifier;
    this.fetchMs = options.fetchMs ?? FETCH_MS;
  }

  async reconcile(
    project: Project,
    environment: Environment,
    userRef: string,
    { withSource = true }: { withSource?: boolean } = {},
  ): Promise<{ requestedAt: string }> {
    const { client, kustomization, source } = await this.find(
      project,
      environment,
    );
    for (const resource of withSource
      ? [source, kustomization]
      : [kustomization]) {
      const object = await this.read(client, resource);
      if (object.spec?.suspend) {
        // It would copy the token and do nothing.
        throw new ConflictError(
          `${describe(
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
    const intent = await this.write(project, async trx => {
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
        this.event(
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
        await client.mergePatch(referenceTo(source), body);
        // Asked at once, the Kustomization would apply what was there before.
        const fetched = commitOfRevision(
          await this.fetched(client, source, requestedAt),
        );
        if (intent && fetched && fetched !== intent.commitHash) {
          await this.write(project, async trx => {
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
      await client.mergePatch(referenceTo(kustomization), body);
    } catch (error) {
      const { message } = toError(error);
      await this.write(project, async trx => {
        if (intent) {
          await this.deployments.update(trx, intent.id, {
            status: 'failed',
            finishedAt: new Date().toISOString(),
            message,
          });
        }
        await this.events.append(trx, {
          ...this.event(
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
    const { client, kustomization } = await this.find(project, environment);
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
    await this.write(project, trx =>
      this.resources.setSuspension(trx, kustomization.id, suspension),
    );
    try {
      await client.mergePatch(referenceTo(kustomization), {
        metadata: {
          annotations: { [SUSPENDED_AT_ANNOTATION]: suspension.suspendedAt },
        },
        spec: { suspend: true },
      });
    } catch (error) {
      await this.write(project, trx =>
        this.resources.setSuspension(
          trx,
          kustomization.id,
          { suspendedBy, suspendReason, suspendedAt, suspendedUntil },
          suspension.suspendedAt,
        ),
      );
      throw error;
    }
    await this.write(project, trx =>
      this.events.append(
        trx,
        this.event(
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
    const { client, kustomization } = await this.find(project, environment);
    await this.refuseWhatGitOwns(client, kustomization);
    await client.mergePatch(referenceTo(kustomization), RESUMED);
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
    const object = await client.get<FluxSpec>(referenceTo(kustomization));
    const leave = async (suspension: Suspension) => {
      await this.write(project, trx =>
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
    await client.mergePatch(referenceTo(kustomization), {
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
    await this.write(project, async trx => {
      await this.resources.setSuspension(
        trx,
        kustomization.id,
        {},
        kustomization.suspendedAt,
      );
      await this.events.append(
        trx,
        this.event(
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
    const owner = gitOwner(await this.read(client, kustomization), SUSPEND);
    if (owner) {
      throw new ConflictError(
        `'spec.suspend' of ${describe(
          kustomization,
        )} is kept by '${owner}', which would take the change back: change it in Git, where the Kustomization is declared`,
      );
    }
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
      const { metadata, status } = await this.read(client, source);
      // Of requests at the same moment only one token stays; a fetch for it comes
      // after all of them.
      const asked = metadata.annotations?.[REQUESTED_AT] ?? token;
      const ready = status?.conditions?.find(({ type }) => type === 'Ready');
      if (status?.lastHandledReconcileAt === asked) {
        if (ready?.status === 'False') {
          throw new ConflictError(
            `${describe(source)} cannot be fetched: ${stripCredentials(
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
          `${describe(source)} was asked to fetch and has not finished within ${
            this.fetchMs / 1000
          } s: Flux goes on and applies what it fetches; see whether source-controller runs if nothing comes`,
        );
      }
      await delay(wait);
    }
  }

  private async find(project: Project, environment: Environment) {
    const rows = await this.resources.listByProject(project.id);
    const kustomization = rows.find(
      row =>
        row.type === 'kustomization' && row.environmentId === environment.id,
    );
    const source = rows.find(
      row =>
        row.type === 'git-repository' && row.cluster === environment.cluster,
    );
    if (!kustomization || !source) {
      throw new ConflictError(
        `Environment '${environment.name}' of project '${project.slug}' has no Flux objects yet: finish or retry the set-up first`,
      );
    }
    const client = await this.clusters.get(environment.cluster);
    return { client, kustomization, source };
  }

  private async read(
    client: ClusterClient,
    resource: GitopsResource,
  ): Promise<FluxSpec> {
    const object = await client.get<FluxSpec>(referenceTo(resource));
    if (!object) {
      throw new NotFoundError(
        `${describe(resource)} is not in cluster '${
          client.cluster
        }': retry the set-up to create it again`,
      );
    }
    return object;
  }

  /** Writes what belongs together and tells the pages. */
  private async write<T>(
    project: Project,
    work: (trx: Knex.Transaction) => Promise<T>,
  ): Promise<T> {
    const { result, version } = await withTransaction(this.knex, async trx => ({
      result: await work(trx),
      version: await this.projects.bumpVersion(trx, project.id),
    }));
    this.notifier.notify(project.id, version);
    return result;
  }

  private event(
    project: Project,
    environment: Environment,
    userId: string | undefined,
    action: string,
    message: string,
  ): NewEvent {
    return {
      eventType: 'audit',
      action,
      projectId: project.id,
      resourceType: 'environment',
      resourceId: environment.id,
      userId,
      message,
      metadata: { environment: environment.name, cluster: environment.cluster },
    };
  }
}

function referenceTo({
  type,
  name,
  namespace,
}: GitopsResource): ObjectReference {
  return {
    apiVersion: API_VERSION[type],
    kind: KIND_OF_TYPE[type],
    name,
    namespace,
  };
}

function describe({ type, name, namespace }: GitopsResource): string {
  return `${KIND_OF_TYPE[type]} ${namespace}/${name}`;
}
