import type { Project, WishedEnvironment } from '../database/tables';

type Wishing = Pick<Project, 'wishes'>;

/** All environments that a project was asked to have, in their order. */
export function wishedEnvironments({ wishes }: Wishing): WishedEnvironment[] {
  return [...wishes.environments, ...(wishes.added ?? [])];
}

/**
 * Those of some environments that a run of the engine is about: all of them in
 * the set-up of a project, one where it is added to a project in operation. The
 * others, which are at work, are left alone then.
 */
export function environmentsOfRun<T extends { name: string }>(
  { wishes }: Wishing,
  environments: readonly T[],
): T[] {
  const { adding } = wishes;
  return environments.filter(
    ({ name }) => !adding || name === adding.environment,
  );
}
