import { createTemplateAction } from '@backstage/plugin-scaffolder-node';
import { partInput } from '../project/projectInput';
import { requireUser } from '../setup/requireUser';
import { runSetup } from '../setup/runSetup';
import { examples } from './createEnvironmentsAction.examples';
import type { GitopsActionOptions } from './GitopsActionOptions';
import { environmentsOutput, setOutputs, slugOutput } from './outputs';

/**
 * `gitops:environments:create`: records the environments that were wished for
 * when the project was made.
 * @public
 */
export function createEnvironmentsAction(options: GitopsActionOptions) {
  const { gitops, auth } = options;
  return createTemplateAction({
    id: 'gitops:environments:create',
    description:
      'Creates the environments of a GitOps project: those given to gitops:repository:create, or development, staging and production.',
    examples,
    supportsDryRun: true,
    schema: {
      input: partInput,
      output: { ...slugOutput, ...environmentsOutput },
    },
    async handler(ctx) {
      const credentials = await requireUser(auth, ctx);
      const { slug, token } = ctx.input;
      if (ctx.isDryRun) {
        ctx.logger.info(`Would create the environments of project ${slug}`);
        setOutputs(ctx.output, { slug, environments: [] });
        return;
      }
      const { environments } = await runSetup({
        gitops,
        credentials,
        slug,
        through: 'create_environments',
        hostToken: token,
        logger: ctx.logger,
        signal: ctx.signal,
      });
      setOutputs(ctx.output, { slug, environments });
    },
  });
}
