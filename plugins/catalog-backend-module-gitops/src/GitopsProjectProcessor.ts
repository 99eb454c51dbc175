import type { Entity } from '@backstage/catalog-model';
import {
  type CatalogProcessor,
  type CatalogProcessorEmit,
  type LocationSpec,
  processingResult,
} from '@backstage/plugin-catalog-node';
import {
  ENTITY_PROJECT_ANNOTATION,
  FLUX_OBJECTS_ANNOTATION,
  parseFluxObjects,
  validateNames,
} from '@backstage-gitops/plugin-gitops-common';

/**
 * No project has a shorter environment name: what does not fit beside this one
 * fits beside none.
 */
const SHORTEST_ENVIRONMENT = 'a';

/**
 * Reports an annotation that can be no project's name, or that names no Flux
 * objects, where the owner of the entity sees it, instead of leaving them with a
 * page that finds nothing.
 *
 * Looks at the entity alone: whether the project exists is asked when the page
 * is opened, so that processing stays cheap and never waits for another plugin.
 * @public
 */
export class GitopsProjectProcessor implements CatalogProcessor {
  getProcessorName(): string {
    return 'GitopsProjectProcessor';
  }

  async postProcessEntity(
    entity: Entity,
    location: LocationSpec,
    emit: CatalogProcessorEmit,
  ): Promise<Entity> {
    const slug = entity.metadata.annotations?.[ENTITY_PROJECT_ANNOTATION];
    if (slug !== undefined) {
      const problems = validateNames(slug, [SHORTEST_ENVIRONMENT]);
      if (problems.length > 0) {
        emit(
          processingResult.inputError(
            location,
            `The annotation ${ENTITY_PROJECT_ANNOTATION} names no GitOps project: ${problems.join(
              ', ',
            )}. Write the project's name, or take the annotation away`,
          ),
        );
      }
    }
    const objects = entity.metadata.annotations?.[FLUX_OBJECTS_ANNOTATION];
    if (objects !== undefined) {
      const { problems } = parseFluxObjects(objects);
      if (problems.length > 0) {
        emit(
          processingResult.inputError(
            location,
            `The annotation ${FLUX_OBJECTS_ANNOTATION} cannot be read: ${problems.join(
              '; ',
            )}`,
          ),
        );
      }
    }
    return entity;
  }
}
