import { useEffect, useMemo, useSyncExternalStore } from 'react';
import { useApi, useApiHolder } from '@backstage/core-plugin-api';
import { signalApiRef } from '@backstage/plugin-signals-react';
import type { FleetQuery } from '@backstage-gitops/plugin-gitops-common';
import { gitopsApiRef } from '../../api/GitopsApi';
import { FleetFeed, type FleetSnapshot } from './FleetFeed';

/** What {@link useFleet} gives. */
export interface FleetView extends FleetSnapshot {
  refresh: () => void;
  readMore: () => void;
}

/**
 * The fleet as the query narrows it, kept up to date while it is on screen.
 *
 * @param query - Undefined asks nothing
 */
export function useFleet(query: FleetQuery | undefined): FleetView {
  const api = useApi(gitopsApiRef);
  const signals = useApiHolder().get(signalApiRef);
  const feed = useMemo(() => new FleetFeed(api, signals), [api, signals]);
  const question = query && JSON.stringify(query);
  useEffect(() => {
    if (question) {
      feed.ask(JSON.parse(question) as FleetQuery);
    }
  }, [feed, question]);
  const snapshot = useSyncExternalStore(feed.subscribe, feed.getSnapshot);
  return useMemo(
    () => ({ ...snapshot, refresh: feed.refresh, readMore: feed.readMore }),
    [snapshot, feed],
  );
}
