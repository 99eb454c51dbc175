import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { LoggerService } from '@backstage/backend-plugin-api';
import {
  ConflictError,
  ForwardedError,
  NotFoundError,
  ServiceUnavailableError,
  toError,
} from '@backstage/errors';
import {
  deletionOrphans,
  type DeletionDocument,
} from '@backstage-gitops/plugin-gitops-common';
import type { Knex } from 'knex';
import type { ClusterRegistry, StoredObject } from '../../clusters';
import { describeReference, referenceTo } from '../../clusters';
import type { EnvironmentStore } from '../../database/EnvironmentStore';
import type { ProjectStore } from '../../database/ProjectStore';
import type { RepositoryStore } from '../../database/RepositoryStore';
import type { ResourceStore } from '../../database/ResourceStore';
import type { Project, Repository } from '../../database/tables';
import { now } from '../../database/time';
import type { EventStore } from '../../events/EventStore';
import {
  DEFAULT_LEASE_TIMES,
  type LeaseTimes,
  RunLease,
} from '../../initialization/RunLease';
import type { ProjectNotifier } from '../ProjectNotifier';
import type { HostCredentials } from './HostCredentials';
import {
  asFluxObject,
  DELETION_STAGES,
  type OwnedObjects,
  readOwnedObjects,
} from './OwnedObjects';
import { whatHolds } from './whatHolds';

/** Times of a deletion in milliseconds. @internal */
export interface DeletionTimes extends LeaseTimes {
  /** How long objects of one stage may take to go. */
  stageMs: number;
  /** How often it is looked whether they are gone. */
  pollMs: number;
}

const DEFAULT_TIMES: DeletionTimes = {
  ...DEFAULT_LEASE_TIMES,
  stageMs: 5 * 60_000,
  pollMs: 500,
};

/** The parts of the portal that a deletion works with. @internal */
export interface DeletionServices {
  knex: Knex;
  projects: ProjectStore;
  environments: EnvironmentStore;
  resources: ResourceStore;
  repositories: RepositoryStore;
  events: EventStore;
  notifier: ProjectNotifier;
  clusters: ClusterRegistry;
  hostCredentials: HostCredentials;
  logger: LoggerService;
  /** Called after each thing that others can see: the places where a run can be cut off. */
  afterEffect?(effect: string): Promise<void>;
}

/** Everything there is of a project. */
interface Inventory {
  project: Project;
  repository?: Repository;
  clusters: OwnedObjects[];
  credentials: { kind: string; name: string; host: string }[];
}

/**
 * Takes a project away: its objects from the clusters, in the reverse of the
 * order they were made in and each stage seen to its end; its credentials from the
 * Git host; its rows. The repository stays, and so does the history.
 *
 * A deletion that was cut off is gone on with by any replica, one that failed by
 * asking again. What is gone already is not looked for twice: each run begins by
 * reading what there is.
 *
 * @internal
 */
export class ProjectDeletion {
  static create(
    options: DeletionServices & { times?: Partial<DeletionTimes> },
  ): ProjectDeletion {
    const { times, ...services } = options;
    return new ProjectDeletion(services, { ...DEFAULT_TIMES, ...times });
  }

  private readonly running = new Set<RunLease>();
  private stopped = false;

  private constructor(
    private readonly services: DeletionServices,
    private readonly times: DeletionTimes,
  ) {}

  /**
   * Tells what would go, read from the clusters at this moment. Changes nothing.
   *
   * @throws ServiceUnavailableError that names the cluster that does not answer
   */
  async preview(projectId: string): Promise<DeletionDocument> {
    const project = await this.read(projectId);
    return document(await this.takeInventory(project), true);
  }

  /**
   * Deletes, and returns when everything is seen to be gone.
   *
   * @throws ConflictError while a set-up or another deletion is at the project,
   * ServiceUnavailableError that says what did not answer, or did not go, and how
   * to go on
   */
  async delete(
    projectId: string,
    options: { userRef?: string; signal?: AbortSignal } = {},
  ): Promise<DeletionDocument> {
    const { slug, deletionRequestedAt } = await this.read(projectId);
    if (this.stopped) {
      throw new ServiceUnavailableError(
        `The portal is being stopped: delete project '${slug}' when it is back`,
      );
    }
    const { knex, projects } = this.services;
    const lease = await RunLease.acquire({
      knex,
      projects,
      projectId,
      holder: randomUUID(),
      times: this.times,
    });
    if (!lease) {
      throw new ConflictError(
        deletionRequestedAt
          ? `Project '${slug}' is being deleted already: look again in a moment`
          : `Something else is at work on project '${slug}', its set-up for example: delete it when that has ended`,
      );
    }
    const stop = () => lease.stop(toError(options.signal?.reason));
    options.signal?.addEventListener('abort', stop, { once: true });
    this.running.add(lease);
    try {
      return await this.run(lease, projectId, options.userRef);
    } finally {
      options.signal?.removeEventListener('abort', stop);
      await this.letGo(lease);
      this.running.delete(lease);
    }
  }

