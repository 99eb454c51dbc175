import { useMemo } from 'react';
import type { ProjectDocument } from '@backstage-gitops/plugin-gitops-common';
import type { ProjectSnapshot } from '../api/ProjectFeed';
import {
  type ClusterKnowledge,
  clusterKnowledge,
  isPageStale,
} from '../presentation/clusterKnowledge';
import { useTick } from './useTick';

/** How much of what is shown still holds; judged again every few seconds. */
export function useClusterKnowledge(
  snapshot: ProjectSnapshot & { project: ProjectDocument },
): { clusters: Map<string, ClusterKnowledge>; pageStale: boolean } {
  const tick = useTick(5_000);
  return useMemo(() => {
    const now = Date.now();
    return {
      clusters: clusterKnowledge(snapshot, now),
      pageStale: isPageStale(snapshot, now),
    };
    // Time passes by itself: the tick stands for it.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [snapshot, tick]);
}
