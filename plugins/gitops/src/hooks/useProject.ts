import { useMemo, useSyncExternalStore } from 'react';
import type { Entity } from '@backstage/catalog-model';
import type { ProjectSnapshot } from '../api/ProjectFeed';
import { useProjectFeed } from './useProjectFeed';

/** What {@link useProject} gives. */
export interface ProjectView extends ProjectSnapshot {
  refresh: () => Promise<void>;
  watchClosely: () => void;
}

/** The project of an entity, kept up to date while it is on screen. */
export function useProject(entity: Entity): ProjectView {
  const feed = useProjectFeed(entity);
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
