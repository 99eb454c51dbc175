import {
  ConflictError,
  InputError,
  NotAllowedError,
  toError,
} from '@backstage/errors';
import {
  phrase,
  type CredentialWish,
  type GitAuthType,
} from '@backstage-gitops/plugin-gitops-common';
import type {
  GitHostCredential,
  GitHostProvider,
  GitHostRegistry,
  RepositoryCredentialKind,
} from '@backstage-gitops/plugin-gitops-node';
import type {
  GitAuth,
  GitAuthMaterial,
  GitAuthStore,
  NewGitAuth,
} from '../database/GitAuthStore';
import type { RepositoryStore } from '../database/RepositoryStore';
import { secretLocations } from '../database/secretLocations';
import type { Project } from '../database/tables';
import type { ConnectionTokens } from './connections';
import type { CredentialTarget } from './kinds/CredentialTarget';
import { makeDeployKey, removeDeployKeys } from './kinds/deployKeys';
import type { FluxCredential } from './kinds/FluxCredential';
import { githubApiUrl } from './kinds/githubApp';
import { hostCall } from './kinds/hostCall';
import { makeProjectToken, removeProjectTokens } from './kinds/projectTokens';
import { inEnglish, notice, type Notice } from '../words/notice';
import { CredentialCheck, type Findings } from './validation/CredentialCheck';
import type { Vault } from './Vault';

// The longest that GitLab allows; a shorter one would end before people notice.
const PROJECT_TOKEN_LIFETIME_MS = 364 * 24 * 60 * 60_000;

/** What a host answers that does not give this credential, now or later. */
const REASONS_TO_TAKE_MORE = new Set([
  'ConflictError',
  'InputError',
  'NotAllowedError',
  'NotFoundError',
]);

const WORDS: Record<GitAuthType, string> = {
  token: 'token',
  oauth: 'OAuth',
  app: 'app',
  ssh: 'SSH',
};

/** How a kind of credential is called in a sentence. @internal */
export function credentialWord(type: GitAuthType): string {
  return WORDS[type];
}

/** Whether the portal made it at the host, and can revoke it there. @internal */
export function isManaged({ material }: Pick<GitAuth, 'material'>): boolean {
  return (
    (material.authType === 'ssh' && material.providerKeyId !== undefined) ||
    (material.authType === 'token' && material.providerTokenId !== undefined)
  );
}

/**
 * Makes what Flux reads a repository with out of what the user asked for, opens it
 * again when it has to be written into a cluster, and ends it at the host.
 *
 * @internal
 */
export class CredentialFactory {
  private readonly vault: Vault;
  private readonly gitHosts: GitHostRegistry;
  private readonly gitAuths: GitAuthStore;
  private readonly connectionTokens: Pick<ConnectionTokens, 'open'>;
  private readonly repositories: RepositoryStore;
  private readonly check = new CredentialCheck();

  constructor(options: {
    vault: Vault;
    gitHosts: GitHostRegistry;
    gitAuths: GitAuthStore;
    connectionTokens: Pick<ConnectionTokens, 'open'>;
    repositories: RepositoryStore;
  }) {
    this.vault = options.vault;
    this.gitHosts = options.gitHosts;
    this.gitAuths = options.gitAuths;
    this.connectionTokens = options.connectionTokens;
    this.repositories = options.repositories;
  }

  newId(): string {
    return this.gitAuths.newId();
  }

  /**
   * Refuses a wish that cannot be, before anything is made: a token or key of the
   * wrong form, one that the host does not accept or that cannot read this
   * repository, a connection of somebody else, a kind that the host does not have.
   *
   * @returns warnings about too much power, and the end that the host told
   */
  async checkWish(
    wish: CredentialWish,
    target: CredentialTarget,
  ): Promise<Findings> {
    const { provider } = target;
    switch (wish.kind) {
      case 'token':
        return this.check.token(wish, target);
      case 'app':
        return this.check.app(wish, target);
      case 'connection': {
        const credential = await this.openConnection(
          wish.connectionId,
          target.userRef,
          provider,
        );
        await this.check.mayRead(credential, target);
        return {};
      }
      case 'least':
        return {};
      default:
        if (!provider.repositoryCredentialKinds.includes(wish.kind)) {
          throw new InputError(
            `Git host '${provider.host}' has no ${
              wish.kind === 'ssh' ? 'deploy keys' : 'tokens of one repository'
            }: choose another kind of credential`,
          );
        }
        return {};
    }
  }

