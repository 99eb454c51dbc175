import { environmentNamespace } from '@backstage-gitops/plugin-gitops-common';
import { environmentsOfRun, wishedEnvironments } from '../environmentsOfRun';
import type { Step } from './StepContext';

/** The environments have their rows, in the order they were asked for. */
export const createEnvironments: Step = {
  name: 'create_environments',
  async run(context) {
    const { project, services } = context;
    const rows = await context.effect('write environments', () =>
      context.write(async trx => {
        const written = [];
        const wished = wishedEnvironments(project);
        for (const wish of environmentsOfRun(project, wished)) {
          written.push(
            await services.environments.put(trx, {
              projectId: project.id,
              name: wish.name,
              displayName: wish.displayName,
              type: wish.type,
              description: wish.description,
              cluster: wish.cluster,
              namespace: environmentNamespace(project.slug, wish.name),
              position: wished.indexOf(wish),
              config: wish.approvalRequired
                ? {
                    approvalRequired: true,
                    minApprovals: wish.minApprovals,
                  }
                : undefined,
            }),
          );
        }
        return written;
      }),
    );
    return { environments: rows.map(({ name }) => name) };
  },
};
