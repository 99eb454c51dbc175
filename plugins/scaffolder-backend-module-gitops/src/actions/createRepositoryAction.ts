import { createTemplateAction } from '@backstage/plugin-scaffolder-node';
import { prepareProject } from '../project/prepareProject';
import { projectInput } from '../project/projectInput';
import { recordProject } from '../project/recordProject';
import { requireUser } from '../setup/requireUser';
import { runSetup } from '../setup/runSetup';
import { describeProject } from './describeProject';
import { examples } from './createRepositoryAction.examples';
import type { GitopsRepositoryActionOptions } from './GitopsActionOptions';
import {
  dryRunRepositoryValues,
  repositoryOutput,
  repositoryValues,
  setOutputs,
  slugOutput,
} from './outputs';

/**
 * `gitops:repository:create`: records the project, creates its repository and
 * pushes the rendered files as the first commit.
 * @public
 */
export function createRepositoryAction(options: GitopsRepositoryActionOptions) {
  const { gitops, auth, integrations } = options;
  return createTemplateAction({
    id: 'gitops:repository:create',
    description:
      'Creates a GitOps project with its repository, and pushes the rendered files as the first commit. Running it again finds what is there.',
    examples,
    supportsDryRun: true,
    schema: {
      input: projectInput,
      output: { ...slugOutput, ...repositoryOutput },
    },
    async handler(ctx) {
      const credentials = await requireUser(auth, ctx);
      const { slug, token } = ctx.input;
      if (ctx.isDryRun) {
        const prepared = await prepareProject(ctx, integrations);
        ctx.logger.info(describeProject(prepared));
        setOutputs(ctx.output, { slug, ...dryRunRepositoryValues(prepared) });
        return;
      }
      const entityRef = await recordProject(ctx, options, credentials);
      const result = await runSetup({
        gitops,
        credentials,
        slug,
        through: 'push_template',
        hostToken: token,
        logger: ctx.logger,
        signal: ctx.signal,
      });
      setOutputs(ctx.output, {
        slug,
        ...repositoryValues(entityRef, result),
      });
    },
  });
}
