import type { PreparedProject } from '../project/prepareProject';

/** One sentence on what a run would make, for the log of a dry run. */
export function describeProject({
  request,
  target,
  environments,
  defaultBranch,
}: PreparedProject): string {
  const { slug, files, repository } = request;
  return `Would create the ${repository.visibility ?? 'private'} repository ${
    target.url
  } with ${
    files.length
  } files on branch ${defaultBranch}, for project ${slug} with the environments ${environments.join(
    ', ',
  )}`;
}
