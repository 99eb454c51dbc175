import type {
  DeploymentDocument,
  EventDocument,
} from '@backstage-gitops/plugin-gitops-common';

/** One thing that happened. */
export type HistoryItem =
  | {
      kind: 'deployment';
      id: string;
      at: string;
      deployment: DeploymentDocument;
    }
  | { kind: 'event'; id: string; at: string; event: EventDocument };

/** A list that is read from its newest end. */
export interface PartialList<T> {
  items: T[];
  hasMore: boolean;
}

/** Actions of events that a deployment brings; it tells the same, and more. */
const OF_DEPLOYMENT = /^deployment-/;

/**
 * Brings two lists into one order of time, newest first. Ends where one of them
 * was not read any further, as what comes next could lie in between. What a
 * deployment tells is not told once more by its event.
 */
export function mergeHistory(
  deployments: PartialList<DeploymentDocument>,
  events: PartialList<EventDocument>,
): HistoryItem[] {
  const deployed: HistoryItem[] = deployments.items.map(deployment => ({
    kind: 'deployment',
    id: `deployment:${deployment.id}`,
    at: deployment.startedAt,
    deployment,
  }));
  const happened: HistoryItem[] = events.items.map(event => ({
    kind: 'event',
    id: `event:${event.id}`,
    at: event.timestamp,
    event,
  }));
  const known = Math.max(
    knownFrom(deployed, deployments.hasMore),
    knownFrom(happened, events.hasMore),
  );
  const told = deployed.length > 0;
  return [...deployed, ...happened]
    .filter(
      item =>
        Date.parse(item.at) >= known &&
        !(
          told &&
          item.kind === 'event' &&
          OF_DEPLOYMENT.test(item.event.action)
        ),
    )
    .sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
}

/** The list that holds the other one back; undefined when both were read to their end. */
export function heldBackBy(
  deployments: PartialList<DeploymentDocument>,
  events: PartialList<EventDocument>,
): 'deployments' | 'events' | undefined {
  if (!deployments.hasMore) {
    return events.hasMore ? 'events' : undefined;
  }
  if (!events.hasMore) {
    return 'deployments';
  }
  const lastDeployment = deployments.items.at(-1)?.startedAt ?? '';
  const lastEvent = events.items.at(-1)?.timestamp ?? '';
  return Date.parse(lastDeployment) > Date.parse(lastEvent)
    ? 'deployments'
    : 'events';
}

function knownFrom(items: HistoryItem[], hasMore: boolean): number {
  const last = items.at(-1);
  return hasMore && last ? Date.parse(last.at) : -Infinity;
}
