import {
  type FleetQuery,
  type ResourceStatus,
  resourceStatusSchema,
} from '@backstage-gitops/plugin-gitops-common';

/** What the user narrowed the fleet down to; lives in the page's address. */
export interface FleetFilter {
  state: ResourceStatus[];
  /** Full references. */
  owner: string[];
  cluster: string[];
  environment: string[];
  text: string;
  /** Only what the user or one of their groups owns. */
  mine: boolean;
  /** Only what the user has starred. */
  starred: boolean;
  order: NonNullable<FleetQuery['order']>;
}

/** Filters that narrow, in the order of their fields; `order` does not. */
const LISTS = ['state', 'owner', 'cluster', 'environment'] as const;
const SWITCHES = ['mine', 'starred'] as const;

/** Most starred entities that one request asks for: an address has its limits. */
export const MAX_STARRED = 150;

/** Reads the filter from the page's address; what it does not know, it leaves out. */
export function parseFleetFilter(parameters: URLSearchParams): FleetFilter {
  return {
    state: resourceStatusSchema.options.filter(status =>
      parameters.getAll('state').includes(status),
    ),
    owner: values(parameters, 'owner'),
    cluster: values(parameters, 'cluster'),
    environment: values(parameters, 'environment'),
    text: parameters.get('text') ?? '',
    mine: parameters.get('mine') === 'true',
    starred: parameters.get('starred') === 'true',
    order: parameters.get('order') === 'name' ? 'name' : 'attention',
  };
}

/** The opposite of {@link parseFleetFilter}; what is not narrowed is left out. */
export function formatFleetFilter(filter: FleetFilter): URLSearchParams {
  const parameters = new URLSearchParams();
  for (const name of LISTS) {
    for (const value of filter[name]) {
      parameters.append(name, value);
    }
  }
  if (filter.text) {
    parameters.set('text', filter.text);
  }
  for (const name of SWITCHES) {
    if (filter[name]) {
      parameters.set(name, 'true');
    }
  }
  if (filter.order !== 'attention') {
    parameters.set('order', filter.order);
  }
  return parameters;
}

/** Whether anything is left out of what the user may see. */
export function isNarrowed(filter: FleetFilter): boolean {
  return (
    LISTS.some(name => filter[name].length > 0) ||
    SWITCHES.some(name => filter[name]) ||
    filter.text !== ''
  );
}

/** What the user is to the catalog. */
export interface Viewer {
  /** Full references of the user and their groups. */
  ownership: string[];
  /** Full references. */
  starred: string[];
}

/** The request of a filter, or why nothing can match it. */
export type FleetWish =
  | { query: FleetQuery; impossible?: undefined }
  | { query?: undefined; impossible: 'noneOwned' | 'noneStarred' | 'nothing' };

/** Turns a filter into the question for the backend. */
export function fleetWish(filter: FleetFilter, viewer: Viewer): FleetWish {
  let { owner } = filter;
  if (filter.mine) {
    if (viewer.ownership.length === 0) {
      return { impossible: 'noneOwned' };
    }
    owner =
      owner.length > 0
        ? owner.filter(reference => viewer.ownership.includes(reference))
        : viewer.ownership;
    if (owner.length === 0) {
      return { impossible: 'nothing' };
    }
  }
  if (filter.starred && viewer.starred.length === 0) {
    return { impossible: 'noneStarred' };
  }
  return {
    query: {
      state: someOf(filter.state),
      owner: someOf(owner),
      cluster: someOf(filter.cluster),
      environment: someOf(filter.environment),
      text: filter.text || undefined,
      entity: filter.starred
        ? [...viewer.starred].sort().slice(0, MAX_STARRED)
        : undefined,
      order: filter.order,
    },
  };
}

function values(parameters: URLSearchParams, name: string): string[] {
  return [...new Set(parameters.getAll(name).filter(Boolean))];
}

function someOf<T>(items: T[]): T[] | undefined {
  return items.length > 0 ? items : undefined;
}
