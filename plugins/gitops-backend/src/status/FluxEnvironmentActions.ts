import { ConflictError, NotFoundError, toError } from '@backstage/errors';
import {
  commitOfRevision,
  type ResourceType,
} from '@backstage-gitops/plugin-gitops-common';
import type { Knex } from 'knex';
import type { ClusterClient } from '../clusters/ClusterClient';
import type { ClusterObject, ObjectReference } from '../clusters/ClusterObject';
import type { ClusterRegistry } from '../clusters/ClusterRegistry';
import type { DeploymentStore } from '../database/DeploymentStore';
import type { ProjectStore } from '../database/ProjectStore';
import {
  DatabaseResourceStateStore,
  type ResourceStateStore,
} from '../database/ResourceStateStore';
import type { ResourceStore } from '../database/ResourceStore';
import type { Environment, GitopsResource, Project } from '../database/tables';
import { withTransaction } from '../database/withTransaction';
import { REQUESTED_AT } from '../deployments/DeploymentRecorder';
import type { EventStore, NewEvent } from '../events/EventStore';
import type { EnvironmentActions } from '../projects/EnvironmentActions';
import { KIND_OF_TYPE } from './ClusterKnowledge';
import type { ChangeNotifier } from './Ingest';

const API_VERSION: Readonly<Record<ResourceType, string>> = {
  'git-repository': 'source.toolkit.fluxcd.io/v1',
  kustomization: 'kustomize.toolkit.fluxcd.io/v1',
};

type FluxSpec = ClusterObject & { spec?: { suspend?: boolean } };

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

  constructor(options: {
    clusters: ClusterRegistry;
    knex: Knex;
    resources: ResourceStore;
    deployments: DeploymentStore;
    events: EventStore;
    projects: Pick<ProjectStore, 'bumpVersion'>;
    notifier: ChangeNotifier;
  }) {
    this.clusters = options.clusters;
    this.knex = options.knex;
    this.resources = options.resources;
    this.states = DatabaseResourceStateStore.create(options);
    this.deployments = options.deployments;
    this.events = options.events;
    this.projects = options.projects;
    this.notifier = options.notifier;
  }

  async reconcile(
    project: Project,
    environment: Environment,
    userRef: string,
  ): Promise<{ requestedAt: string }> {
    const { client, kustomization, source } = await this.find(
      project,
      environment,
    );
    for (const resource of [source, kustomization]) {
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
      // The source first, so that the Kustomization finds what it fetched.
      await client.mergePatch(referenceTo(source), body);
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
  ): Promise<void> {
    await this.setSuspended(project, environment, userRef, true);
  }

  async resume(
    project: Project,
    environment: Environment,
    userRef: string,
  ): Promise<void> {
    await this.setSuspended(project, environment, userRef, false);
  }

  private async setSuspended(
    project: Project,
    environment: Environment,
    userRef: string,
    suspended: boolean,
  ): Promise<void> {
    const { client, kustomization } = await this.find(project, environment);
    // Without the field rather than with false: nothing of ours is left behind.
    await client.mergePatch(referenceTo(kustomization), {
      spec: { suspend: suspended || null },
    });
    await this.write(project, trx =>
      this.events.append(
        trx,
        this.event(
          project,
          environment,
          userRef,
          suspended ? 'environment-suspended' : 'environment-resumed',
          suspended ? 'Suspended' : 'Resumed',
        ),
      ),
    );
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
    userId: string,
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
