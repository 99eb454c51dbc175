import { createRouteRef, createSubRouteRef } from '@backstage/core-plugin-api';

// These serve both frontend systems.

/** The fleet page. */
export const fleetRouteRef = createRouteRef({ id: 'gitops-fleet' });

/**
 * The user's connections to Git hosts. They live below the fleet page, because
 * Git hosts are told one address to send users back to.
 */
export const connectionsRouteRef = createSubRouteRef({
  id: 'gitops-connections',
  parent: fleetRouteRef,
  path: '/connections',
});
