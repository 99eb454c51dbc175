import { resourceStatusSchema } from '@backstage-gitops/plugin-gitops-common';
import { loadProject } from '../router/loadProject';
import type { ActionServices } from './ActionServices';

export function registerDiagnoseProject(services: ActionServices): void {
  const { reader, registry } = services;
  registry.register({
    name: 'diagnose-project',
    title: 'Diagnose a GitOps project',
    description:
      "Says what is wrong with the source and the environments of one service under GitOps: the cause, the object at fault, the next step, and the controllers' own words uncut. What is well is told, too, without a cause.",
    attributes: { readOnly: true, idempotent: true, destructive: false },
    schema: {
      input: z =>
        z.object({
          project: z.string().describe('Slug of the project, as listed'),
        }),
      output: z =>
        z.object({
          items: z.array(
            z.object({
              environment: z
                .string()
                .optional()
                .describe('Absent for the source, which serves all of them'),
              cluster: z.string(),
              resource: z.string().describe('Type, namespace and name'),
              state: z.enum(resourceStatusSchema.options),
              since: z.string().optional(),
              cause: z.string().optional(),
              subject: z.string().optional().describe('The object at fault'),
              nextStep: z.string().optional(),
              command: z.string().optional(),
              message: z.string().optional(),
            }),
          ),
        }),
    },
    action: async ({ input, credentials }) => {
      const project = await loadProject(
        services,
        input.project,
        'read',
        credentials,
      );
      const { items } = await reader.diagnosis(project);
      return {
        output: {
          items: items.map(item => {
            const { type, namespace, name } = item.resource;
            const { cause, subject, nextStep, command } = item.diagnosis ?? {};
            return {
              environment: item.environment,
              cluster: item.cluster,
              resource: `${type} ${namespace}/${name}`,
              state: item.status,
              since: item.since,
              cause,
              subject: subject && describe(subject),
              nextStep,
              command,
              message: item.message,
            };
          }),
        },
      };
    },
  });
}

function describe(subject: {
  kind?: string;
  namespace?: string;
  name: string;
  field?: string;
}): string {
  const { kind, namespace, name, field } = subject;
  const where = [namespace, name].filter(Boolean).join('/');
  return [kind, where, field].filter(Boolean).join(' ');
}
