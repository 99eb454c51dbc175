import type { BackstageCredentials } from '@backstage/backend-plugin-api';
import { NotFoundError } from '@backstage/errors';
import type { CatalogService } from '@backstage/plugin-catalog-node';
import type { DiscoveredDocument } from '@backstage-gitops/plugin-gitops-common';
import type { ClusterSessionStore } from '../database/ClusterSessionStore';
import type { DiscoveredResourceStore } from '../database/DiscoveredResourceStore';
import { clusterDocument } from '../projects/clusterDocument';
import { discoveriesOf } from './AnnotatedObjects';
import { discoveredDocument } from './discoveredDocument';

/** What pages read of the Flux objects that an entity points to. */
export class DiscoveredReader {
  constructor(
    private readonly services: {
      catalog: CatalogService;
      clusterSessions: ClusterSessionStore;
      discoveredResources: DiscoveredResourceStore;
    },
  ) {}

  /**
   * @param credentials - The caller's: the catalog decides whether they may see
   * the entity, and with it what the entity points to.
   * @throws NotFoundError when there is no such entity for the caller.
   */
  async read(
    entityRef: string,
    credentials: BackstageCredentials,
  ): Promise<DiscoveredDocument> {
    const { catalog, clusterSessions, discoveredResources } = this.services;
    const entity = await catalog.getEntityByRef(entityRef, { credentials });
    if (!entity) {
      throw new NotFoundError(`There is no entity ${entityRef}`);
    }
    const [resources, sessions] = await Promise.all([
      discoveredResources.listFor(discoveriesOf(entity)),
      clusterSessions.list(),
    ]);
    const at = new Date();
    const shown = new Set(resources.map(({ cluster }) => cluster));
    const clusters = sessions
      .filter(({ cluster }) => shown.has(cluster))
      .map(session => clusterDocument(session.cluster, session, at));
    return {
      entityRef,
      discovered: resources.map(resource =>
        discoveredDocument(
          resource,
          clusters.find(({ name }) => name === resource.cluster),
          at,
        ),
      ),
      clusters,
      serverTime: at.toISOString(),
    };
  }
}
