import {
  fleetQuerySchema,
  projectStatusSchema,
  resourceStatusSchema,
} from '@backstage-gitops/plugin-gitops-common';
import type { ActionServices } from './ActionServices';

export function registerListProjects(services: ActionServices): void {
  const { access, fleet, registry } = services;
  registry.register({
    name: 'list-projects',
    title: 'List GitOps projects',
    description:
      'Lists the services that are under GitOps and that the caller may see, those in trouble first, each with the state and the deployed commit of its environments. Use the filters to find, for example, all projects whose production is failing.',
    attributes: { readOnly: true, idempotent: true, destructive: false },
    schema: {
      input: z =>
        z.object({
          state: z
            .array(z.enum(resourceStatusSchema.options))
            .optional()
            .describe(
              'Only projects with an environment in one of these states',
            ),
          environment: z
            .array(z.string())
            .max(20)
            .optional()
            .describe(
              'Only projects with an environment of one of these names; together with state, that very environment has to be in that state',
            ),
          cluster: z
            .array(z.string())
            .max(50)
            .optional()
            .describe('Only projects with an environment on one of these'),
          owner: z
            .array(z.string())
            .max(100)
            .optional()
            .describe(
              'Full entity references of owners, such as group:default/shop',
            ),
          text: z
            .string()
            .max(100)
            .optional()
            .describe('Part of the name of the project, case ignored'),
          limit: z
            .number()
            .int()
            .min(1)
            .max(100)
            .optional()
            .describe('Most projects in the answer; 25 if absent'),
          cursor: z
            .string()
            .optional()
            .describe('nextCursor of an answer, to read on from there'),
        }),
      output: z =>
        z.object({
          projects: z.array(
            z.object({
              slug: z.string().describe('Name that other actions take'),
              name: z.string(),
              status: z.enum(projectStatusSchema.options),
              entityRef: z.string(),
              ownerRef: z.string(),
              environments: z.array(
                z.object({
                  name: z.string(),
                  cluster: z.string(),
                  state: z.enum(resourceStatusSchema.options),
                  commit: z.string().optional(),
                  since: z.string().optional(),
                  cause: z.string().optional().describe('What is wrong'),
                }),
              ),
            }),
          ),
          total: z
            .number()
            .optional()
            .describe('Projects that match, told with the first page'),
          nextCursor: z.string().optional(),
        }),
    },
    action: async ({ input, credentials }) => {
      const restrict = await access.listRestriction(credentials);
      const { page } = await fleet.read({
        query: fleetQuerySchema.parse({ limit: 25, ...input }),
        restrict,
      });
      return {
        output: {
          projects: page.items.map(
            ({ slug, name, status, entityRef, ownerRef, environments }) => ({
              slug,
              name,
              status,
              entityRef,
              ownerRef,
              environments: environments.map(({ status: state, ...rest }) => ({
                ...rest,
                state,
              })),
            }),
          ),
          total: page.total,
          nextCursor: page.nextCursor,
        },
      };
    },
  });
}
