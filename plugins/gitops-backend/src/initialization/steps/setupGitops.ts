import { ConflictError } from '@backstage/errors';
import { preflight } from '../preflight/preflight';
import type { Step } from './StepContext';

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
    const { provider, hostCredential, signal } = context;
    const credential = await services.credentials.open(auth);
    const { problems, warnings } = await preflight({
      project,
      repository,
      environments,
      material: auth.material,
      credential,
      provider,
      hostCredential,
      checkUrl: services.checkSourceUrl,
      signal,
    });
    for (const warning of warnings) {
      report.tell('info', warning);
    }
    if (problems.length > 0) {
      throw new SetupFailedError(problems.map(({ message }) => message));
    }

    const result = await services.flux.setupProject(
      {
        project,
        repository,
        environments,
        credential,
      },
      {
        signal,
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
