import { ConflictError } from '@backstage/errors';
import type { Project, Repository } from '../../database/tables';
import type { StepServices } from '../steps/StepContext';
import type { Subject } from './Subject';

/**
 * Gathers what a pre-flight looks at from the records of a project.
 *
 * @throws ConflictError when there is not yet all of it
 * @internal
 */
export async function readSubject(
  services: Pick<
    StepServices,
    'repositories' | 'gitAuths' | 'credentials' | 'checkSourceUrl'
  >,
  given: Pick<
    Subject,
    'environments' | 'overlaysIn' | 'provider' | 'hostCredential' | 'signal'
  > & { project: Project },
): Promise<Subject & { repository: Repository }> {
  const { id, slug } = given.project;
  const repository = await services.repositories.getByProject(id);
  const auth = await services.gitAuths.getByProject(id);
  if (!repository?.firstCommit || !auth || given.environments.length === 0) {
    throw new ConflictError(
      `The records of project '${slug}' are incomplete: retry the set-up`,
    );
  }
  return {
    ...given,
    repository,
    material: auth.material,
    credential: await services.credentials.open(auth),
    checkUrl: services.checkSourceUrl,
  };
}
