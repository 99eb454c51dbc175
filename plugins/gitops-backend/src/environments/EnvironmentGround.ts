import { ConflictError, NotFoundError } from '@backstage/errors';
import type { FluxObject } from '@backstage-gitops/plugin-gitops-common';
import type { Knex } from 'knex';
import type {
  ClusterClient,
  ClusterObject,
  ClusterRegistry,
} from '../clusters';
import type { ProjectStore } from '../database/ProjectStore';
import type { ResourceStore } from '../database/ResourceStore';
import type { Environment, GitopsResource, Project } from '../database/tables';
import { withTransaction } from '../database/withTransaction';
import type { NewEvent } from '../events/EventStore';
import { describeResource, resourceReference } from '../flux/resourceReference';
import type { ChangeNotifier } from '../status/Ingest';

/** As much of a Flux object as actions look at. @internal */
export type ReadFluxObject = ClusterObject &
  Pick<FluxObject, 'spec' | 'status'>;

/** The Flux objects of one environment, as rows, and a way to them. @internal */
export interface EnvironmentObjects {
  client: ClusterClient;
  kustomization: GitopsResource;
  source: GitopsResource;
}

/**
 * What every action on an environment stands on: its objects, and a write that
 * the pages hear of.
 *
 * @internal
 */
export class EnvironmentGround {
  private readonly clusters: ClusterRegistry;
  private readonly knex: Knex;
  private readonly resources: ResourceStore;
  private readonly projects: Pick<ProjectStore, 'bumpVersion'>;
  private readonly notifier: ChangeNotifier;

  constructor(options: {
    clusters: ClusterRegistry;
    knex: Knex;
    resources: ResourceStore;
    projects: Pick<ProjectStore, 'bumpVersion'>;
    notifier: ChangeNotifier;
  }) {
    this.clusters = options.clusters;
    this.knex = options.knex;
    this.resources = options.resources;
    this.projects = options.projects;
    this.notifier = options.notifier;
  }

  /** @throws ConflictError while the set-up has not made them */
  async find(
    project: Project,
    environment: Environment,
  ): Promise<EnvironmentObjects> {
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

  /** @throws NotFoundError when the cluster has no such object */
  async read(
    client: ClusterClient,
    resource: GitopsResource,
  ): Promise<ReadFluxObject> {
    const object = await client.get<ReadFluxObject>(
      resourceReference(resource),
    );
    if (!object) {
      throw new NotFoundError(
        `${describeResource(resource)} is not in cluster '${
          client.cluster
        }': retry the set-up to create it again`,
      );
    }
    return object;
  }

  /** Writes what belongs together and tells the pages. */
  async write<T>(
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

  /** What the history says of an action; without a user the portal did it. */
  event(
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
