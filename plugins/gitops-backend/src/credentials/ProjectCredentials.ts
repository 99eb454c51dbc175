import type { LoggerService } from '@backstage/backend-plugin-api';
import { NotFoundError, toError } from '@backstage/errors';
import type {
  CredentialDocument,
  CredentialLocationDocument,
  RotationDocument,
} from '@backstage-gitops/plugin-gitops-common';
import type { GitHostRegistry } from '@backstage-gitops/plugin-gitops-node';
import type { Knex } from 'knex';
import type { CredentialLocationStore } from '../database/CredentialLocationStore';
import type { CredentialRotationStore } from '../database/CredentialRotationStore';
import type { GitAuth, GitAuthStore } from '../database/GitAuthStore';
import type { RepositoryStore } from '../database/RepositoryStore';
import type { ResourceStore } from '../database/ResourceStore';
import type {
  CredentialRotation,
  GitopsResource,
  Project,
} from '../database/tables';
import { withTransaction } from '../database/withTransaction';
import type { EventStore } from '../events/EventStore';
import type { HostCredentials } from '../projects/deletion/HostCredentials';
import { credentialTitle } from './kinds/names';
import { credentialTarget } from './kinds/CredentialTarget';
import { type CredentialFactory, isManaged } from './CredentialFactory';
import { noticeOf } from '../words/notice';
import type { CredentialRotator } from './rotation/CredentialRotator';

/**
 * What a project's credential is, where it stands, and its end with the project.
 * Nothing here has a secret in its hands.
 *
 * @internal
 */
export class ProjectCredentials implements HostCredentials {
  private readonly options: {
    knex: Knex;
    logger: LoggerService;
    gitHosts: GitHostRegistry;
    repositories: RepositoryStore;
    resources: ResourceStore;
    gitAuths: GitAuthStore;
    credentialRotations: CredentialRotationStore;
    credentialLocations: CredentialLocationStore;
    events: EventStore;
    credentials: CredentialFactory;
    rotator: Pick<CredentialRotator, 'notRotatable'>;
  };

  constructor(options: ProjectCredentials['options']) {
    this.options = options;
  }

  /** @throws NotFoundError while the set-up has not made it */
  async read(project: Project): Promise<CredentialDocument> {
    const { gitAuths, repositories, resources } = this.options;
    const [auth, repository, rows, locations, rotation] = await Promise.all([
      gitAuths.getByProject(project.id),
      repositories.getByProject(project.id),
      resources.listByProject(project.id),
      this.options.credentialLocations.listByProject(project.id),
      this.options.credentialRotations.getLatest(project.id),
    ]);
    if (!auth || !repository) {
      throw new NotFoundError(
        `Project '${project.slug}' has no credential yet: its set-up makes one`,
      );
    }
    const sources = rows.filter(({ type }) => type === 'git-repository');
    const feeding = (place: { cluster: string; namespace: string }) =>
      sources.filter(
        source =>
          source.cluster === place.cluster &&
          source.namespace === place.namespace,
      );
    const used = locations
      .filter(({ authId }) => authId === auth.id)
      .flatMap(location =>
        feeding(location).flatMap(
          source => lastFetch(source, auth.createdAt) ?? [],
        ),
      );
    const { message, wording } = noticeOf({
      message: auth.validationMessage,
      wording: auth.validationWording,
    });
    return {
      id: auth.id,
      ...kindOf(auth),
      host: repository.host,
      managed: isManaged(auth),
      validationStatus: auth.validationStatus,
      validationMessage: message,
      validationWording: wording,
      lastValidatedAt: auth.lastValidatedAt,
      lastUsedAt: [...used, ...(auth.lastUsedAt ? [auth.lastUsedAt] : [])]
        .sort()
        .at(-1),
      expiresAt: auth.expiresAt,
      createdBy: auth.createdBy,
      createdAt: auth.createdAt,
      locations: locations.map(location => ({
        cluster: location.cluster,
        namespace: location.namespace,
        environment: location.environment,
        secretName: location.secretName,
        state: stateOf(location, auth),
        syncedAt: location.syncedAt,
        feeds: feeding(location).map(({ name }) => name),
      })),
      rotation: rotation && rotationDocument(rotation),
      notRotatable: this.options.rotator.notRotatable(auth),
    };
  }

  async listManaged(project: Project) {
    const repository = await this.options.repositories.getByProject(project.id);
    if (!repository) {
      return [];
    }
    const auths = await this.options.gitAuths.listByProject(project.id);
    return auths.filter(isManaged).map(auth => ({
      kind: auth.material.authType === 'ssh' ? 'deploy key' : 'token',
      name: credentialTitle(project.slug, auth.id),
      host: repository.host,
    }));
  }

