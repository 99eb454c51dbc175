import type { BackstageCredentials } from '@backstage/backend-plugin-api';
import type { ActionContext } from '@backstage/plugin-scaffolder-node';
import type { GitopsRepositoryActionOptions } from '../actions/GitopsActionOptions';
import { prepareProject, type ProjectInput } from './prepareProject';

/**
 * Hands the files and wishes of a task to the GitOps backend, once: a task that
 * is resumed or retried has lost its workspace, while the backend has the files.
 *
 * @returns the full reference of the project's entity
 */
export async function recordProject(
  ctx: Pick<
    ActionContext<ProjectInput>,
    | 'checkpoint'
    | 'input'
    | 'signal'
    | 'task'
    | 'templateInfo'
    | 'workspacePath'
  >,
  options: GitopsRepositoryActionOptions,
  credentials: BackstageCredentials,
): Promise<string> {
  return ctx.checkpoint({
    key: `gitops.project.${ctx.input.slug}`,
    fn: async () => {
      const { request } = await prepareProject(ctx, options.integrations);
      const project = await options.gitops.createProject(request, {
        credentials,
        signal: ctx.signal,
      });
      return project.entityRef;
    },
  });
}
