import { environmentsOfRun } from '../environmentsOfRun';
import { preflight } from '../preflight/preflight';
import { readSubject } from '../preflight/readSubject';
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
    const { provider, hostCredential, signal } = context;
    const all = await services.environments.listByProject(project.id);
    const environments = environmentsOfRun(project, all);
    const subject = await readSubject(services, {
      project,
      environments,
      overlaysIn: project.wishes.adding ? 'branch' : 'first commit',
      provider,
      hostCredential,
      signal,
    });
    const { problems, warnings } = await preflight(subject);
    for (const warning of warnings) {
      report.tell('info', warning);
    }
    if (problems.length > 0) {
      throw new SetupFailedError(problems.map(({ message }) => message));
    }

    const result = await services.flux.setupProject(
      {
        project,
        repository: subject.repository,
        environments: all,
        ...(project.wishes.adding && { targets: environments }),
        credential: subject.credential,
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