  /**
   * Makes a credential, at the host where that is its place. It may be called again
   * for the same id: what an earlier call left behind there is found and replaced.
   *
   * @param fallBack - With `least`, and where the host has nothing less: use the
   * token that acts at the host, and say so.
   */
  async make(
    authId: string,
    wish: CredentialWish,
    target: CredentialTarget,
    options: { fallBack?: boolean } = {},
  ): Promise<NewGitAuth> {
    const { project, provider, userRef } = target;
    const row = { id: authId, projectId: project.id, createdBy: userRef };
    const valid = (warning?: Partial<Notice>): NewGitAuth['validation'] => ({
      status: 'valid',
      ...warning,
    });
    switch (wish.kind) {
      case 'connection':
        await this.checkWish(wish, target);
        return {
          ...row,
          material: { authType: 'oauth', oauthAccountId: wish.connectionId },
          validation: valid(),
        };
      case 'token': {
        const { expiresAt, ...warning } = await this.checkWish(wish, target);
        const { token, username } = wish;
        return {
          ...row,
          material: {
            authType: 'token',
            tokenType: wish.tokenType ?? 'pat',
            token: this.vault.seal(token, secretLocations.gitAuthToken(authId)),
            username: provider.gitUsername({ token, username }),
            expiresAt,
          },
          validation: valid(warning),
          expiresAt,
        };
      }
      case 'app': {
        const warning = await this.checkWish(wish, target);
        const { appType, appId, installationId } = wish;
        return {
          ...row,
          material: {
            authType: 'app',
            appType,
            appId,
            installationId,
            privateKey: this.vault.seal(
              wish.privateKey,
              secretLocations.gitAuthAppKey(authId),
            ),
          },
          validation: valid(warning),
        };
      }
      case 'ssh':
      case 'project-token': {
        await this.checkWish(wish, target);
        const material = await this.makeAtHost(authId, wish.kind, target);
        return {
          ...row,
          material,
          validation: valid(),
          ...(material.authType === 'token' && {
            expiresAt: material.expiresAt,
          }),
        };
      }
      default:
        return this.makeLeast(row, target, options);
    }
  }

  /**
   * Whether what is stored is still what {@link CredentialFactory.make} would make
   * of the project's wish: after a failed attempt the user may have given another.
   */
  async isCurrent(
    auth: GitAuth,
    project: Project,
    target: CredentialTarget,
  ): Promise<boolean> {
    const wish = project.wishes.credential;
    const { material } = auth;
    switch (wish?.kind) {
      case 'connection':
        return (
          material.authType === 'oauth' &&
          material.oauthAccountId === wish.connectionId
        );
      case 'token':
        return (
          // It was stored, and erased from the wishes then.
          !wish.sealedToken ||
          (material.authType === 'token' &&
            this.openToken(auth.id, material) ===
              this.vault.open(
                wish.sealedToken,
                secretLocations.wishedToken(project.id),
              ))
        );
      case 'app':
        return !wish.sealedPrivateKey;
      case 'ssh':
        return material.authType === 'ssh';
      case 'project-token':
        return material.authType === 'token' && isManaged(auth);
      default:
        return (
          isManaged(auth) ||
          (material.authType === 'token' &&
            this.openToken(auth.id, material) === target.hostCredential?.token)
        );
    }
  }

  /**
   * What the user asked for when the project was made, in clear.
   *
   * @throws InputError when its secret is no longer stored
   */
  openWish(project: Project): CredentialWish {
    const wish = project.wishes.credential ?? { kind: 'least' };
    const open = (
      sealed: string | undefined,
      place: (id: string) => Parameters<Vault['open']>[1],
    ) => {
      if (!sealed) {
        throw new InputError(
          `The secret given for Flux is no longer stored with project '${project.slug}': run the template again and give it anew`,
        );
      }
      return this.vault.open(sealed, place(project.id));
    };
    switch (wish.kind) {
      case 'token': {
        const { sealedToken, ...rest } = wish;
        const token = open(sealedToken, secretLocations.wishedToken);
        return { ...rest, token };
      }
      case 'app': {
        const { sealedPrivateKey, ...rest } = wish;
        const privateKey = open(sealedPrivateKey, secretLocations.wishedAppKey);
        return { ...rest, privateKey };
      }
      default:
        return wish;
    }
  }

  /**
   * @throws NotFoundError when the user has no such connection, InputError when it
   * is to another host, ConflictError when it is no longer good.
   */
  async openConnection(
    connectionId: string,
    userRef: string,
    provider: GitHostProvider,
  ): Promise<GitHostCredential> {
    const opened = await this.connectionTokens.open(connectionId, userRef);
    if (opened.provider.baseUrl !== provider.baseUrl) {
      throw new InputError(
        `The chosen Git connection is to ${opened.provider.baseUrl}, the repository is at ${provider.baseUrl}: choose a connection to that host`,
      );
    }
    return opened.credential;
  }

