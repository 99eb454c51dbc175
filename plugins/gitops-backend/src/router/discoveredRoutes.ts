import type { HttpAuthService } from '@backstage/backend-plugin-api';
import { stringifyEntityRef } from '@backstage/catalog-model';
import type { Router } from 'express';
import type { DiscoveredReader } from '../discovered/DiscoveredReader';
import { anyCaller } from './caller';
import { sendTagged } from './sendTagged';

/**
 * The Flux objects of others that an entity points to. A route of its own: only
 * the catalog knows what an entity points to, and the page of a project is to be
 * read without asking it.
 */
export function addDiscoveredRoute(
  router: Router,
  options: { httpAuth: HttpAuthService; discovered: DiscoveredReader },
): void {
  router.get(
    '/entities/:kind/:namespace/:name/discovered',
    async (request, response) => {
      const credentials = await anyCaller(options.httpAuth, request);
      const entityRef = stringifyEntityRef(request.params);
      sendTagged(
        response,
        await options.discovered.read(entityRef, credentials),
      );
    },
  );
}
