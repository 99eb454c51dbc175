import {
  clusterStateSchema,
  projectStatusSchema,
  resourceStatusSchema,
} from '@backstage-gitops/plugin-gitops-common';
import type { ActionServices } from './ActionServices';

export function registerGetProjectStatus(services: ActionServices): void {
  const { access, reader, registry } = services;
  registry.register({
    name: 'get-project-status',
    title: 'Get the status of a GitOps project',
    description:
      'Tells of one service under GitOps which commit runs in which of its environments, in what state each is and since when, who suspended it if somebody did, and how fresh that knowledge is. A state of a cluster that is not live may be old: say so.',
    attributes: { readOnly: true, idempotent: true, destructive: false },
    schema: {
      input: z =>
        z.object({
          project: z.string().describe('Slug of the project, as listed'),
        }),
      output: z =>
        z.object({
          slug: z.string(),
          name: z.string(),
          status: z.enum(projectStatusSchema.options),
          repository: z.string().optional().describe('Page of the repository'),
          setUp: z.object({
            progress: z.number().describe('Percent'),
            running: z.boolean(),
            error: z.string().optional(),
          }),
          environments: z.array(
            z.object({
              name: z.string(),
              cluster: z.string(),
              namespace: z.string(),
              state: z.enum(resourceStatusSchema.options),
              since: z.string().optional(),
              commit: z.string().optional(),
              commitTitle: z.string().optional(),
              behind: z
                .string()
                .optional()
                .describe('Revision that is fetched but not applied yet'),
              suspendedBy: z.string().optional(),
              suspendedUntil: z.string().optional(),
              handledRequest: z
                .string()
                .optional()
                .describe('Last reconcile request that Flux has finished'),
              cause: z.string().optional().describe('What is wrong'),
            }),
          ),
          clusters: z.array(
            z.object({
              name: z.string(),
              state: z.enum(clusterStateSchema.options),
              lastSyncedAt: z.string().optional(),
              error: z.string().optional(),
            }),
          ),
        }),
    },
    action: async ({ input, credentials }) => {
      const { rights, ...record } = await access.admit(
        reader.find({ slug: input.project }),
        'read',
        credentials,
        `project '${input.project}'`,
      );
      const document = await reader.document(record, {
        update: rights.update,
        delete: rights.delete,
      });
      const { slug, name, status, initialization } = document;
      return {
        output: {
          slug,
          name,
          status,
          repository: document.repository?.url,
          setUp: {
            progress: initialization.progress,
            running: initialization.running,
            error: initialization.error,
          },
          environments: document.environments.map(
            ({ resource, ...environment }) => ({
              name: environment.name,
              cluster: environment.cluster,
              namespace: environment.namespace,
              state: resource?.status ?? 'pending',
              since: resource?.since,
              commit: resource?.commit,
              commitTitle: resource?.commitInfo?.title,
              behind: resource?.attributes.behind,
              suspendedBy: resource?.suspension?.by,
              suspendedUntil: resource?.suspension?.until,
              handledRequest: resource?.handledRequest,
              cause: resource?.diagnosis?.cause,
            }),
          ),
          clusters: document.clusters.map(
            ({ name: cluster, state, lastSyncedAt, error }) => ({
              name: cluster,
              state,
              lastSyncedAt,
              error,
            }),
          ),
        },
      };
    },
  });
}
