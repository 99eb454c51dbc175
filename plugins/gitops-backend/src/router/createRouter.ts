import { InputError } from '@backstage/errors';
import type { Router } from 'express';
import PromiseRouter from 'express-promise-router';
import { addClusterRoutes } from './clusterRoutes';
import { addConnectionRoutes } from './connectionRoutes';
import { addCredentialRoutes } from './credentialRoutes';
import { addDeletionRoutes } from './deletionRoutes';
import { addDiscoveredRoute } from './discoveredRoutes';
import { addEnvironmentRoutes } from './environmentRoutes';
import { addHealthRoute } from './healthRoutes';
import { addHistoryRoutes } from './historyRoutes';
import { addInitializationRoutes } from './initializationRoutes';
import { addProjectRoutes } from './projectRoutes';
import type { RouterOptions } from './RouterOptions';
import { addSyncLogRoutes } from './syncLogRoutes';

/** The REST interface below `/api/gitops`. */
export function createRouter(options: RouterOptions): Router {
  const router = PromiseRouter();
  router.use((request, _response, next) => {
    // No name has it, and PostgreSQL would fail at it.
    if (/%00/.test(request.url)) {
      throw new InputError('The address contains the character NUL');
    }
    next();
  });
  addHealthRoute(router, options);
  addProjectRoutes(router, options);
  addInitializationRoutes(router, options);
  addDeletionRoutes(router, options);
  addEnvironmentRoutes(router, options);
  addDiscoveredRoute(router, options);
  addHistoryRoutes(router, options);
  addSyncLogRoutes(router, options);
  addConnectionRoutes(router, options);
  addCredentialRoutes(router, options);
  addClusterRoutes(router, options);
  return router;
}
