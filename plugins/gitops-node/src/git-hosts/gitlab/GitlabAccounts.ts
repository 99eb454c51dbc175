import { AuthenticationError, NotAllowedError } from '@backstage/errors';
import {
  GroupMembers,
  Groups,
  PersonalAccessTokens,
  Users,
} from '@gitbeaker/rest';
import { z } from 'zod/v3';
import type { AccountPart } from '../gitHostParts';
import type {
  CredentialPurpose,
  GitHostCallOptions,
  GitHostIdentity,
  GitHostPower,
} from '../GitHostProvider';
import { sameName } from '../repositoryNames';
import type { GitlabApi } from './GitlabApi';
import {
  excessiveGitlabScopes,
  GITLAB_SCOPES,
  missingGitlabScopes,
} from './gitlabScopes';

const userSchema = z.object({
  id: z.number(),
  username: z.string(),
  email: z.string().nullish(),
  avatar_url: z.string().nullish(),
  is_admin: z.boolean().optional(),
  can_create_project: z.boolean().optional(),
});
type User = z.infer<typeof userSchema>;

const tokenSchema = z.object({
  scopes: z.array(z.string()),
  active: z.boolean(),
  expires_at: z.string().nullish(),
});
const oauthTokenSchema = z.object({
  scope: z.array(z.string()),
  expires_in: z.number().nullish(),
});
const groupSchema = z.object({ project_creation_level: z.string().nullish() });
const memberSchema = z.object({ access_level: z.number() });

const DEVELOPER = 30;
const MAINTAINER = 40;
const OWNER = 50;
/** The least role that may create projects, by a group's setting. */
const CREATION_LEVELS: Readonly<Record<string, number>> = {
  developer: DEVELOPER,
  maintainer: MAINTAINER,
  owner: OWNER,
  administrator: Infinity,
  noone: Infinity,
};

/** Who a GitLab credential belongs to and what it may do. */
export class GitlabAccounts implements AccountPart {
  constructor(private readonly api: GitlabApi) {}

  scopesFor(purpose: CredentialPurpose): string[] {
    return [...GITLAB_SCOPES[purpose]];
  }

  async whoAmI(options: GitHostCallOptions): Promise<GitHostIdentity> {
    return toIdentity(await this.user(options));
  }

  async checkPower(
    purpose: CredentialPurpose,
    options: GitHostCallOptions,
  ): Promise<GitHostPower> {
    const told =
      (await this.personalToken(options)) ?? (await this.oauthToken(options));
    const { status, data } = await this.api.call(
      'tell whose token it was given',
      options,
      // A token that can only read code may not ask.
      [403],
      client => new Users(client).showCurrentUser(),
    );
    return {
      identity:
        status === 403
          ? undefined
          : toIdentity(this.api.read(userSchema, data, 'user')),
      ...told,
      missing: missingGitlabScopes(purpose, told.scopes),
      excessive: excessiveGitlabScopes(purpose, told.scopes),
    };
  }

  async checkMayCreate(
    owner: string,
    options: GitHostCallOptions,
  ): Promise<void> {
    const user = await this.user(options);
    const { username } = user;
    if (sameName(username, owner)) {
      if (user.can_create_project === false) {
        throw this.refusal(username, owner);
      }
      return;
    }
    const group = await this.api.call(
      `read group '${owner}'`,
      options,
      [404],
      client => new Groups(client).show(owner, { withProjects: false }),
    );
    if (group.status === 404) {
      throw this.refusal(username, owner);
    }
    if (user.is_admin) {
      return;
    }
    const member = await this.api.call(
      `read what '${username}' may do in group '${owner}'`,
      options,
      [404],
      client =>
        new GroupMembers(client).show(owner, user.id, {
          includeInherited: true,
        }),
    );
    const level =
      this.api.read(groupSchema, group.data, 'group').project_creation_level ??
      'maintainer';
    if (
      member.status === 404 ||
      this.api.read(memberSchema, member.data, 'member').access_level <
        (CREATION_LEVELS[level] ?? MAINTAINER)
    ) {
      throw this.refusal(username, owner);
    }
  }

  private async user(options: GitHostCallOptions): Promise<User> {
    const { data } = await this.api.call(
      'tell whose token it was given',
      options,
      [],
      client => new Users(client).showCurrentUser(),
    );
    return this.api.read(userSchema, data, 'user');
  }

  /** Undefined for a token of an application. */
  private async personalToken(
    options: GitHostCallOptions,
  ): Promise<{ scopes: string[]; expiresAt?: string } | undefined> {
    const { status, data } = await this.api.call(
      'tell the scopes of its token',
      options,
      [400],
      client => new PersonalAccessTokens(client).show(),
    );
    if (status === 400) {
      return undefined;
    }
    const token = this.api.read(tokenSchema, data, 'token');
    if (!token.active) {
      throw new AuthenticationError(
        `The token at Git host '${this.api.host}' has expired or was revoked: replace it`,
      );
    }
    return {
      scopes: token.scopes,
      // A day; the token ends when it begins, in UTC.
      expiresAt: token.expires_at
        ? new Date(token.expires_at).toISOString()
        : undefined,
    };
  }

  private async oauthToken(
    options: GitHostCallOptions,
  ): Promise<{ scopes: string[]; expiresAt?: string }> {
    const { data } = await this.api.getPage(
      '/oauth/token/info',
      'tell the scopes of its token',
      options,
      [],
    );
    const token = this.api.read(oauthTokenSchema, data, 'token');
    return {
      scopes: token.scope,
      expiresAt: token.expires_in
        ? new Date(Date.now() + token.expires_in * 1000).toISOString()
        : undefined,
    };
  }

  private refusal(username: string, owner: string): Error {
    return new NotAllowedError(
      `Account '${username}' may not create repositories under '${owner}' at Git host '${this.api.host}': choose '${username}' as the owner, or ask an owner of '${owner}' for the right to create repositories`,
    );
  }
}

function toIdentity(user: User): GitHostIdentity {
  return {
    id: String(user.id),
    username: user.username,
    email: user.email || undefined,
    avatarUrl: user.avatar_url || undefined,
  };
}
