import type { Entity } from '@backstage/catalog-model';
import {
  ENTITY_PROJECT_ANNOTATION,
  FLUX_OBJECTS_ANNOTATION,
} from '@backstage-gitops/plugin-gitops-common';

/** True for entities that belong to a project. */
export function belongsToProject(entity: Entity): boolean {
  return Boolean(entity.metadata.annotations?.[ENTITY_PROJECT_ANNOTATION]);
}

/** True for entities that point to Flux objects which the portal did not create. */
export function pointsToFluxObjects(entity: Entity): boolean {
  return Boolean(entity.metadata.annotations?.[FLUX_OBJECTS_ANNOTATION]);
}