  /**
   * Ends at the host what the portal made there for a project: the one in use, those
   * on their way in or out, and one whose creation was not heard of. What cannot be
   * revoked is told in the history and does not keep the project.
   *
   * @throws ServiceUnavailableError when the host does not answer: nothing is
   * forgotten then, and it can be called again
   */
  async endAll(
    project: Project,
    options: { signal?: AbortSignal } = {},
  ): Promise<void> {
    const { gitAuths, credentialRotations, repositories, credentials } =
      this.options;
    const repository = await repositories.getByProject(project.id);
    if (!repository) {
      return;
    }
    const target = await credentialTarget({
      project,
      userRef: project.createdBy,
      provider: this.options.gitHosts.get(repository.host),
      repository,
      signal: options.signal,
    });
    const auths = await gitAuths.listByProject(project.id);
    for (const auth of auths.filter(isManaged)) {
      await this.end(project, credentialTitle(project.slug, auth.id), () =>
        credentials.revoke(auth, target),
      );
    }
    const rotation = await credentialRotations.getUnfinished(project.id);
    if (rotation && !auths.some(({ id }) => id === rotation.newAuthId)) {
      await this.end(
        project,
        credentialTitle(project.slug, rotation.newAuthId),
        () => credentials.removeUnrecorded(rotation.newAuthId, target),
      );
    }
  }

  private async end(
    project: Project,
    name: string,
    work: () => Promise<void>,
  ): Promise<void> {
    const { knex, events, logger } = this.options;
    try {
      await work();
    } catch (error) {
      const reason = toError(error);
      // With the repository the host has forgotten its keys and tokens.
      if (reason.name === 'NotFoundError') {
        return;
      }
      if (
        reason.name === 'ServiceUnavailableError' ||
        reason.name === 'AbortError'
      ) {
        throw reason;
      }
      const message = `'${name}' is left at the Git host and should be removed there by hand: ${reason.message}`;
      logger.warn(`Project ${project.slug}: ${message}`);
      await withTransaction(knex, trx =>
        events.append(trx, {
          eventType: 'audit',
          action: 'credential-left-at-host',
          severity: 'warning',
          projectId: project.id,
          resourceType: 'project',
          resourceId: project.id,
          message,
        }),
      );
    }
  }
}

function kindOf({
  material,
}: GitAuth): Pick<
  CredentialDocument,
  | 'authType'
  | 'tokenType'
  | 'appType'
  | 'username'
  | 'scopes'
  | 'fingerprint'
  | 'publicKey'
> {
  const { authType } = material;
  switch (authType) {
    case 'token':
      return {
        authType,
        tokenType: material.tokenType,
        username: material.username,
        scopes: material.scopes?.split(' '),
      };
    case 'app':
      return { authType, appType: material.appType };
    case 'ssh':
      return {
        authType,
        fingerprint: material.fingerprint,
        publicKey: material.publicKey,
      };
    default:
      return { authType };
  }
}

function stateOf(
  location: { status: CredentialLocationDocument['state']; authId?: string },
  auth: GitAuth,
): CredentialLocationDocument['state'] {
  return location.status === 'current' && location.authId !== auth.id
    ? 'outdated'
    : location.status;
}

/**
 * Latest time at which a source is known to have fetched since the credential that
 * it reads with was made: a ready source says when it got its artifact, when it became ready, and
 * which request it has handled. Fetches that bring nothing new leave no trace.
 */
function lastFetch(
  { status, suspended, observed }: GitopsResource,
  madeAt: string,
): string | undefined {
  if (status !== 'ready' || suspended || !observed) {
    return undefined;
  }
  // Controllers write whole seconds.
  const since = new Date(Math.floor(Date.parse(madeAt) / 1_000) * 1_000);
  const ready = observed.status?.conditions?.find(
    ({ type }) => type === 'Ready',
  );
  return [
    observed.status?.artifact?.lastUpdateTime,
    ready?.lastTransitionTime,
    observed.status?.lastHandledReconcileAt,
  ]
    .flatMap(text => {
      const at = text === undefined ? NaN : Date.parse(text);
      return Number.isNaN(at) || at < since.getTime()
        ? []
        : new Date(at).toISOString();
    })
    .sort()
    .at(-1);
}

function rotationDocument(rotation: CredentialRotation): RotationDocument {
  const { phase, phaseSince, startedAt, finishedAt, startedBy, error } =
    rotation;
  return { phase, phaseSince, startedAt, finishedAt, startedBy, error };
}
