import { createTemplateAction } from '@backstage/plugin-scaffolder-node';
import { environmentNamespace } from '@backstage-gitops/plugin-gitops-common';
import { prepareProject } from '../project/prepareProject';
import { projectInput } from '../project/projectInput';
import { recordProject } from '../project/recordProject';
import { requireUser } from '../setup/requireUser';
import { runSetup } from '../setup/runSetup';
import { examples } from './createProjectInitializeAction.examples';
import { describeProject } from './describeProject';
import type { GitopsRepositoryActionOptions } from './GitopsActionOptions';
import {
  dryRunRepositoryValues,
  environmentsOutput,
  fluxOutput,
  fluxValues,
  NO_FLUX_VALUES,
  repositoryOutput,
  repositoryValues,
  setOutputs,
  slugOutput,
} from './outputs';

/**
 * `gitops:project:initialize`: the whole set-up of a project in one step.
 * @public
 */
export function createProjectInitializeAction(
  options: GitopsRepositoryActionOptions,
) {
  const { gitops, auth, integrations } = options;
  return createTemplateAction({
    id: 'gitops:project:initialize',
    description:
      'Creates a GitOps project with everything that belongs to it: repository, first commit, credential, environments, namespaces and Flux objects. Does in one step what the other gitops actions do in parts. Running it again finds what is there.',
    examples,
    supportsDryRun: true,
    schema: {
      input: projectInput,
      output: {
        ...slugOutput,
        ...repositoryOutput,
        ...environmentsOutput,
        ...fluxOutput,
      },
    },
    async handler(ctx) {
      const credentials = await requireUser(auth, ctx);
      const { slug, token } = ctx.input;
      if (ctx.isDryRun) {
        const prepared = await prepareProject(ctx, integrations);
        ctx.logger.info(
          `${describeProject(
            prepared,
          )}, and their namespaces, credentials and Flux objects`,
        );
        setOutputs(ctx.output, {
          slug,
          ...dryRunRepositoryValues(prepared),
          ...NO_FLUX_VALUES,
          environments: prepared.environments.map(name => ({
            id: '',
            name,
            cluster: '',
            namespace: environmentNamespace(slug, name),
          })),
        });
        return;
      }
      const entityRef = await recordProject(ctx, options, credentials);
      const result = await runSetup({
        gitops,
        credentials,
        slug,
        hostToken: token,
        logger: ctx.logger,
        signal: ctx.signal,
      });
      setOutputs(ctx.output, {
        slug,
        ...repositoryValues(entityRef, result),
        environments: result.environments,
        ...fluxValues(result),
      });
    },
  });
}
