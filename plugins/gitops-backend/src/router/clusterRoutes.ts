import {
  gitopsClusterReadPermission,
  type ClusterDocument,
} from '@backstage-gitops/plugin-gitops-common';
import type { Router } from 'express';
import { clusterDocument } from '../projects/clusterDocument';
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
    const at = new Date();
    const items: ClusterDocument[] = [
      ...names.map(name =>
        clusterDocument(
          name,
          sessions.find(session => session.cluster === name),
          at,
        ),
      ),
      ...refused.map(({ cluster, reason }) => ({
        name: cluster,
        state: 'unreachable' as const,
        error: reason,
      })),
    ];
    response.json({ items });
  });
}
