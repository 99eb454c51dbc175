import { ConflictError } from '@backstage/errors';
import type { Step } from './StepContext';

/** Database and cluster have been read again and say the same. */
export const finish: Step = {
  name: 'finish',
  async run(context) {
    const { project, services, signal } = context;
    const environments = await services.environments.listByProject(project.id);
    const resources = await services.resources.listByProject(project.id);
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
