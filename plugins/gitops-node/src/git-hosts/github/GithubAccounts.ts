import { NotAllowedError } from '@backstage/errors';
import { z } from 'zod/v3';
import type { AccountPart } from '../gitHostParts';
import type {
  CredentialPurpose,
  GitHostCallOptions,
  GitHostIdentity,
  GitHostPower,
} from '../GitHostProvider';
import { sameName } from '../repositoryNames';
import type { GithubApi } from './GithubApi';
import {
  excessiveGithubScopes,
  GITHUB_SCOPES,
  missingGithubScopes,
} from './githubScopes';

const userSchema = z.object({
  id: z.number(),
  login: z.string(),
  email: z.string().nullish(),
  avatar_url: z.string().nullish(),
});
const membershipSchema = z.object({ state: z.string(), role: z.string() });
const organizationSchema = z.object({
  members_can_create_repositories: z.boolean().nullish(),
});

/** Who a GitHub credential belongs to and what it may do. */
export class GithubAccounts implements AccountPart {
  constructor(private readonly api: GithubApi) {}

  scopesFor(purpose: CredentialPurpose): string[] {
    return [...GITHUB_SCOPES[purpose]];
  }

  async whoAmI(options: GitHostCallOptions): Promise<GitHostIdentity> {
    const { data } = await this.api.call(
      'tell whose token it was given',
      options,
      [],
      octokit => octokit.rest.users.getAuthenticated(),
    );
    return this.identity(data);
  }

  async checkPower(
    purpose: CredentialPurpose,
    options: GitHostCallOptions,
  ): Promise<GitHostPower> {
    const { status, data, headers } = await this.api.call(
      'tell whose token it was given',
      options,
      [403],
      octokit => octokit.rest.users.getAuthenticated(),
    );
    if (status === 403) {
      // A token of an app has no user; that it can list what it was given shows
      // that it is good.
      await this.api.call(
        'list the repositories of its app',
        options,
        [],
        octokit =>
          octokit.rest.apps.listReposAccessibleToInstallation({ per_page: 1 }),
      );
      return { missing: [], excessive: [] };
    }
    const identity = this.identity(data);
    const expiresAt = expiryOf(headers);
    // Absent for fine-grained tokens, empty for one without any scope.
    const told = headers.get('x-oauth-scopes');
    if (told === null) {
      return { identity, expiresAt, missing: [], excessive: [] };
    }
    const scopes = told
      .split(',')
      .map(scope => scope.trim())
      .filter(scope => scope !== '');
    return {
      identity,
      expiresAt,
      scopes,
      missing: missingGithubScopes(purpose, scopes),
      excessive: excessiveGithubScopes(purpose, scopes),
    };
  }

  async checkMayCreate(
    owner: string,
    options: GitHostCallOptions,
  ): Promise<void> {
    const username = await this.usernameIfAny(options);
    if (username !== undefined && sameName(username, owner)) {
      return;
    }
    const organization = await this.api.call(
      `read organization '${owner}'`,
      options,
      [404],
      octokit => octokit.rest.orgs.get({ org: owner }),
    );
    if (organization.status === 404) {
      throw this.refusal(username, owner);
    }
    if (username === undefined) {
      // What an app may do is told by the attempt only.
      return;
    }
    const membership = await this.api.call(
      `read what '${username}' may do in organization '${owner}'`,
      options,
      [404],
      octokit =>
        octokit.rest.orgs.getMembershipForAuthenticatedUser({ org: owner }),
    );
    if (membership.status === 404) {
      throw this.refusal(username, owner);
    }
    const { state, role } = this.api.read(
      membershipSchema,
      membership.data,
      'membership',
    );
    const { members_can_create_repositories: membersMay } = this.api.read(
      organizationSchema,
      organization.data,
      'organization',
    );
    if (state !== 'active' || (role !== 'admin' && membersMay === false)) {
      throw this.refusal(username, owner);
    }
  }

  /** Undefined for a token of an app. */
  async usernameIfAny(
    options: GitHostCallOptions,
  ): Promise<string | undefined> {
    const { status, data } = await this.api.call(
      'tell whose token it was given',
      options,
      [403],
      octokit => octokit.rest.users.getAuthenticated(),
    );
    return status === 403 ? undefined : this.identity(data).username;
  }

  private identity(data: unknown): GitHostIdentity {
    const user = this.api.read(userSchema, data, 'user');
    return {
      id: String(user.id),
      username: user.login,
      email: user.email || undefined,
      avatarUrl: user.avatar_url || undefined,
    };
  }

  private refusal(username: string | undefined, owner: string): Error {
    return new NotAllowedError(
      username === undefined
        ? `The app of this portal may not create repositories under '${owner}' at Git host '${this.api.host}': install it there`
        : `Account '${username}' may not create repositories under '${owner}' at Git host '${this.api.host}': choose '${username}' as the owner, or ask an owner of '${owner}' for the right to create repositories`,
    );
  }
}

/** Reads "2026-03-01 12:00:00 UTC" or "2026-03-01 12:00:00 +0100". */
function expiryOf(headers: Headers): string | undefined {
  const value = headers.get('github-authentication-token-expiration');
  const at = value ? Date.parse(value) : NaN;
  return Number.isNaN(at) ? undefined : new Date(at).toISOString();
}
