import { lazy, Suspense } from 'react';
import type { Entity } from '@backstage/catalog-model';
import { Skeleton } from '@backstage/ui';
import { pointsToFluxObjects } from '../../presentation/entityMarks';

const DiscoveredObjects = lazy(() =>
  import('./DiscoveredObjects').then(module => ({
    default: module.DiscoveredObjects,
  })),
);

export interface DiscoveredSectionProps {
  entity: Entity;
}

/** Nothing for an entity that points to no Flux objects; loaded where it does. */
export function DiscoveredSection({ entity }: DiscoveredSectionProps) {
  return pointsToFluxObjects(entity) ? (
    <Suspense fallback={<Skeleton width="100%" height={72} />}>
      <DiscoveredObjects entity={entity} />
    </Suspense>
  ) : null;
}
