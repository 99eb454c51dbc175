import type { BackstageCredentials } from '@backstage/backend-plugin-api';
import { NotFoundError } from '@backstage/errors';
import type { Environment, Project } from '../database/tables';
import type { ProjectRights } from '../projects/ProjectAccess';
import type { RouterOptions } from './RouterOptions';

/** The project a route is about, if the caller may do this to it. */
export async function loadProject(
  options: Pick<RouterOptions, 'access' | 'projects'>,
  slug: string,
  right: keyof ProjectRights,
  credentials: BackstageCredentials,
) {
  const { project } = await options.access.admit(
    options.projects.getBySlug(slug).then(found => found && { project: found }),
    right,
    credentials,
    `project '${slug}'`,
  );
  return project;
}

/** @throws NotFoundError when the project has no environment of that name. */
export async function findEnvironment(
  { environments }: Pick<RouterOptions, 'environments'>,
  project: Project,
  name: string,
): Promise<Environment> {
  const environment = await environments.getByName(project.id, name);
  if (!environment) {
    throw new NotFoundError(
      `Project '${project.slug}' has no environment '${name}'`,
    );
  }
  return environment;
}
