import { ConflictError } from '@backstage/errors';
import { overlayPath } from '@backstage-gitops/plugin-gitops-common';
import type { Environment, Repository } from '../../database/tables';
import type { Step, StepContext } from './StepContext';

/** Several things went wrong; the message joins them. @internal */
export class SetupFailedError extends Error {
  constructor(errors: readonly string[]) {
    super([...new Set(errors)].join(', '));
    this.name = 'SetupFailedError';
  }
}

/** The cluster took every object, and the rows hold their identities. */
export const setupGitops: Step = {
  name: 'setup_gitops',
  async run(context) {
    const { project, services, report } = context;
    const repository = await services.repositories.getByProject(project.id);
    const auth = await services.gitAuths.getByProject(project.id);
    const environments = await services.environments.listByProject(project.id);
    if (!repository?.firstCommit || !auth || environments.length === 0) {
      throw new ConflictError(
        `The records of project '${project.slug}' are incomplete: retry the set-up`,
      );
    }
    await checkOverlays(context, repository, environments);

    const result = await services.flux.setupProject(
      {
        project,
        repository,
        environments,
        credential: await services.credentials.open(auth),
      },
      {
        signal: context.signal,
        report,
        write: context.write,
        effect: context.effect,
        onEnvironment: done =>
          context.progress(Math.floor((done * 100) / environments.length)),
      },
    );
    if (!result.success) {
      throw new SetupFailedError(result.errors);
    }
    report.tell(
      'info',
      `GitOps resources created: ${result.namespaces.length} namespaces, ${result.gitRepositories.length} repositories, ${result.kustomizations.length} kustomizations`,
    );
    return { ...result };
  },
};

/** A path that is not in the commit would leave its environment failing for ever. */
async function checkOverlays(
  { project, provider, hostCredential, signal }: StepContext,
  repository: Repository,
  environments: readonly Environment[],
): Promise<void> {
  const missing: string[] = [];
  for (const { name } of environments) {
    const found = await provider.pathExists(
      repository,
      repository.firstCommit!,
      overlayPath(name),
      { credential: hostCredential, signal },
    );
    if (!found) {
      missing.push(overlayPath(name));
    }
  }
  if (missing.length > 0) {
    throw new ConflictError(
      `Commit ${repository.firstCommit} of project '${
        project.slug
      }' lacks ${missing.join(
        ', ',
      )}: add what is missing to the repository's template, then make the project anew`,
    );
  }
}
