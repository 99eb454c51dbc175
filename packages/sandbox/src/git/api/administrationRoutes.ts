import { Router } from 'express';
import { Route } from './ApiContext';
import { ApiError } from './ApiError';
import { Documents } from './documents';

/** What only an administrator may ask, with a token that may administrate. */
export function addAdministrationRoutes(router: Router, route: Route) {
  router.get(
    '/admin/orgs',
    route(async context => {
      const user = context.signedIn;
      context.requireScopes('admin');
      if (!user.admin) {
        throw new ApiError(403, 'user should be the site admin');
      }
      const documents = new Documents(context.host, context.baseUrl);
      return {
        body: context.page(
          context.host.organizations.map(organization =>
            documents.organization(organization),
          ),
        ),
      };
    }),
  );
}
