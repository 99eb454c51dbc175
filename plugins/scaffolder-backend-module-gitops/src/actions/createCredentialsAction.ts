import { createTemplateAction } from '@backstage/plugin-scaffolder-node';
import { partInput } from '../project/projectInput';
import { requireUser } from '../setup/requireUser';
import { runSetup } from '../setup/runSetup';
import { examples } from './createCredentialsAction.examples';
import type { GitopsActionOptions } from './GitopsActionOptions';
import { setOutputs, slugOutput } from './outputs';

/**
 * `gitops:credentials:create`: stores, encrypted, what Flux reads the
 * repository with. Which credential that is was said when the project was made.
 * @public
 */
export function createCredentialsAction(options: GitopsActionOptions) {
  const { gitops, auth } = options;
  return createTemplateAction({
    id: 'gitops:credentials:create',
    description:
      'Stores the records of a GitOps project and, encrypted, the credential that Flux reads its repository with. The credential is the one given to gitops:repository:create.',
    examples,
    supportsDryRun: true,
    schema: { input: partInput, output: slugOutput },
    async handler(ctx) {
      const credentials = await requireUser(auth, ctx);
      const { slug, token } = ctx.input;
      if (ctx.isDryRun) {
        ctx.logger.info(
          `Would store the records of project ${slug} and the credential for its repository`,
        );
      } else {
        await runSetup({
          gitops,
          credentials,
          slug,
          through: 'create_records',
          hostToken: token,
          logger: ctx.logger,
          signal: ctx.signal,
        });
      }
      setOutputs(ctx.output, { slug });
    },
  });
}
