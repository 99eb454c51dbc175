import { NotAllowedError } from '@backstage/errors';
import { z } from 'zod/v3';
import type { AccountPart } from '../gitHostParts';
import type {
  CredentialPurpose,
  GitHostCallOptions,
  GitHostIdentity,
  GitHostPower,
} from '../GitHostProvider';
import { messageOf } from '../http/GitHostHttp';
import { sameName } from '../repositoryNames';
import type { GiteaApi } from './GiteaApi';
import {
  excessiveGiteaScopes,
  GITEA_SCOPES,
  missingGiteaScopes,
  scopesOfRefusal,
} from './giteaScopes';

const userSchema = z.object({
  id: z.number(),
  login: z.string(),
  email: z.string().optional(),
  avatar_url: z.string().optional(),
});
const orgPermissionsSchema = z.object({ can_create_repository: z.boolean() });

/** Who a Gitea credential belongs to and what it may do. */
export class GiteaAccounts implements AccountPart {
  constructor(private readonly api: GiteaApi) {}

  scopesFor(purpose: CredentialPurpose): string[] {
    return [...GITEA_SCOPES[purpose]];
  }

  async whoAmI(options: GitHostCallOptions): Promise<GitHostIdentity> {
    const { body } = await this.api.call(
      'GET',
      '/user',
      'tell whose token it was given',
      [200],
      options,
    );
    return this.identity(body);
  }

  async checkPower(
    purpose: CredentialPurpose,
    options: GitHostCallOptions,
  ): Promise<GitHostPower> {
    const identity = await this.identityIfTold(options);
    const scopes = await this.scopes(options);
    if (scopes) {
      return {
        identity,
        scopes,
        missing: missingGiteaScopes(purpose, scopes),
        excessive: excessiveGiteaScopes(purpose, scopes),
      };
    }
    return {
      identity,
      missing: await this.probe(purpose, options),
      // Only a password and a token that may administrate get past the question
      // for scopes.
      excessive: ['all'],
    };
  }

  async checkMayCreate(
    owner: string,
    options: GitHostCallOptions,
  ): Promise<void> {
    const { username } = await this.whoAmI(options);
    if (sameName(username, owner)) {
      return;
    }
    const { status, body } = await this.api.call(
      'GET',
      `/users/${encodeURIComponent(username)}/orgs/${encodeURIComponent(
        owner,
      )}/permissions`,
      `read what '${username}' may do in organization '${owner}'`,
      [200, 404],
      options,
    );
    if (
      status === 404 ||
      !this.api.read(orgPermissionsSchema, body, 'organization permissions')
        .can_create_repository
    ) {
      throw new NotAllowedError(
        `Account '${username}' may not create repositories under '${owner}' at Git host '${this.api.host}': choose '${username}' as the owner, or ask an owner of '${owner}' for the right to create repositories`,
      );
    }
  }

  private identity(body: unknown): GitHostIdentity {
    const user = this.api.read(userSchema, body, 'user');
    return {
      id: String(user.id),
      username: user.login,
      email: user.email || undefined,
      avatarUrl: user.avatar_url || undefined,
    };
  }

  /** Undefined for a token that is good and may not read its user. */
  private async identityIfTold(
    options: GitHostCallOptions,
  ): Promise<GitHostIdentity | undefined> {
    const { status, body } = await this.api.call(
      'GET',
      '/user',
      'tell whose token it was given',
      [200, 403],
      options,
    );
    return status === 200 ? this.identity(body) : undefined;
  }

  /**
   * Asks for what needs the one scope that the portal never asks for: the refusal
   * names all scopes of the token. Undefined where it is not refused for scopes.
   */
  private async scopes(
    options: GitHostCallOptions,
  ): Promise<string[] | undefined> {
    const { body } = await this.api.call(
      'GET',
      '/admin/orgs?limit=1',
      'tell the scopes of its token',
      [200, 403, 404],
      options,
    );
    return scopesOfRefusal(messageOf(body))?.scopes;
  }

  /** Requests that a lack of scope refuses, and a lack of content otherwise. */
  private async probe(
    purpose: CredentialPurpose,
    options: GitHostCallOptions,
  ): Promise<string[]> {
    const { body } =
      purpose === 'fetch'
        ? await this.api.call(
            'GET',
            '/user/repos?limit=1',
            'list a repository',
            [200, 403],
            options,
          )
        : await this.api.call(
            'POST',
            '/user/repos',
            'tell whether its token may create repositories',
            [403, 422],
            options,
            {},
          );
    return scopesOfRefusal(messageOf(body))?.required ?? [];
  }
}
