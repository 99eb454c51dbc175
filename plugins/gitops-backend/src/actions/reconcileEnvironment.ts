import { audited } from '../router/audited';
import { requireUser } from '../router/caller';
import { findEnvironment, loadProject } from '../router/loadProject';
import type { ActionServices } from './ActionServices';

export function registerReconcileEnvironment(services: ActionServices): void {
  const { auditor, environmentActions, registry } = services;
  registry.register({
    name: 'reconcile-environment',
    title: 'Reconcile an environment',
    description:
      'Asks Flux to fetch the repository of a service and to apply it to one of its environments now, instead of at its next interval. It has ended when handledRequest of the environment, as get-project-status tells it, equals requestedAt; the state then says what came of it. A suspended environment is refused.',
    attributes: { readOnly: false, idempotent: true, destructive: false },
    schema: {
      input: z =>
        z.object({
          project: z.string().describe('Slug of the project, as listed'),
          environment: z.string().describe('Name of the environment'),
          withSource: z
            .boolean()
            .optional()
            .describe(
              'Fetch the repository first, so that the newest commit is applied; true if absent',
            ),
        }),
      output: z =>
        z.object({
          requestedAt: z
            .string()
            .describe('Token by which the request is recognised when it ended'),
        }),
    },
    action: async ({ input, credentials }) => {
      const { project: slug, environment: name } = input;
      const { userRef } = requireUser(credentials);
      const project = await loadProject(services, slug, 'update', credentials);
      const environment = await findEnvironment(services, project, name);
      const output = await audited(
        auditor,
        {
          eventId: 'environment-mutate',
          meta: { slug, environment: name, action: 'reconcile' },
        },
        () =>
          environmentActions.reconcile(project, environment, userRef, {
            withSource: input.withSource,
          }),
      );
      return { output };
    },
  });
}
