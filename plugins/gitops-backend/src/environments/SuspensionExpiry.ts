import type { LoggerService } from '@backstage/backend-plugin-api';
import { toError } from '@backstage/errors';
import type { Knex } from 'knex';
import type { EnvironmentStore } from '../database/EnvironmentStore';
import type { ProjectStore } from '../database/ProjectStore';
import type { ResourceStore } from '../database/ResourceStore';
import type { GitopsResource } from '../database/tables';
import type { Suspensions } from './Suspensions';

/** Suspensions ended in one round; the rest waits for the next. */
const BATCH = 50;

/** How long a suspension may take from the database into the cluster and back. */
const ROUND_TRIP_MS = 60_000;

/**
 * Ends suspensions whose time is over, and forgets those that somebody ended in
 * the cluster, so that nobody is named for what another did later. It remembers
 * nothing: what is due stands in the rows, and a second replica that finds the same
 * does no harm.
 *
 * @internal
 */
export class SuspensionExpiry {
  private readonly knex: Knex;
  private readonly resources: ResourceStore;
  private readonly projects: ProjectStore;
  private readonly environments: EnvironmentStore;
  private readonly actions: Pick<Suspensions, 'resumeExpired'>;
  private readonly logger: LoggerService;

  constructor(options: {
    knex: Knex;
    resources: ResourceStore;
    projects: ProjectStore;
    environments: EnvironmentStore;
    actions: Pick<Suspensions, 'resumeExpired'>;
    logger: LoggerService;
  }) {
    this.knex = options.knex;
    this.resources = options.resources;
    this.projects = options.projects;
    this.environments = options.environments;
    this.actions = options.actions;
    this.logger = options.logger;
  }

  /** @returns how many environments were resumed */
  async run(options: { signal?: AbortSignal } = {}): Promise<number> {
    await this.forgetEnded();
    const expired = await this.resources.listExpiredSuspensions(BATCH);
    const resumed = await Promise.all(
      expired.map(kustomization => this.end(kustomization, options.signal)),
    );
    return resumed.filter(Boolean).length;
  }

  private async forgetEnded(): Promise<void> {
    for (const row of await this.resources.listOutdatedSuspensions(BATCH)) {
      const { id, suspendedAt = '', lastStatusUpdateAt = '' } = row;
      // Seen at work well after it was suspended, not on its way there.
      if (
        Date.parse(lastStatusUpdateAt) - Date.parse(suspendedAt) >
        ROUND_TRIP_MS
      ) {
        await this.resources.setSuspension(this.knex, id, {}, suspendedAt);
      }
    }
  }

  private async end(
    kustomization: GitopsResource,
    signal?: AbortSignal,
  ): Promise<boolean> {
    const { projectId, environmentId, namespace, name, cluster } =
      kustomization;
    try {
      const project = await this.projects.get(projectId);
      const environment = (
        await this.environments.listByProject(projectId)
      ).find(({ id }) => id === environmentId);
      if (!project || !environment || signal?.aborted) {
        return false;
      }
      return await this.actions.resumeExpired(
        project,
        environment,
        kustomization,
      );
    } catch (error) {
      // The row stays as it is, so the next round tries again. A conflict means
      // that somebody changed the object in between, perhaps another replica.
      const { name: kind, message } = toError(error);
      this.logger[kind === 'ConflictError' ? 'debug' : 'warn'](
        `The suspension of Kustomization ${namespace}/${name} in cluster '${cluster}' is over and could not be ended: ${message}`,
      );
      return false;
    }
  }
}
