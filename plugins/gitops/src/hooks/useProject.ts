import { useMemo, useSyncExternalStore } from 'react';
import { type Entity, stringifyEntityRef } from '@backstage/catalog-model';
import { useApi, useApiHolder } from '@backstage/core-plugin-api';
import { signalApiRef } from '@backstage/plugin-signals-react';
import { gitopsApiRef } from '../api/GitopsApi';
import type { ProjectSnapshot } from '../api/ProjectFeed';
import { getProjectFeed } from '../api/projectFeeds';

/** What {@link useProject} gives. */
export interface ProjectView extends ProjectSnapshot {
  refresh: () => Promise<void>;
  watchClosely: () => void;
}

/**
 * The project of an entity, kept up to date while it is on screen. Works with
 * and without the signals plugin.
 */
export function useProject(entity: Entity): ProjectView {
  const gitopsApi = useApi(gitopsApiRef);
  const signals = useApiHolder().get(signalApiRef);
  const entityRef = stringifyEntityRef(entity);
  const feed = useMemo(() => {
    const shared = getProjectFeed(gitopsApi, entityRef, signals);
    shared.prepare();
    return shared;
  }, [gitopsApi, entityRef, signals]);
  const snapshot = useSyncExternalStore(feed.subscribe, feed.getSnapshot);
  return useMemo(
    () => ({
      ...snapshot,
      refresh: feed.refresh,
      watchClosely: feed.watchClosely,
    }),
    [snapshot, feed],
  );
}
