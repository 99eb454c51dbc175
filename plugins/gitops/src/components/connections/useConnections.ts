import { useCallback } from 'react';
import { useApi } from '@backstage/core-plugin-api';
import type {
  ConnectionDocument,
  ConnectionHostDocument,
} from '@backstage-gitops/plugin-gitops-common';
import { gitopsApiRef } from '../../api/GitopsApi';
import { type Reading, useRead } from '../../hooks/useRead';

/** One Git host, and the user's connections to it. */
export interface HostConnections {
  host: Pick<ConnectionHostDocument, 'host' | 'provider' | 'serverType'>;
  /** Absent for a host that the portal has ceased to offer. */
  offer?: ConnectionHostDocument;
  connections: ConnectionDocument[];
}

/** The hosts that the portal offers, and those the user is connected to. */
export function useConnections(): Reading<HostConnections[]> {
  const api = useApi(gitopsApiRef);
  const read = useCallback(
    async (signal: AbortSignal) => {
      const [offers, connections] = await Promise.all([
        api.listConnectionHosts({ signal }),
        api.listConnections({ signal }),
      ]);
      return groupByHost(offers, connections);
    },
    [api],
  );
  return useRead(read);
}

/** Hosts that are offered come first, in the order of the portal. */
export function groupByHost(
  offers: readonly ConnectionHostDocument[],
  connections: readonly ConnectionDocument[],
): HostConnections[] {
  const groups = new Map<string, HostConnections>();
  for (const offer of offers) {
    groups.set(offer.host, { host: offer, offer, connections: [] });
  }
  for (const connection of connections) {
    const group = groups.get(connection.host) ?? {
      host: connection,
      connections: [],
    };
    group.connections.push(connection);
    groups.set(connection.host, group);
  }
  return [...groups.values()];
}
