import type {
  ProjectDocument,
  ResourceStateDocument,
} from '@backstage-gitops/plugin-gitops-common';
import { isSettled } from './shownState';

/**
 * Lets every object that is being worked on keep the outcome this page last saw
 * of it, where the answer itself does not tell one: controllers overwrite it as
 * soon as they begin.
 */
export function keepSettled(
  project: ProjectDocument,
  before: ProjectDocument | undefined,
): ProjectDocument {
  if (!before || before.id !== project.id) {
    return project;
  }
  const keep = (
    resource: ResourceStateDocument,
    known: ResourceStateDocument | undefined,
  ): ResourceStateDocument => {
    if (
      resource.status !== 'reconciling' ||
      resource.attributes.previous ||
      !known
    ) {
      return resource;
    }
    const previous =
      isSettled(known.status) && known.status !== 'suspended'
        ? { status: known.status }
        : known.attributes.previous;
    return previous
      ? { ...resource, attributes: { ...resource.attributes, previous } }
      : resource;
  };
  return {
    ...project,
    sources: project.sources.map(source =>
      keep(
        source,
        before.sources.find(({ cluster }) => cluster === source.cluster),
      ),
    ),
    environments: project.environments.map(environment => ({
      ...environment,
      resource:
        environment.resource &&
        keep(
          environment.resource,
          before.environments.find(({ name }) => name === environment.name)
            ?.resource,
        ),
    })),
  };
}