  /**
   * Goes on with deletions whose portal replica was killed.
   *
   * @returns slugs of the projects it went on with
   */
  async resumeInterrupted(
    options: { signal?: AbortSignal } = {},
  ): Promise<string[]> {
    const interrupted = await this.services.projects.findInterruptedDeletions();
    await Promise.all(
      interrupted.map(async ({ id, slug }) => {
        this.services.logger.info(
          `Resuming the interrupted deletion of project ${slug}`,
        );
        try {
          await this.delete(id, options);
        } catch (error) {
          // It is written down with the project; the others go on.
          this.services.logger.debug(
            `The resumed deletion of project ${slug} ended: ${
              toError(error).message
            }`,
          );
        }
      }),
    );
    return interrupted.map(({ slug }) => slug);
  }

  /** Interrupts all deletions at the next safe place; another start goes on. */
  async stop(): Promise<void> {
    this.stopped = true;
    for (const lease of this.running) {
      lease.stop(
        new ServiceUnavailableError(
          'The portal is being stopped; the deletion goes on when it is back',
        ),
      );
    }
    while (this.running.size > 0) {
      await delay(10);
    }
  }

  private async run(
    lease: RunLease,
    projectId: string,
    userRef: string | undefined,
  ): Promise<DeletionDocument> {
    // Again: it may have gone while the lease was waited for.
    const project = await this.read(projectId);
    const begun = project.deletionRequestedAt !== undefined;
    let started = begun;
    try {
      // Before anything goes: a cluster that does not answer keeps all of it.
      const inventory = await this.takeInventory(project, lease.signal);
      await this.begin(lease, project, userRef);
      started = true;
      for (const owned of inventory.clusters) {
        await this.deleteFromCluster(lease, owned, project.slug);
      }
      if (inventory.credentials.length > 0) {
        lease.check();
        await this.services.hostCredentials.endAll(project, {
          signal: lease.signal,
        });
        await this.services.afterEffect?.('credentials');
      }
      await this.forget(lease, inventory, userRef);
      return document(inventory, false);
    } catch (error) {
      lease.signal.throwIfAborted();
      const failure = new ForwardedError(
        started
          ? `Project '${project.slug}' is not wholly deleted; delete it again once the cause is gone, what is left goes then`
          : `Project '${project.slug}' was not deleted and is as it was; delete it again once the cause is gone`,
        error,
      );
      if (started) {
        await this.recordFailure(lease, project, failure.message);
      }
      throw failure;
    }
  }

  private async takeInventory(
    project: Project,
    signal?: AbortSignal,
  ): Promise<Inventory> {
    const { environments, resources, repositories } = this.services;
    const stages = await environments.listByProject(project.id);
    const rows = await resources.listByProject(project.id);
    const names = new Set([...stages, ...rows].map(({ cluster }) => cluster));
    return {
      project,
      repository: await repositories.getByProject(project.id),
      clusters: await Promise.all(
        [...names].map(cluster =>
          readOwnedObjects(
            this.services.clusters,
            cluster,
            project,
            stages
              .filter(stage => stage.cluster === cluster)
              .map(({ namespace }) => namespace),
            { signal },
          ),
        ),
      ),
      credentials: await this.services.hostCredentials.listManaged(project),
    };
  }

  /** Says that the project is on its way out: nobody sets it up again from here. */
  private async begin(
    lease: RunLease,
    project: Project,
    userRef: string | undefined,
  ): Promise<void> {
    const { projects, environments, events, logger } = this.services;
    const { id, slug } = project;
    logger.info(`Deleting project ${slug}`);
    await this.change(lease, id, async trx => {
      await projects.setStatus(trx, id, 'inactive');
      await projects.update(trx, id, {
        deletionRequestedAt: project.deletionRequestedAt ?? now(),
        deletionRequestedBy: userRef ?? project.deletionRequestedBy,
        deletionError: undefined,
      });
      await projects.eraseSecrets(trx, id);
      for (const environment of await environments.listByProject(id, trx)) {
        await environments.setStatus(trx, environment.id, 'deleting');
      }
      if (!project.deletionRequestedAt) {
        await events.append(trx, {
          eventType: 'audit',
          action: 'project-deletion-started',
          projectId: id,
          resourceType: 'project',
          resourceId: id,
          userId: userRef,
          message: `Deletion of project ${slug} started`,
        });
      }
    });
  }

  private async deleteFromCluster(
    lease: RunLease,
    { client, stages }: OwnedObjects,
    slug: string,
  ): Promise<void> {
    const { logger } = this.services;
    const { signal } = lease;
    for (const objects of stages) {
      for (const object of objects) {
        lease.check();
        const reference = referenceTo(object);
        const orphans = deletionOrphans(asFluxObject(object));
        if (orphans) {
          // Flux leaves behind what a suspended Kustomization applied.
          await client.mergePatch(
            reference,
            { spec: { suspend: false, prune: true, deletionPolicy: null } },
            { signal },
          );
        }
        const answer = await client.delete(reference, {
          signal,
          propagation: 'Background',
          preconditions: { uid: object.metadata.uid },
        });
        const name = describeReference(reference);
        if (answer === 'deleted') {
          logger.info(`Deleting ${name} of project ${slug}`);
        }
        await this.services.afterEffect?.(`delete ${name}`);
      }
      await this.untilGone(lease, client, objects);
    }
  }

