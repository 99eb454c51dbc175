import type { ClusterState } from '@backstage-gitops/plugin-gitops-common';
import type { Router } from 'express';
import type { ClusterSessionStore } from '../database/ClusterSessionStore';
import { clusterDocument } from '../projects/clusterDocument';

/** Answer of `GET /health`; it names nothing, because anybody may ask. */
interface HealthDocument {
  /**
   * `degraded`: some states on pages are old, and the pages say so; `error`: the
   * database cannot be read, so that there are no pages.
   */
  status: 'ok' | 'degraded' | 'error';
  /** Number of clusters by how fresh the knowledge of them is. */
  clusters?: Partial<Record<ClusterState, number>>;
}

/**
 * How the plugin is, for load balancers and alarms. A cluster that is gone makes
 * no portal unfit: only a database that is gone answers with 503, so that nobody
 * takes replicas out of service, or restarts them, for the trouble of a cluster.
 */
export function addHealthRoute(
  router: Router,
  options: { clusterSessions: ClusterSessionStore },
): void {
  router.get('/health', async (_, response) => {
    const sessions = await options.clusterSessions
      .list()
      .catch(() => undefined);
    if (!sessions) {
      const document: HealthDocument = { status: 'error' };
      response.status(503).json(document);
      return;
    }
    const at = new Date();
    const clusters: HealthDocument['clusters'] = {};
    for (const session of sessions) {
      const { state } = clusterDocument(session.cluster, session, at);
      clusters[state] = (clusters[state] ?? 0) + 1;
    }
    const document: HealthDocument = {
      status: (clusters.live ?? 0) === sessions.length ? 'ok' : 'degraded',
      clusters,
    };
    response.json(document);
  });
}
