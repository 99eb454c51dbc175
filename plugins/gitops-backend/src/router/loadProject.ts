import type { BackstageCredentials } from '@backstage/backend-plugin-api';
import type { ProjectRights } from '../projects/ProjectAccess';
import type { RouterOptions } from './RouterOptions';

/** The project a route is about, if the caller may do this to it. */
export async function loadProject(
  options: Pick<RouterOptions, 'access' | 'projects'>,
  slug: string,
  right: keyof ProjectRights,
  credentials: BackstageCredentials,
) {
  const { project } = await options.access.check(
    await options.projects.getBySlug(slug),
    right,
    credentials,
    `project '${slug}'`,
  );
  return project;
}
