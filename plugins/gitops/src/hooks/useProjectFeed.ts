import { useMemo } from 'react';
import { type Entity, stringifyEntityRef } from '@backstage/catalog-model';
import { useApi, useApiHolder } from '@backstage/core-plugin-api';
import { signalApiRef } from '@backstage/plugin-signals-react';
import { gitopsApiRef } from '../api/GitopsApi';
import type { ProjectFeed } from '../api/ProjectFeed';
import { getProjectFeed } from '../api/projectFeeds';

/** The feed of an entity's project, reading already. Works with and without the signals plugin. */
export function useProjectFeed(entity: Entity): ProjectFeed {
  const gitopsApi = useApi(gitopsApiRef);
  const signals = useApiHolder().get(signalApiRef);
  const entityRef = stringifyEntityRef(entity);
  return useMemo(() => {
    const feed = getProjectFeed(gitopsApi, entityRef, signals);
    feed.prepare();
    return feed;
  }, [gitopsApi, entityRef, signals]);
}
