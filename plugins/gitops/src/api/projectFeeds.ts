import { parseEntityRef } from '@backstage/catalog-model';
import type { SignalApi } from '@backstage/plugin-signals-react';
import type { GitopsApi } from './GitopsApi';
import { ProjectFeed } from './ProjectFeed';

const feedsByApi = new WeakMap<GitopsApi, Map<string, ProjectFeed>>();

/**
 * The feed of an entity: one for everything in the app that shows it, so that
 * card and tab share what was read.
 */
export function getProjectFeed(
  gitopsApi: GitopsApi,
  entityRef: string,
  signals: SignalApi | undefined,
): ProjectFeed {
  let feeds = feedsByApi.get(gitopsApi);
  if (!feeds) {
    feeds = new Map();
    feedsByApi.set(gitopsApi, feeds);
  }
  let feed = feeds.get(entityRef);
  if (!feed) {
    const owner = feeds;
    feed = new ProjectFeed({
      read: signal =>
        gitopsApi.getProjectByEntity(parseEntityRef(entityRef), { signal }),
      signals,
      onIdle: () => owner.delete(entityRef),
    });
    feeds.set(entityRef, feed);
  }
  return feed;
}
