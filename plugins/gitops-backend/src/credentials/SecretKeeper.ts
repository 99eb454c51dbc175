import type { LoggerService } from '@backstage/backend-plugin-api';
import { toError } from '@backstage/errors';
import type { Knex } from 'knex';
import type { ClusterRegistry } from '../clusters';
import type { CredentialLocationStore } from '../database/CredentialLocationStore';
import type { CredentialRotationStore } from '../database/CredentialRotationStore';
import type { EnvironmentStore } from '../database/EnvironmentStore';
import type { GitAuthStore } from '../database/GitAuthStore';
import type { ProjectStore } from '../database/ProjectStore';
import type { ResourceStore } from '../database/ResourceStore';
import type { Project } from '../database/tables';
import { now } from '../database/time';
import { withTransaction } from '../database/withTransaction';
import { REQUESTED_AT } from '../deployments/DeploymentRecorder';
import type { EventStore } from '../events/EventStore';
import { resourceReference } from '../flux/resourceReference';
import type { ProjectNotifier } from '../projects/ProjectNotifier';
import type { CredentialFactory } from './CredentialFactory';
import type { CredentialSync, SyncResult } from './CredentialSync';

const PAGE = 100;
const AT_ONCE = 4;
/** A source that goes on failing is not helped by writing the same again. */
const AGAIN_AFTER_MS = 60_000;

/**
 * Keeps the Secrets of projects in operation what they should be: after a
 * connection was renewed, and after somebody changed or deleted one.
 *
 * @internal
 */
export class SecretKeeper {
  private readonly options: {
    knex: Knex;
    logger: LoggerService;
    clusters: ClusterRegistry;
    projects: ProjectStore;
    environments: EnvironmentStore;
    resources: ResourceStore;
    gitAuths: GitAuthStore;
    credentialRotations: CredentialRotationStore;
    credentialLocations: CredentialLocationStore;
    events: EventStore;
    notifier: ProjectNotifier;
    credentials: CredentialFactory;
    credentialSync: CredentialSync;
  };
  private readonly lookedAt = new Map<string, number>();

  constructor(options: SecretKeeper['options']) {
    this.options = options;
  }

  /** All projects in operation, one page after the other. */
  async keepAll(options: { signal?: AbortSignal } = {}): Promise<void> {
    let cursor: string | undefined;
    do {
      const page = await this.options.projects.list({
        status: 'active',
        limit: PAGE,
        cursor,
      });
      await this.keepEach(page.items, options);
      cursor = page.nextCursor;
    } while (cursor);
  }

  /** Those whose source says that its credential is missing or refused. */
  async keepRefused(options: { signal?: AbortSignal } = {}): Promise<void> {
    const before = Date.now() - AGAIN_AFTER_MS;
    for (const [id, at] of this.lookedAt) {
      if (at < before) {
        this.lookedAt.delete(id);
      }
    }
    const projects: Project[] = [];
    for (const id of await this.options.gitAuths.listProjectsRefused()) {
      const project = this.lookedAt.has(id)
        ? undefined
        : await this.options.projects.get(id);
      if (project) {
        this.lookedAt.set(id, Date.now());
        projects.push(project);
      }
    }
    await this.keepEach(projects, options);
  }

  /** Brings the renewed token of a connection to all projects that read with it. */
  async keepConnection(connectionId: string): Promise<void> {
    const { gitAuths, projects } = this.options;
    const ids = await gitAuths.listProjectsOfConnection(connectionId);
    const using = await Promise.all(ids.map(id => projects.get(id)));
    await this.keepEach(using.flatMap(project => project ?? []));
  }

  private async keepEach(
    projects: readonly Project[],
    options: { signal?: AbortSignal } = {},
  ): Promise<void> {
    const waiting = [...projects];
    const work = async () => {
      for (
        let project = waiting.shift();
        project && !options.signal?.aborted;
        project = waiting.shift()
      ) {
        try {
          await this.keep(project, options);
        } catch (error) {
          this.options.logger.debug(
            `The Secrets of project ${project.slug} could not be compared: ${
              toError(error).message
            }`,
          );
        }
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
  }

  private async keep(
    project: Project,
    { signal }: { signal?: AbortSignal },
  ): Promise<void> {
    const {
      gitAuths,
      credentialRotations,
      credentialLocations,
      credentials,
      credentialSync,
      environments,
    } = this.options;
    if (project.status !== 'active' || project.deletionRequestedAt) {
      return;
    }
    for (;;) {
      // A rotation writes them itself.
      if (await credentialRotations.getUnfinished(project.id)) {
        return;
      }
      const auth = await gitAuths.getByProject(project.id);
      if (!auth) {
        return;
      }
      const before = await credentialLocations.listByProject(project.id);
      const result = await credentialSync.syncToClusters(
        {
          id: project.id,
          slug: project.slug,
          environments: await environments.listByProject(project.id),
          credential: await credentials.open(auth),
        },
        { signal },
      );
      await this.tell(
        project,
        result.written.filter(
          ({ found, cluster, namespace }) =>
            found !== 'current' &&
            before.some(
              known =>
                known.cluster === cluster &&
                known.namespace === namespace &&
                known.syncedAt !== undefined,
            ),
        ),
      );
      // One that was replaced meanwhile must not be left as it was.
      if ((await gitAuths.getByProject(project.id))?.id === auth.id) {
        return;
      }
    }
  }

  /** Tells what was put right, and has the sources try again at once. */
  private async tell(
    project: Project,
    restored: SyncResult['written'],
  ): Promise<void> {
    if (restored.length === 0) {
      return;
    }
    const { knex, clusters, resources, events, projects, notifier } =
      this.options;
    const damaged = restored.filter(({ found }) => found !== 'outdated');
    if (damaged.length > 0) {
      const version = await withTransaction(knex, async trx => {
        await events.append(
          trx,
          ...damaged.map(({ cluster, namespace, found }) => ({
            eventType: 'system' as const,
            action: 'credential-secret-restored',
            severity: 'warning' as const,
            projectId: project.id,
            resourceType: 'project',
            resourceId: project.id,
            message: `The Secret with the Git credential in namespace ${namespace} on cluster '${cluster}' was ${
              found === 'missing' ? 'gone' : 'changed by somebody else'
            }, and was restored`,
            metadata: { cluster, namespace, found },
          })),
        );
        return projects.bumpVersion(trx, project.id);
      });
      notifier.notify(project.id, version);
    }
    const sources = (await resources.listByProject(project.id)).filter(
      source =>
        source.type === 'git-repository' &&
        restored.some(
          ({ cluster, namespace }) =>
            cluster === source.cluster && namespace === source.namespace,
        ),
    );
    for (const source of sources) {
      const client = await clusters.get(source.cluster);
      await client.mergePatch(resourceReference(source), {
        metadata: { annotations: { [REQUESTED_AT]: now() } },
      });
    }
  }
}
