import { Router } from 'express';
import { z } from 'zod/v3';
import { GitHostUser } from '../accounts';
import { newToken } from '../GitHostState';
import { knownScopes } from '../scopes';
import { ApiContext, Route } from './ApiContext';
import { ApiError, notFound } from './ApiError';
import { Documents } from './documents';

const newTokenSchema = z.object({
  name: z.string().min(1, 'Required'),
  scopes: z.array(z.string()).default([]),
});

function userOfPath(context: ApiContext): GitHostUser {
  const { user: login } = context.req.params;
  const user = context.host.findUser(login);
  if (!user) {
    throw notFound(`user redirect does not exist [name: ${login}]`);
  }
  return user;
}

/** The account whose tokens are asked for; only by its own password. */
function tokenOwner(context: ApiContext): GitHostUser {
  if (!context.withPassword) {
    throw new ApiError(401, 'auth required');
  }
  const user = userOfPath(context);
  if (user !== context.user && !context.signedIn.admin) {
    throw new ApiError(403, 'user should be the owner of the account');
  }
  return user;
}

/** Users, organizations and access tokens. */
export function addAccountRoutes(router: Router, route: Route) {
  router.get(
    '/user',
    route(async context => {
      const user = context.signedIn;
      context.requireScopes('user');
      return { body: new Documents(context.host, context.baseUrl).user(user) };
    }),
  );

  router.get(
    '/user/orgs',
    route(async context => {
      const user = context.signedIn;
      context.requireScopes('user', 'organization');
      const documents = new Documents(context.host, context.baseUrl);
      return {
        body: context.page(
          context.host.organizations
            .filter(organization =>
              [
                ...(organization.owners ?? []),
                ...(organization.members ?? []),
                ...(organization.readers ?? []),
              ].includes(user.username),
            )
            .map(organization => documents.organization(organization)),
        ),
      };
    }),
  );

  router.get(
    '/users/:user',
    route(async context => {
      context.requireScopes('user');
      const organization = context.host.findOrganization(
        context.req.params.user,
      );
      const documents = new Documents(context.host, context.baseUrl);
      // Gitea keeps organizations among the users.
      return {
        body: organization
          ? documents.user({
              username: organization.name,
              password: '',
              fullName: organization.fullName,
              email: '',
            })
          : documents.user(userOfPath(context)),
      };
    }),
  );

  router.get(
    '/users/:user/orgs/:organization/permissions',
    route(async context => {
      context.requireScopes('user', 'organization');
      const signedIn = context.signedIn;
      const user = userOfPath(context);
      const organization = context.host.findOrganization(
        context.req.params.organization,
      );
      if (!organization || (user !== signedIn && !signedIn.admin)) {
        throw notFound();
      }
      const owner = Boolean(
        user.admin || organization.owners?.includes(user.username),
      );
      const member =
        owner || Boolean(organization.members?.includes(user.username));
      return {
        body: {
          is_owner: owner,
          is_admin: owner,
          can_write: member,
          can_read:
            member || Boolean(organization.readers?.includes(user.username)),
          can_create_repository: context.host.mayCreateIn(organization, user),
        },
      };
    }),
  );

  router.get(
    '/orgs/:organization',
    route(async context => {
      context.requireScopes('organization');
      const organization = context.host.findOrganization(
        context.req.params.organization,
      );
      if (!organization) {
        throw notFound();
      }
      return {
        body: new Documents(context.host, context.baseUrl).organization(
          organization,
        ),
      };
    }),
  );

  router.get(
    '/users/:user/tokens',
    route(async context => {
      const user = tokenOwner(context);
      const documents = new Documents(context.host, context.baseUrl);
      return {
        body: context.page(
          context.host.state
            .tokensOf(user.username)
            .map(token => documents.token(token)),
        ),
      };
    }),
  );

  router.post(
    '/users/:user/tokens',
    route(async context => {
      const user = tokenOwner(context);
      const { name, scopes } = context.body(newTokenSchema);
      const { state } = context.host;
      if (state.tokensOf(user.username).some(token => token.name === name)) {
        throw new ApiError(400, 'access token name has been used already');
      }
      const unknown = scopes.find(scope => !knownScopes.includes(scope));
      if (unknown !== undefined) {
        throw new ApiError(400, `invalid access token scope: ${unknown}`);
      }
      if (scopes.length === 0) {
        throw new ApiError(400, 'access token must have a scope');
      }
      const secret = newToken();
      const token = state.addToken(user.username, name, secret, scopes);
      return {
        status: 201,
        body: new Documents(context.host, context.baseUrl).token(token, secret),
      };
    }),
  );

  router.delete(
    '/users/:user/tokens/:token',
    route(async context => {
      const user = tokenOwner(context);
      const { token: wanted } = context.req.params;
      const token = context.host.state
        .tokensOf(user.username)
        .find(other => other.name === wanted || String(other.id) === wanted);
      if (!token) {
        throw notFound();
      }
      context.host.state.removeToken(token.id);
      return { status: 204 };
    }),
  );
}
