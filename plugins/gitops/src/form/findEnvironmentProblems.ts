import { validateNames } from '@backstage-gitops/plugin-gitops-common';
import type { EnvironmentChoice } from './EnvironmentChoice';

/** What can be wrong with one environment; each has its words in the translation. */
export type EnvironmentProblem =
  | 'nameMissing'
  | 'nameInvalid'
  | 'nameTwice'
  | 'nameTooLong'
  | 'clusterUnknown';

/** A name that is good for any project: only the environment is judged by it. */
const ANY_PROJECT = 'a';
/** A name that is good in any project. */
const SHORTEST = 'a';

/**
 * Says of each environment what the backend would refuse.
 *
 * @param slug - Name of the project as far as it is given
 * @param clusters - Names of the clusters, undefined where they are not known
 * @returns in the order of the environments, undefined where nothing is wrong
 */
export function findEnvironmentProblems(
  environments: readonly EnvironmentChoice[],
  slug: string,
  clusters: readonly string[] | undefined,
): (EnvironmentProblem | undefined)[] {
  const seen = new Set<string>();
  return environments.map(({ name, cluster }) => {
    if (!name) {
      return 'nameMissing';
    }
    if (validateNames(ANY_PROJECT, [name]).length > 0) {
      return 'nameInvalid';
    }
    if (seen.has(name)) {
      return 'nameTwice';
    }
    seen.add(name);
    // What is wrong with the project's own name is said at its own field.
    const ownFaults = validateNames(slug, [SHORTEST]).length;
    if (validateNames(slug, [name]).length > ownFaults) {
      return 'nameTooLong';
    }
    return cluster && clusters && !clusters.includes(cluster)
      ? 'clusterUnknown'
      : undefined;
  });
}
