import type {
  Page,
  SyncLogDocument,
} from '@backstage-gitops/plugin-gitops-common';
import type { Router } from 'express';
import type { GitSyncLog } from '../database/tables';
import { anyCaller } from './caller';
import { loadProject } from './loadProject';
import type { RouterOptions } from './RouterOptions';
import { pageSchema, validate } from './validate';

/** What the portal did for a project at its Git host. */
export function addSyncLogRoutes(router: Router, options: RouterOptions): void {
  const { httpAuth, syncLogs } = options;

  router.get('/projects/:slug/sync-logs', async (request, response) => {
    const credentials = await anyCaller(httpAuth, request);
    const page = validate(pageSchema, request.query, 'query');
    const { slug } = request.params;
    const project = await loadProject(options, slug, 'read', credentials);
    const { items, nextCursor } = await syncLogs.listByProject(
      project.id,
      page,
    );
    const answer: Page<SyncLogDocument> = {
      items: items.map(syncLogDocument),
      nextCursor,
    };
    response.json(answer);
  });
}

function syncLogDocument(entry: GitSyncLog): SyncLogDocument {
  const { id, syncType, action, status, error, startedAt, finishedAt } = entry;
  return { id, syncType, action, status, error, startedAt, finishedAt };
}
