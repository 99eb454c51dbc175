import type { AuthService, LoggerService } from '@backstage/backend-plugin-api';
import { CATALOG_FILTER_EXISTS } from '@backstage/catalog-client';
import type { Entity } from '@backstage/catalog-model';
import type { CatalogService } from '@backstage/plugin-catalog-node';
import {
  FLUX_OBJECTS_ANNOTATION,
  KUBERNETES_ID_LABEL,
  parseFluxObjects,
  type FluxObjectReference,
} from '@backstage-gitops/plugin-gitops-common';
import type { DiscoveredResourceStore } from '../database/DiscoveredResourceStore';

/** What the annotations of an entity point to. */
export function discoveriesOf(entity: Entity): {
  references: FluxObjectReference[];
  kubernetesId?: string;
} {
  const annotations = entity.metadata.annotations ?? {};
  return {
    references: parseFluxObjects(annotations[FLUX_OBJECTS_ANNOTATION] ?? '')
      .references,
    kubernetesId: annotations[KUBERNETES_ID_LABEL] || undefined,
  };
}

/**
 * Tells the status engine which Flux objects entities name, so that their state
 * is there before anybody opens a page. The catalog is read with the plugin's
 * own credentials: what is learned is which objects to look at, and who may see
 * the answer is decided by the entity when it is asked for.
 */
export class AnnotatedObjects {
  constructor(
    private readonly services: {
      auth: AuthService;
      catalog: CatalogService;
      discoveredResources: DiscoveredResourceStore;
      logger: LoggerService;
    },
  ) {}

  /** Brings the rows to what the catalog says now; a second run changes nothing. */
  async refresh(): Promise<void> {
    const { auth, catalog, discoveredResources, logger } = this.services;
    const found = new Map<string, FluxObjectReference>();
    const pages = catalog.streamEntities(
      {
        filter: {
          [`metadata.annotations.${FLUX_OBJECTS_ANNOTATION}`]:
            CATALOG_FILTER_EXISTS,
        },
        fields: ['kind', 'metadata'],
      },
      { credentials: await auth.getOwnServiceCredentials() },
    );
    for await (const entities of pages) {
      for (const entity of entities) {
        for (const item of discoveriesOf(entity).references) {
          found.set(
            [item.cluster, item.namespace, item.kind, item.name].join('/'),
            item,
          );
        }
      }
    }
    if (await discoveredResources.setAnnotated([...found.values()])) {
      logger.debug(`Entities point to ${found.size} Flux objects of others`);
    }
  }
}
