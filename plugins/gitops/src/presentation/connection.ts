import type { ClusterKnowledge } from './clusterKnowledge';

/** How well a page is in touch with what it shows. */
export interface Connection {
  state: 'live' | 'delayed' | 'offline';
  /** RFC 3339; since when nothing newer was heard. */
  heardAt?: string;
}

/** The worst of all clusters: a page is as live as its oldest part. */
export function connectionOf(
  clusters: ReadonlyMap<string, ClusterKnowledge>,
): Connection {
  const all = [...clusters.values()];
  const worst =
    all.find(({ trust }) => trust === 'old') ??
    all.find(({ trust }) => trust === 'aging');
  return worst
    ? {
        state: worst.trust === 'old' ? 'offline' : 'delayed',
        heardAt: worst.heardAt,
      }
    : { state: 'live' };
}
