import { ConflictError, InputError, NotFoundError } from '@backstage/errors';
import type {
  GitHostCredential,
  GitHostProvider,
  GitHostRegistry,
} from '@backstage-gitops/plugin-gitops-node';
import type { GitAuthType } from '@backstage-gitops/plugin-gitops-common';
import type { ConnectionStore } from '../database/ConnectionStore';
import type {
  GitAuth,
  GitAuthMaterial,
  GitAuthStore,
} from '../database/GitAuthStore';
import { secretLocations } from '../database/secretLocations';
import type { Project } from '../database/tables';
import type { Vault } from './Vault';

/** What Git over HTTP wants, in clear; never stored, logged or answered. @internal */
export interface BasicCredential {
  username: string;
  password: string;
}

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

/**
 * Makes what Flux reads a repository with out of what the user asked for, and
 * opens it again when it has to be written into a cluster.
 *
 * @internal
 */
export class CredentialFactory {
  private readonly vault: Vault;
  private readonly gitHosts: GitHostRegistry;
  private readonly gitAuths: GitAuthStore;
  private readonly connections: ConnectionStore;

  constructor(options: {
    vault: Vault;
    gitHosts: GitHostRegistry;
    gitAuths: GitAuthStore;
    connections: ConnectionStore;
  }) {
    this.vault = options.vault;
    this.gitHosts = options.gitHosts;
    this.gitAuths = options.gitAuths;
    this.connections = options.connections;
  }

  /**
   * The row to store for a project: the user's connection, the token given for
   * it, or in want of both the token its run uses at the host.
   */
  async make(
    project: Project,
    run: { provider: GitHostProvider; hostCredential: GitHostCredential },
  ): Promise<{
    id: string;
    projectId: string;
    createdBy: string;
    material: GitAuthMaterial;
  }> {
    const id = this.gitAuths.newId();
    const wish = project.wishes.credential;
    const row = { id, projectId: project.id, createdBy: project.createdBy };
    if (wish?.kind === 'connection') {
      await this.openConnection(
        wish.connectionId,
        project.createdBy,
        run.provider,
      );
      return {
        ...row,
        material: { authType: 'oauth', oauthAccountId: wish.connectionId },
      };
    }
    const given = await this.openWish(project, run.provider);
    const credential = given ?? run.hostCredential;
    return {
      ...row,
      material: {
        authType: 'token',
        tokenType: 'pat',
        token: this.vault.seal(
          credential.token,
          secretLocations.gitAuthToken(id),
        ),
        username: run.provider.gitUsername(credential),
        ...(wish?.kind === 'token' &&
          wish.expiresAt && { expiresAt: wish.expiresAt }),
      },
    };
  }

  /**
   * Whether what is stored for a project is still what {@link CredentialFactory.make}
   * would store: after a failed attempt the user may have given another token.
   */
  async isCurrent(
    auth: GitAuth,
    project: Project,
    run: { provider: GitHostProvider; hostCredential: GitHostCredential },
  ): Promise<boolean> {
    const wish = project.wishes.credential;
    if (wish?.kind === 'connection') {
      return (
        auth.material.authType === 'oauth' &&
        auth.material.oauthAccountId === wish.connectionId
      );
    }
    if (wish?.kind === 'token' && !wish.sealedToken) {
      // It was stored, and erased from the wishes then.
      return true;
    }
    if (auth.material.authType !== 'token') {
      return false;
    }
    const wanted =
      (await this.openWish(project, run.provider)) ?? run.hostCredential;
    return (await this.open(auth)).password === wanted.token;
  }

  /** The credential the user asked Flux to have, if there is such a wish. */
  async openWish(
    project: Project,
    provider: GitHostProvider,
  ): Promise<GitHostCredential | undefined> {
    const wish = project.wishes.credential;
    if (!wish) {
      return undefined;
    }
    if (wish.kind === 'connection') {
      return this.openConnection(
        wish.connectionId,
        project.createdBy,
        provider,
      );
    }
    if (wish.kind !== 'token') {
      return undefined;
    }
    if (!wish.sealedToken) {
      throw new InputError(
        `The token given for Flux is no longer stored with project '${project.slug}': run the template again and give one`,
      );
    }
    return {
      token: this.vault.open(
        wish.sealedToken,
        secretLocations.wishedToken(project.id),
      ),
      username: wish.username,
    };
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
    const connection = await this.connections.get(connectionId);
    // Somebody else's connection looks like none.
    if (!connection || connection.userId !== userRef) {
      throw new NotFoundError(
        `You have no Git connection '${connectionId}': choose one of yours, or connect the account first`,
      );
    }
    if (connection.serverUrl !== provider.baseUrl) {
      throw new InputError(
        `The chosen Git connection is to ${connection.serverUrl}, the repository is at ${provider.baseUrl}: choose a connection to that host`,
      );
    }
    if (connection.status !== 'active') {
      throw new ConflictError(
        `The Git connection to ${connection.serverUrl} is ${connection.status}: connect the account again`,
      );
    }
    return {
      token: this.vault.open(
        connection.accessToken,
        secretLocations.connectionAccessToken(connection.id),
      ),
    };
  }

  /** Opens what is stored for a project. */
  async open(auth: GitAuth): Promise<BasicCredential> {
    const { material } = auth;
    switch (material.authType) {
      case 'token':
        return {
          username: material.username ?? 'git',
          password: this.vault.open(
            material.token,
            secretLocations.gitAuthToken(auth.id),
          ),
        };
      case 'oauth': {
        const connection = await this.connections.get(material.oauthAccountId);
        if (!connection) {
          throw new NotFoundError(
            `The Git connection of project ${auth.projectId} is gone: give the project another credential`,
          );
        }
        const provider = this.gitHosts.getByBaseUrl(connection.serverUrl);
        const credential = await this.openConnection(
          connection.id,
          connection.userId,
          provider,
        );
        return {
          username: provider.gitUsername(credential),
          password: credential.token,
        };
      }
      default:
        throw new ConflictError(
          `Project ${auth.projectId} has a credential of kind ${credentialWord(
            material.authType,
          )}, which cannot be brought to a cluster: give it a token or a connection`,
        );
    }
  }
}
