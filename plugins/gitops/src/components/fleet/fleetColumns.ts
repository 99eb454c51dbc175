import {
  DEFAULT_ENVIRONMENTS,
  type EnvironmentSummaryDocument,
  type ProjectSummaryDocument,
} from '@backstage-gitops/plugin-gitops-common';

/** More columns than these nobody can compare; the rest shares one. */
const MAX_COLUMNS = 6;

/** The columns of the matrix, in the order of promotion. */
export interface FleetColumns {
  names: string[];
  /** Some projects have environments that have no column of their own. */
  others: boolean;
}

/**
 * Chooses the environments that most projects have, and orders them as the
 * projects themselves do. The three defaults have a place whenever they occur.
 */
export function fleetColumns(
  rows: readonly ProjectSummaryDocument[],
): FleetColumns {
  const found = new Map<string, { count: number; places: number }>();
  for (const { environments } of rows) {
    environments.forEach(({ name }, index) => {
      const known = found.get(name) ?? { count: 0, places: 0 };
      // The middle of its slot, so that a place means the same in rows of any length.
      known.places += (index + 0.5) / environments.length;
      known.count += 1;
      found.set(name, known);
    });
  }
  const defaults = new Set<string>(
    DEFAULT_ENVIRONMENTS.map(({ name }) => name),
  );
  const names = [...found]
    .sort(
      ([a, one], [b, other]) =>
        Number(defaults.has(b)) - Number(defaults.has(a)) ||
        other.count - one.count ||
        a.localeCompare(b),
    )
    .slice(0, MAX_COLUMNS)
    .sort(
      ([a, one], [b, other]) =>
        one.places / one.count - other.places / other.count ||
        a.localeCompare(b),
    )
    .map(([name]) => name);
  return { names, others: found.size > names.length };
}

/** How an environment's commit relates to that of the stage before it. */
export interface StageComparison {
  relation: 'same' | 'differs';
  /** Name of the stage before. */
  before: string;
}

/**
 * All environments of a project follow one branch: one that is not at the commit
 * of the stage before has not got there yet.
 *
 * @returns per environment; undefined for the first one and where a commit is unknown
 */
export function compareStages(
  environments: readonly EnvironmentSummaryDocument[],
): (StageComparison | undefined)[] {
  return environments.map(({ commit }, index) => {
    const before = environments[index - 1];
    return commit && before?.commit
      ? {
          relation: commit === before.commit ? 'same' : 'differs',
          before: before.name,
        }
      : undefined;
  });
}
