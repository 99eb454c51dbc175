import type {
  DeploymentDocument,
  EventDocument,
} from '@backstage-gitops/plugin-gitops-common';
import { mergeHistory } from './mergeHistory';

const at = (minute: number) => `2026-11-20T10:0${minute}:00.000Z`;
const deployment = (id: string, minute: number) =>
  ({ id, startedAt: at(minute) } as DeploymentDocument);
const event = (id: string, minute: number, action: string) =>
  ({ id, timestamp: at(minute), action } as EventDocument);

const deployments = {
  items: [deployment('d2', 5), deployment('d1', 2)],
  hasMore: false,
};
const events = {
  items: [
    event('e4', 6, 'reconcile-requested'),
    event('e3', 5, 'deployment-succeeded'),
    event('e2', 2, 'deployment-failed'),
    event('e1', 1, 'project-created'),
  ],
  hasMore: false,
};
const idsOf = (items: { id: string }[]) => items.map(({ id }) => id);

describe('mergeHistory', () => {
  it('tells of a deployment once, the newest thing first', () => {
    expect(idsOf(mergeHistory(deployments, events))).toEqual([
      'event:e4',
      'deployment:d2',
      'deployment:d1',
      'event:e1',
    ]);
  });

  it('tells of deployments by their events where those are shown alone', () => {
    expect(idsOf(mergeHistory({ items: [], hasMore: false }, events))).toEqual([
      'event:e4',
      'event:e3',
      'event:e2',
      'event:e1',
    ]);
  });

  it('ends where a list was not read any further', () => {
    expect(
      idsOf(mergeHistory({ ...deployments, hasMore: true }, events)),
    ).toEqual(['event:e4', 'deployment:d2', 'deployment:d1']);
  });
});
