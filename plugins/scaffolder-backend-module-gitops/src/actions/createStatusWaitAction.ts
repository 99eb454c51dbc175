import { createTemplateAction } from '@backstage/plugin-scaffolder-node';
import { durationToMilliseconds } from '@backstage/types';
import { resourceStatusSchema } from '@backstage-gitops/plugin-gitops-common';
import { requireUser } from '../setup/requireUser';
import { waitUntilReady } from '../status/waitUntilReady';
import { examples } from './createStatusWaitAction.examples';
import { durationSchema } from './durationSchema';
import type { GitopsActionOptions } from './GitopsActionOptions';
import { NO_COMMIT, setOutputs } from './outputs';

const DEFAULT_TIMEOUT = { minutes: 10 };

/** A Kustomization often fails for a moment, while its source is fetched. */
const DEFAULT_GRACE = { seconds: 10 };

/**
 * `gitops:status:wait`: ends when every environment of a project is Ready at a
 * commit, or fails with the diagnosis of what keeps it from that.
 * @public
 */
export function createStatusWaitAction(options: GitopsActionOptions) {
  const { gitops, auth } = options;
  return createTemplateAction({
    id: 'gitops:status:wait',
    description:
      'Waits until every environment of a GitOps project is Ready at a commit. Fails with the cause and the next step when one keeps failing, and when the time is over.',
    examples,
    supportsDryRun: true,
    schema: {
      input: {
        slug: z => z.string().describe('Project to wait for'),
        commitHash: z =>
          z
            .string()
            .optional()
            .describe(
              'Full id of the commit that has to be applied, as `gitops:repository:create` gives it; any commit will do if absent',
            ),
        timeout: z =>
          durationSchema(z)
            .optional()
            .describe('Longest wait; 10 minutes if absent'),
        grace: z =>
          durationSchema(z)
            .optional()
            .describe(
              'For how long an environment may be failing before that is believed; 10 seconds if absent. One that Flux has given up on (stalled) is believed at once',
            ),
      },
      output: {
        commitHash: z =>
          z.string().optional().describe('The commit that was waited for'),
        environments: z =>
          z
            .array(
              z.object({
                name: z.string().describe('Name, for example `staging`'),
                cluster: z.string().describe('Cluster it is on'),
                namespace: z.string().describe('Namespace of its workloads'),
                status: resourceStatusSchema.describe('State: `ready`'),
                commit: z
                  .string()
                  .optional()
                  .describe('Commit that is applied'),
                since: z
                  .string()
                  .optional()
                  .describe('When it became Ready, in RFC 3339'),
              }),
            )
            .describe('Environments in order'),
      },
    },
    async handler(ctx) {
      const credentials = await requireUser(auth, ctx);
      const { slug, timeout, grace } = ctx.input;
      const commit = ctx.input.commitHash;
      if (ctx.isDryRun) {
        ctx.logger.info(
          `Would wait until every environment of project ${slug} is Ready`,
        );
        setOutputs(ctx.output, {
          commitHash: commit ?? NO_COMMIT,
          environments: [],
        });
        return;
      }
      const project = await waitUntilReady({
        gitops,
        credentials,
        slug,
        commit,
        timeoutMs: durationToMilliseconds(timeout ?? DEFAULT_TIMEOUT),
        graceMs: durationToMilliseconds(grace ?? DEFAULT_GRACE),
        logger: ctx.logger,
        signal: ctx.signal,
      });
      setOutputs(ctx.output, {
        commitHash: commit,
        environments: project.environments.map(
          ({ name, cluster, namespace, resource }) => ({
            name,
            cluster,
            namespace,
            status: resource?.status ?? 'unknown',
            commit: resource?.commit,
            since: resource?.since,
          }),
        ),
      });
    },
  });
}
