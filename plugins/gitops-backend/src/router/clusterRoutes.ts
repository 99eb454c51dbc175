import { gitopsClusterReadPermission } from '@backstage-gitops/plugin-gitops-common';
import type { Router } from 'express';
import { clusterDocuments } from '../projects/clusterDocument';
import { anyCaller } from './caller';
import type { RouterOptions } from './RouterOptions';

/** Which clusters there are, and how fresh the knowledge of them is. */
export function addClusterRoutes(router: Router, options: RouterOptions): void {
  const { access, clusters, clusterSessions, httpAuth } = options;

  router.get('/clusters', async (request, response) => {
    const credentials = await anyCaller(httpAuth, request);
    await access.require(gitopsClusterReadPermission, credentials);
    const [names, refused, sessions] = await Promise.all([
      clusters.names(),
      clusters.refused(),
      clusterSessions.list(),
    ]);
    const items = clusterDocuments({ names, refused }, sessions, new Date());
    response.json({ items });
  });
}
