import { createTemplateAction } from '@backstage/plugin-scaffolder-node';
import { partInput } from '../project/projectInput';
import { requireUser } from '../setup/requireUser';
import { runSetup } from '../setup/runSetup';
import { examples } from './createFluxAction.examples';
import type { GitopsActionOptions } from './GitopsActionOptions';
import {
  fluxOutput,
  fluxValues,
  NO_FLUX_VALUES,
  setOutputs,
  slugOutput,
} from './outputs';

/**
 * `gitops:flux:create`: namespaces, deploy identities, Secrets and Flux objects
 * in the clusters, up to the end of the set-up.
 * @public
 */
export function createFluxAction(options: GitopsActionOptions) {
  const { gitops, auth } = options;
  return createTemplateAction({
    id: 'gitops:flux:create',
    description:
      'Creates the namespaces, credentials and Flux objects of a GitOps project in its clusters and completes the set-up. The objects exist when it is over; gitops:status:wait waits until they are Ready.',
    examples,
    supportsDryRun: true,
    schema: { input: partInput, output: { ...slugOutput, ...fluxOutput } },
    async handler(ctx) {
      const credentials = await requireUser(auth, ctx);
      const { slug, token } = ctx.input;
      if (ctx.isDryRun) {
        ctx.logger.info(
          `Would create the namespaces, credentials and Flux objects of project ${slug}`,
        );
        setOutputs(ctx.output, { slug, ...NO_FLUX_VALUES });
        return;
      }
      const result = await runSetup({
        gitops,
        credentials,
        slug,
        through: 'finish',
        hostToken: token,
        logger: ctx.logger,
        signal: ctx.signal,
      });
      setOutputs(ctx.output, { slug, ...fluxValues(result) });
    },
  });
}
