import type {
  ResourceStateDocument,
  ResourceStatus,
} from '@backstage-gitops/plugin-gitops-common';
import type { ClusterKnowledge } from './clusterKnowledge';

/** What may be drawn as the state of an object, given how old the knowledge is. */
export interface ShownState {
  status: ResourceStatus;
  /** RFC 3339 */
  since?: string;
  /** Drawn without the colour of the state. */
  muted: boolean;
  /** What it was when it was last seen, where `status` cannot say it. */
  lastKnown?: ResourceStatus;
  /** RFC 3339; the moment the state speaks of, where that is not now. */
  asOf?: string;
  /** The cluster was never heard from. */
  neverHeard?: boolean;
  /** The outcome before a state that is none itself. */
  previous?: ResourceStatus;
  /**
   * The last outcome, while work is under way on top of it: to be drawn as the
   * state, with the work marked beside it.
   */
  settled?: ResourceStatus;
}

/** Decides what may be drawn: an old state is never drawn as the current one. */
export function shownState(
  resource:
    | Pick<ResourceStateDocument, 'status' | 'since' | 'attributes'>
    | undefined,
  knowledge: ClusterKnowledge | undefined,
): ShownState {
  const trust = knowledge?.trust ?? 'old';
  const previous = resource?.attributes.previous?.status;
  if (trust === 'old') {
    const lastKnown =
      resource?.status === 'unknown' ? previous : resource?.status;
    return {
      status: 'unknown',
      since: knowledge?.heardAt,
      muted: true,
      lastKnown,
      neverHeard: knowledge?.heardAt === undefined,
    };
  }
  if (!resource) {
    return { status: 'pending', muted: true };
  }
  const { status, since } = resource;
  if (status === 'unknown') {
    return { status, since, muted: true, lastKnown: previous };
  }
  return {
    status,
    since,
    muted: trust === 'aging' || status === 'suspended',
    asOf: trust === 'aging' ? knowledge?.heardAt : undefined,
    previous: status === 'suspended' ? previous : undefined,
    settled:
      status === 'reconciling' && previous && isSettled(previous)
        ? previous
        : undefined,
  };
}

/** Needs somebody to do something. */
export function needsAttention(status: ResourceStatus): boolean {
  return status === 'failed' || status === 'stalled' || status === 'missing';
}

/** An outcome, as opposed to something under way. */
export function isSettled(status: ResourceStatus): boolean {
  return status === 'ready' || status === 'suspended' || needsAttention(status);
}
