import type {
  DeploymentDocument,
  EventDocument,
  Page,
} from '@backstage-gitops/plugin-gitops-common';
import type { Router } from 'express';
import { z } from 'zod/v3';
import type { Deployment, UnifiedEvent } from '../database/tables';
import { commitDocument, leadTimeDocument } from '../projects/commitDocument';
import { anyCaller } from './caller';
import { loadProject } from './loadProject';
import type { RouterOptions } from './RouterOptions';
import { pageSchema, validate } from './validate';

const deploymentsSchema = pageSchema.extend({
  environment: z.string().optional(),
});

/** What happened to a project, and what is wrong with it. */
export function addHistoryRoutes(router: Router, options: RouterOptions): void {
  const { deployments, environments, events, httpAuth, reader } = options;

  router.get('/projects/:slug/events', async (request, response) => {
    const credentials = await anyCaller(httpAuth, request);
    const page = validate(pageSchema, request.query, 'query');
    const { slug } = request.params;
    const project = await loadProject(options, slug, 'read', credentials);
    const [{ items, nextCursor }, stages] = await Promise.all([
      events.listByProject(project.id, page),
      environments.listByProject(project.id),
    ]);
    const nameOf = new Map(stages.map(({ id, name }) => [id, name]));
    const answer: Page<EventDocument> = {
      items: items.map(event => eventDocument(event, nameOf)),
      nextCursor,
    };
    response.json(answer);
  });

  router.get('/projects/:slug/deployments', async (request, response) => {
    const credentials = await anyCaller(httpAuth, request);
    const query = validate(deploymentsSchema, request.query, 'query');
    const { slug } = request.params;
    const project = await loadProject(options, slug, 'read', credentials);
    const page = await deployments.listByProject(project.id, query);
    const answer: Page<DeploymentDocument> = {
      items: page.items.map(deploymentDocument),
      nextCursor: page.nextCursor,
    };
    response.json(answer);
  });

  router.get('/projects/:slug/diagnosis', async (request, response) => {
    const credentials = await anyCaller(httpAuth, request);
    const { slug } = request.params;
    const project = await loadProject(options, slug, 'read', credentials);
    response.json(await reader.diagnosis(project));
  });
}

/** An event as it is shown: addresses and agents are for the operators alone. */
function eventDocument(
  event: UnifiedEvent,
  environmentNames: ReadonlyMap<string, string>,
): EventDocument {
  return {
    id: event.id,
    timestamp: event.timestamp,
    eventType: event.eventType,
    action: event.action,
    severity: event.severity,
    userId: event.userId,
    resourceType: event.resourceType,
    resourceId: event.resourceId,
    environment: environmentNames.get(event.resourceId),
    message: event.message,
    metadata: event.metadata,
  };
}

function deploymentDocument(
  deployment: Deployment & { environment: string },
): DeploymentDocument {
  const commitInfo = commitDocument(deployment);
  const leadTime = leadTimeDocument(deployment);
  return {
    id: deployment.id,
    environment: deployment.environment,
    commit: deployment.commitHash,
    method: deployment.deploymentMethod,
    status: deployment.status,
    deployedBy: deployment.deployedBy,
    startedAt: deployment.startedAt,
    finishedAt: deployment.finishedAt,
    message: deployment.message,
    ...(commitInfo && { commitInfo }),
    ...(leadTime && { leadTime }),
  };
}
