import { ConflictError } from '@backstage/errors';
import { environmentsOfRun } from '../environmentsOfRun';
import type { Step } from './StepContext';

/** Database and cluster have been read again and say the same. */
export const finish: Step = {
  name: 'finish',
  async run(context) {
    const { project, services, signal } = context;
    const environments = environmentsOfRun(
      project,
      await services.environments.listByProject(project.id),
    );
    const resources = (
      await services.resources.listByProject(project.id)
    ).filter(({ cluster, environmentId }) =>
      environments.some(environment =>
        environmentId
          ? environment.id === environmentId
          : environment.cluster === cluster,
      ),
    );
    const differences = await services.flux.findDifferences(
      { project, environments, resources },
      { signal },
    );
    if (differences.length > 0) {
      throw new ConflictError(
        `What stands in the cluster is not what project '${
          project.slug
        }' has written down: ${differences.join(
          ', ',
        )}. Retry the set-up, it puts this right`,
      );
    }
    return { resources: resources.length };
  },
};
