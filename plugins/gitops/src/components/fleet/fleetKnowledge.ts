import {
  type ClusterKnowledge,
  clusterKnowledge,
  portalNow,
} from '../../presentation/clusterKnowledge';
import type { FleetSnapshot } from './FleetFeed';

/** How much of what the page shows about each cluster still holds. */
export function fleetKnowledge(
  snapshot: FleetSnapshot,
  now: number,
): Map<string, ClusterKnowledge> {
  const environments = snapshot.rows.flatMap(row => row.environments);
  const answeredAt = snapshot.answeredAt ?? now;
  return clusterKnowledge(
    {
      ...snapshot,
      project: {
        // Those who may not see clusters are shown what the portal says of the
        // environments, which is all there is to know for them.
        clusters: snapshot.clusters
          ? [...snapshot.clusters]
          : [...new Set(environments.map(({ cluster }) => cluster))].map(
              name => ({ name, state: 'live' as const }),
            ),
        environments,
        sources: [],
        serverTime: new Date(portalNow(snapshot, answeredAt)).toISOString(),
      },
    },
    now,
  );
}