  /** Opens what is stored for a project. */
  async open(auth: GitAuth): Promise<FluxCredential> {
    const { id: authId, projectId, material } = auth;
    switch (material.authType) {
      case 'token':
        return {
          authId,
          kind: 'basic',
          username: material.username ?? 'git',
          password: this.openToken(authId, material),
        };
      case 'oauth': {
        const { provider, credential } = await this.connectionTokens.open(
          material.oauthAccountId,
        );
        return {
          authId,
          renews: true,
          kind: 'basic',
          username: provider.gitUsername(credential),
          password: credential.token,
        };
      }
      case 'ssh':
        if (!material.url) {
          throw new ConflictError(
            `The SSH credential of project ${projectId} has no address: replace it`,
          );
        }
        return {
          authId,
          kind: 'ssh',
          identity: this.vault.open(
            material.privateKey,
            secretLocations.gitAuthSshKey(authId),
          ),
          publicKey: material.publicKey,
          knownHosts: material.knownHosts,
          url: material.url,
        };
      default: {
        const repository = await this.repositories.getByProject(projectId);
        if (!repository) {
          throw new ConflictError(
            `Project ${projectId} has no repository on record: retry its set-up`,
          );
        }
        return {
          authId,
          kind: 'github-app',
          appId: material.appId,
          installationId: material.installationId,
          privateKey: this.vault.open(
            material.privateKey,
            secretLocations.gitAuthAppKey(authId),
          ),
          apiUrl: githubApiUrl(this.gitHosts.get(repository.host)),
        };
      }
    }
  }

  /** Revokes at the host what the portal made there; what is gone already is success. */
  async revoke(
    { material }: Pick<GitAuth, 'material'>,
    target: CredentialTarget,
  ): Promise<void> {
    const { provider, repository } = target;
    if (material.authType === 'ssh' && material.providerKeyId) {
      await provider.deleteDeployKey(
        repository,
        material.providerKeyId,
        hostCall(target),
      );
    }
    if (material.authType === 'token' && material.providerTokenId) {
      await provider.revokeRepositoryToken(
        repository,
        material.providerTokenId,
        hostCall(target),
      );
    }
  }

  /** Removes at the host what an attempt for this id made and did not record. */
  async removeUnrecorded(
    authId: string,
    target: CredentialTarget,
  ): Promise<void> {
    const kinds = target.provider.repositoryCredentialKinds;
    if (kinds.includes('ssh')) {
      await removeDeployKeys(authId, target);
    }
    if (kinds.includes('project-token')) {
      await removeProjectTokens(authId, target);
    }
  }

  private async makeLeast(
    row: { id: string; projectId: string; createdBy: string },
    target: CredentialTarget,
    options: { fallBack?: boolean },
  ): Promise<NewGitAuth> {
    const { provider, hostCredential, signal } = target;
    const reasons: string[] = [];
    for (const kind of provider.repositoryCredentialKinds) {
      try {
        return await this.make(row.id, { kind }, target);
      } catch (error) {
        signal?.throwIfAborted();
        const { name, message } = toError(error);
        // A refused token or a host that is down is no reason to take more power.
        if (!REASONS_TO_TAKE_MORE.has(name)) {
          throw error;
        }
        reasons.push(message);
      }
    }
    const why = reasons.length
      ? reasons.join('; ')
      : phrase('nothingLess', { host: provider.host });
    if (!options.fallBack || !hostCredential) {
      throw new NotAllowedError(
        `The portal cannot make a read-only credential for this repository: ${inEnglish(
          why,
        )}. Give a token that may only read it`,
      );
    }
    const scopes = provider.scopesFor('fetch').join(', ');
    return {
      ...row,
      material: {
        authType: 'token',
        tokenType: 'pat',
        token: this.vault.seal(
          hostCredential.token,
          secretLocations.gitAuthToken(row.id),
        ),
        username: provider.gitUsername(hostCredential),
      },
      validation: {
        status: 'valid',
        ...notice('tokenOfSetup', {
          reasons: why,
          scopes: scopes && `: ${scopes}`,
        }),
      },
    };
  }

  private makeAtHost(
    authId: string,
    kind: RepositoryCredentialKind,
    target: CredentialTarget,
  ): Promise<GitAuthMaterial> {
    return kind === 'ssh'
      ? makeDeployKey(authId, target, this.vault)
      : makeProjectToken(authId, target, this.vault, PROJECT_TOKEN_LIFETIME_MS);
  }

  private openToken(
    authId: string,
    material: Extract<GitAuthMaterial, { authType: 'token' }>,
  ): string {
    return this.vault.open(
      material.token,
      secretLocations.gitAuthToken(authId),
    );
  }
}
