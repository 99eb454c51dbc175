import {
  DEFAULT_ENVIRONMENTS,
  type EnvironmentType,
  type EnvironmentWish,
} from '@backstage-gitops/plugin-gitops-common';

/** An environment as the form gives it; what is not chosen is absent. */
export type EnvironmentChoice = Pick<
  EnvironmentWish,
  'name' | 'type' | 'cluster' | 'approvalRequired' | 'minApprovals'
>;

/** What a new project has unless its maker says otherwise. */
export function defaultEnvironments(): EnvironmentChoice[] {
  return DEFAULT_ENVIRONMENTS.map(({ name }) => ({ name }));
}

/** Type of an environment whose type was left to its name. */
export function typeByName(name: string): EnvironmentType {
  return (
    DEFAULT_ENVIRONMENTS.find(each => each.name === name)?.type ?? 'custom'
  );
}

/** Reads what a form holds; names alone are environments, too. */
export function parseEnvironments(value: unknown): EnvironmentChoice[] {
  const items = Array.isArray(value) ? value : [];
  return items.map(item =>
    typeof item === 'string'
      ? { name: item }
      : { ...item, name: typeof item?.name === 'string' ? item.name : '' },
  );
}
