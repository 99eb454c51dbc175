import { resolveSafeChildPath } from '@backstage/backend-plugin-api';
import { InputError } from '@backstage/errors';
import type { ScmIntegrationRegistry } from '@backstage/integration';
import type { ActionContext } from '@backstage/plugin-scaffolder-node';
import {
  type CreateProjectRequest,
  type CredentialWish,
  type EnvironmentWish,
  type Visibility,
  createProjectRequestSchema,
  DEFAULT_ENVIRONMENTS,
  validateNames,
} from '@backstage-gitops/plugin-gitops-common';
import { fullReference } from './fullReference';
import { readContentFiles } from './readContentFiles';
import {
  parseRepositoryTarget,
  type RepositoryTarget,
} from './RepositoryTarget';

/** Inputs as `projectInput` describes them. */
export type ProjectInput = {
  slug: string;
  name?: string;
  description?: string;
  owner: string;
  entityRef?: string;
  repoUrl: string;
  visibility?: Visibility;
  defaultBranch?: string;
  sourcePath?: string;
  environments?: (string | EnvironmentWish)[];
  credential?: CredentialWish;
  token?: string;
};

/** A request that has been checked as far as it can be without asking anybody. */
export interface PreparedProject {
  request: CreateProjectRequest & { entityRef: string };
  target: RepositoryTarget;
  environments: string[];
  defaultBranch: string;
}

/**
 * Turns a task's input and workspace into the request for a project.
 *
 * @throws InputError, or NotAllowedError for a path out of the workspace, that
 * names the input at fault; nothing has been made by then
 */
export async function prepareProject(
  ctx: Pick<
    ActionContext<ProjectInput>,
    'input' | 'workspacePath' | 'task' | 'templateInfo'
  >,
  integrations: ScmIntegrationRegistry,
): Promise<PreparedProject> {
  const { input } = ctx;
  const target = parseRepositoryTarget(input.repoUrl, integrations);
  const wishes = input.environments?.map(wish =>
    typeof wish === 'string' ? { name: wish } : wish,
  );
  const environments = (wishes ?? DEFAULT_ENVIRONMENTS).map(({ name }) => name);
  const problems = validateNames(input.slug, environments);
  if (problems.length > 0) {
    throw new InputError(problems.join(', '));
  }
  const ownerRef = fullReference('owner', input.owner, 'group');
  const entityRef = fullReference(
    'entityRef',
    input.entityRef ?? input.slug,
    'component',
  );
  const files = await readContentFiles(
    resolveSafeChildPath(ctx.workspacePath, input.sourcePath ?? '.'),
  );

  const request = createProjectRequestSchema.safeParse({
    slug: input.slug,
    name: input.name,
    description: input.description,
    ownerRef,
    entityRef,
    templateRef: ctx.templateInfo?.entityRef,
    taskId: ctx.task.id,
    repository: {
      host: target.host,
      owner: target.owner,
      name: target.name,
      visibility: input.visibility,
      defaultBranch: input.defaultBranch,
    },
    environments: wishes,
    files,
    credential:
      input.credential ??
      (target.connectionId === undefined
        ? undefined
        : { kind: 'connection', connectionId: target.connectionId }),
    hostToken: input.token,
  });
  if (!request.success) {
    // Paths and messages only: the values may hold tokens.
    const issues = request.error.issues.map(
      ({ path, message }) => `${path.join('.')}: ${message}`,
    );
    throw new InputError(`Invalid input, ${issues.join(', ')}`);
  }
  return {
    request: { ...request.data, entityRef },
    target,
    environments,
    defaultBranch: request.data.repository.defaultBranch,
  };
}
