import { randomUUID } from 'node:crypto';
import {
  ConflictError,
  InputError,
  ServiceUnavailableError,
} from '@backstage/errors';
import type { GitHostRegistry } from '@backstage-gitops/plugin-gitops-node';
import {
  type AddEnvironmentRequest,
  environmentNamespace,
  MAX_ENVIRONMENTS,
  validateNames,
} from '@backstage-gitops/plugin-gitops-common';
import type { Knex } from 'knex';
import type { ClusterRegistry } from '../clusters';
import type { CredentialFactory } from '../credentials/CredentialFactory';
import type { Vault } from '../credentials/Vault';
import type { CredentialRotationStore } from '../database/CredentialRotationStore';
import type { EnvironmentStore } from '../database/EnvironmentStore';
import type { GitAuthStore } from '../database/GitAuthStore';
import type { ProjectStore } from '../database/ProjectStore';
import type { RepositoryStore } from '../database/RepositoryStore';
import { secretLocations } from '../database/secretLocations';
import type { StepStore } from '../database/StepStore';
import type { Project, WishedEnvironment } from '../database/tables';
import { withTransaction } from '../database/withTransaction';
import type { EventStore } from '../events/EventStore';
import type { FluxResources } from '../flux/FluxResources';
import { completeWish } from '../initialization/completeWish';
import { wishedEnvironments } from '../initialization/environmentsOfRun';
import { preflight } from '../initialization/preflight/preflight';
import { readSubject } from '../initialization/preflight/readSubject';
import { requirePortalCredential } from '../initialization/requirePortalCredential';
import type { ProjectNotifier } from './ProjectNotifier';

/** Id of the diagnosis of a Git host that does not answer. */
const UNREACHABLE = 'G13';

/** Why a project takes no environments, by its status. */
const NOT_IN_OPERATION: Record<
  Exclude<Project['status'], 'active'>,
  (slug: string) => string
> = {
  initializing: slug =>
    `Project '${slug}' is still being set up: add environments when that has ended`,
  failed: slug =>
    `The set-up of project '${slug}' failed: retry it first, then add environments`,
  inactive: slug =>
    `Project '${slug}' is not in operation: no environment can be added to it`,
  archived: slug =>
    `Project '${slug}' is archived: no environment can be added to it`,
};

/** What has to be the same for an environment to be the one that is there. */
const COMPARED = [
  'type',
  'displayName',
  'description',
  'cluster',
  'approvalRequired',
  'minApprovals',
] as const;

/**
 * Records the wish for one more environment of a project in operation. What it
 * takes is looked at first, so that a project that works is not left with a
 * set-up that cannot: nothing is written, and nothing made, before.
 *
 * The engine does the rest when it is run, as one more attempt of the set-up
 * that is about this environment alone.
 */
export class EnvironmentRegistrar {
  static create(options: EnvironmentRegistrarOptions): EnvironmentRegistrar {
    return new EnvironmentRegistrar(options);
  }

  private constructor(private readonly options: EnvironmentRegistrarOptions) {}

  /**
   * @returns `standing` when the project has this very environment, `wished` when
   * the engine has to be run for it
   * @throws InputError for what can never be; ConflictError, which says what to do
   * first, for what cannot be now; ServiceUnavailableError when the cluster or the
   * Git host does not answer
   */
  async add(
    project: Project,
    request: AddEnvironmentRequest,
    userRef: string,
  ): Promise<'standing' | 'wished'> {
    const problems = validateNames(project.slug, [request.name]);
    if (problems.length > 0) {
      throw new InputError(problems.join('; '));
    }
    const wish = await completeWish(request, this.options.clusters);
    const before = decide(project, request, wish);
    if (before !== 'new') {
      return before;
    }
    await this.checkGround(project, wish, request.hostToken);
    return this.record(project.id, request, wish, userRef);
  }

  /** Everything that can be known before anything is written. */
  private async checkGround(
    project: Project,
    wish: WishedEnvironment,
    hostToken: string | undefined,
  ): Promise<void> {
    const { gitHosts, flux } = this.options;
    const { repository } = project.wishes;
    const provider = gitHosts.get(repository.host);
    const [{ problems }] = await Promise.all([
      preflight(
        await readSubject(this.options, {
          project,
          environments: [wish],
          overlaysIn: 'branch',
          provider,
          hostCredential: hostToken
            ? { token: hostToken }
            : await requirePortalCredential(provider, repository),
        }),
      ),
      flux.checkRoom(project, {
        cluster: wish.cluster,
        namespace: environmentNamespace(project.slug, wish.name),
      }),
    ]);
    if (problems.length === 0) {
      return;
    }
    const message = `Environment '${wish.name}' was not added to project '${
      project.slug
    }', and nothing was changed: ${[
      ...new Set(problems.map(problem => problem.message)),
    ].join(', ')}`;
    throw problems.every(({ diagnosis }) => diagnosis === UNREACHABLE)
      ? new ServiceUnavailableError(message)
      : new ConflictError(message);
  }