  /** Deletion is accepted long before it is done; finalizers hold it. */
  private async untilGone(
    lease: RunLease,
    client: OwnedObjects['client'],
    objects: readonly StoredObject[],
  ): Promise<void> {
    const deadline = Date.now() + this.times.stageMs;
    let waiting = objects;
    for (;;) {
      waiting = await this.stillThere(client, waiting, lease.signal);
      if (waiting.length === 0) {
        return;
      }
      if (Date.now() > deadline) {
        throw new ServiceUnavailableError(
          whatHolds(waiting, client.cluster, this.times.stageMs),
        );
      }
      await delay(this.times.pollMs, undefined, { signal: lease.signal });
      lease.check();
    }
  }

  private async stillThere(
    client: OwnedObjects['client'],
    objects: readonly StoredObject[],
    signal: AbortSignal,
  ): Promise<StoredObject[]> {
    const uids = new Set(objects.map(({ metadata }) => metadata.uid));
    const collections = new Map(
      objects.map(({ apiVersion, kind, metadata: { namespace } }) => [
        `${apiVersion} ${kind} ${namespace ?? ''}`,
        { apiVersion, kind, namespace },
      ]),
    );
    const lists = await Promise.all(
      [...collections.values()].map(collection =>
        client.list(collection, { signal }),
      ),
    );
    return lists.flat().filter(({ metadata }) => uids.has(metadata.uid));
  }

  /** The last of it: the rows. What happened stays told. */
  private async forget(
    lease: RunLease,
    { project, repository, clusters }: Inventory,
    userRef: string | undefined,
  ): Promise<void> {
    const { projects, events, notifier, logger } = this.services;
    const { id, slug, entityRef, ownerRef, version } = project;
    await lease.write(async trx => {
      await events.append(trx, {
        eventType: 'audit',
        action: 'project-deleted',
        projectId: id,
        resourceType: 'project',
        resourceId: id,
        userId: userRef ?? project.deletionRequestedBy,
        organizationId: ownerRef,
        message: `Project ${slug} was taken away from GitOps`,
        metadata: {
          slug,
          entityRef,
          clusters: clusters.map(({ client }) => client.cluster),
          ...(repository && { repository: repository.url }),
        },
      });
      await projects.delete(trx, id);
    });
    // Pages that show it read again, and find that it is gone.
    notifier.notify(id, version + 2);
    logger.info(`Project ${slug} deleted`);
  }

  private async recordFailure(
    lease: RunLease,
    { id, slug }: Project,
    message: string,
  ): Promise<void> {
    this.services.logger.error(
      `Deletion of project ${slug} failed: ${message}`,
    );
    try {
      await this.change(lease, id, async trx => {
        await this.services.projects.update(trx, id, {
          deletionError: message,
        });
        await this.services.events.append(trx, {
          eventType: 'project',
          action: 'project-deletion-failed',
          severity: 'error',
          projectId: id,
          resourceType: 'project',
          resourceId: id,
          message,
        });
      });
    } catch (error) {
      // Without an end on record it counts as interrupted, and is gone on with.
      lease.stop(toError(error));
    }
  }

  private async change(
    lease: RunLease,
    projectId: string,
    work: (trx: Knex.Transaction) => Promise<void>,
  ): Promise<void> {
    const version = await lease.write(async trx => {
      await work(trx);
      return this.services.projects.bumpVersion(trx, projectId);
    });
    this.services.notifier.notify(projectId, version);
  }

  private async letGo(lease: RunLease): Promise<void> {
    try {
      await (lease.signal.aborted ? lease.abandon() : lease.release());
    } catch (error) {
      this.services.logger.error(
        'Cannot give the lease of a deletion back; it runs out by itself',
        toError(error),
      );
    }
  }

  private async read(projectId: string): Promise<Project> {
    const project = await this.services.projects.get(projectId);
    if (!project) {
      throw new NotFoundError(`There is no project ${projectId} any more`);
    }
    return project;
  }
}

/** In the order in which it goes. */
function document(
  { project, repository, clusters, credentials }: Inventory,
  dryRun: boolean,
): DeletionDocument {
  return {
    slug: project.slug,
    dryRun,
    items: [
      ...clusters.flatMap(({ client, applied, stages }) => [
        ...applied.map(item => ({ ...item, cluster: client.cluster })),
        ...DELETION_STAGES.flatMap((_, index) =>
          stages[index].map(({ kind, metadata: { name, namespace } }) => ({
            kind,
            name,
            namespace,
            cluster: client.cluster,
          })),
        ),
      ]),
      ...credentials.map(({ kind, name, host }) => ({
        kind,
        name: `${name} at ${host}`,
      })),
      { kind: 'Project', name: project.slug },
    ],
    kept: [
      ...(repository
        ? [
            `Repository ${repository.owner}/${repository.name}: ${repository.url}`,
          ]
        : []),
      ...clusters.flatMap(({ kept }) => kept),
      'The history of the project in the portal',
    ],
  };
}
