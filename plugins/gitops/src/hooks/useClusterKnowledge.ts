import { useMemo } from 'react';
import type { ProjectDocument } from '@backstage-gitops/plugin-gitops-common';
import type { ProjectSnapshot } from '../api/ProjectFeed';
import {
  type ClusterKnowledge,
  clusterKnowledge,
  isPageStale,
} from '../presentation/clusterKnowledge';
import { useNow } from './useNow';

/** How much of what is shown still holds; judged again every few seconds. */
export function useClusterKnowledge(
  snapshot: ProjectSnapshot & { project: ProjectDocument },
): { clusters: Map<string, ClusterKnowledge>; pageStale: boolean } {
  const ticking = useNow(5_000);
  return useMemo(() => {
    // The answer may be younger than the last tick.
    const now = Math.max(ticking, snapshot.answeredAt ?? 0);
    return {
      clusters: clusterKnowledge(snapshot, now),
      pageStale: isPageStale(snapshot, now),
    };
  }, [snapshot, ticking]);
}