  private async record(
    projectId: string,
    request: AddEnvironmentRequest,
    wish: WishedEnvironment,
    userRef: string,
  ): Promise<'standing' | 'wished'> {
    const { knex, vault, projects, steps, events, environments } = this.options;
    const { credentialRotations, notifier } = this.options;
    const { outcome, version } = await withTransaction(knex, async trx => {
      const project = await projects.lock(trx, projectId);
      if (!project) {
        throw new ConflictError(
          `The project was deleted before environment '${wish.name}' could be added`,
        );
      }
      // Another request may have been first while the ground was looked at.
      const decision = decide(project, request, wish);
      if (decision !== 'new') {
        return { outcome: decision };
      }
      if (await credentialRotations.getUnfinished(projectId, trx)) {
        throw new ConflictError(
          `The credential of project '${project.slug}' is being replaced: add environment '${wish.name}' when that has ended`,
        );
      }
      await environments.checkNamespaceIsFree(trx, {
        projectId,
        name: wish.name,
        cluster: wish.cluster,
        namespace: environmentNamespace(project.slug, wish.name),
      });
      // A lease that has run out already: whoever comes first, this request or
      // the recovery of interrupted set-ups, goes on from here.
      const lease = await projects.acquireLease(
        projectId,
        { holder: randomUUID(), ttlMs: 0 },
        trx,
      );
      if (!lease) {
        throw new ConflictError(
          `Something else is at work on project '${project.slug}': add environment '${wish.name}' when that has ended`,
        );
      }
      const attempt = project.initializationAttempt + 1;
      await projects.setStatus(trx, projectId, 'initializing');
      await projects.update(trx, projectId, {
        wishes: {
          ...project.wishes,
          added: [...(project.wishes.added ?? []), wish],
          adding: { environment: wish.name, userRef },
        },
        initializationAttempt: attempt,
        initializationThrough: 'finish',
        initializationStartedAt: undefined,
        initializationCompletedAt: undefined,
        initializationHostToken:
          request.hostToken &&
          vault.seal(request.hostToken, secretLocations.hostToken(projectId)),
      });
      await steps.addAttempt(trx, projectId, attempt);
      await events.append(trx, {
        eventType: 'audit',
        action: 'environment-requested',
        projectId,
        resourceType: 'project',
        resourceId: projectId,
        userId: userRef,
        organizationId: project.ownerRef,
        message: `Environment '${wish.name}' is to be added on cluster '${wish.cluster}'`,
        metadata: { environment: wish.name, cluster: wish.cluster },
      });
      return {
        outcome: 'wished' as const,
        version: await projects.bumpVersion(trx, projectId),
      };
    });
    if (version !== undefined) {
      notifier.notify(projectId, version);
    }
    return outcome;
  }
}

export interface EnvironmentRegistrarOptions {
  knex: Knex;
  vault: Vault;
  projects: ProjectStore;
  repositories: RepositoryStore;
  environments: EnvironmentStore;
  gitAuths: GitAuthStore;
  credentialRotations: CredentialRotationStore;
  steps: StepStore;
  events: EventStore;
  notifier: ProjectNotifier;
  gitHosts: GitHostRegistry;
  clusters: ClusterRegistry;
  credentials: CredentialFactory;
  flux: FluxResources;
  /** Throws when the portal's rules do not let Flux read from this address. */
  checkSourceUrl?(url: string): Promise<void>;
}

/**
 * Where a project stands towards a wish.
 *
 * @returns `wished` when its environment is being added, or was and failed
 */
function decide(
  project: Project,
  request: AddEnvironmentRequest,
  wish: WishedEnvironment,
): 'new' | 'standing' | 'wished' {
  const { slug, status, deletionRequestedAt, wishes } = project;
  if (deletionRequestedAt) {
    throw new ConflictError(
      `Project '${slug}' is being deleted: no environment can be added to it`,
    );
  }
  const adding = wishes.adding?.environment;
  if (status !== 'active' && !adding) {
    throw new ConflictError(NOT_IN_OPERATION[status](slug));
  }
  const wished = wishedEnvironments(project);
  const existing = wished.find(({ name }) => name === wish.name);
  if (existing) {
    checkSame(slug, existing, request, wish);
    return adding === wish.name ? 'wished' : 'standing';
  }
  if (adding) {
    throw new ConflictError(
      status === 'failed'
        ? `Environment '${adding}' could not be added to project '${slug}': retry that first, then add '${wish.name}'`
        : `Environment '${adding}' is being added to project '${slug}': add '${wish.name}' when that has ended`,
    );
  }
  if (wished.length >= MAX_ENVIRONMENTS) {
    throw new ConflictError(
      `Project '${slug}' has ${wished.length} environments, and ${MAX_ENVIRONMENTS} is the most: put '${wish.name}' into a project of its own`,
    );
  }
  return 'new';
}

/** What was not asked for is as it is. */
function checkSame(
  slug: string,
  existing: WishedEnvironment,
  request: AddEnvironmentRequest,
  wish: WishedEnvironment,
): void {
  const differing = COMPARED.filter(
    field => request[field] !== undefined && existing[field] !== wish[field],
  );
  if (differing.length > 0) {
    throw new ConflictError(
      `Project '${slug}' has an environment '${existing.name}' on cluster '${
        existing.cluster
      }' with another ${differing.join(
        ' and ',
      )}: ask for the same, or choose another name`,
    );
  }
}
