import { objectHealth, type HealthReading } from './objectHealth';
import { apiVersionOf, parseInventoryEntry } from './inventoryEntry';

const object = (
  apiVersion: string,
  kind: string,
  parts: Partial<HealthReading> = {},
): HealthReading => ({ apiVersion, kind, metadata: {}, ...parts });

const deployed = (status: object, spec: object = { replicas: 2 }) =>
  object('apps/v1', 'Deployment', {
    metadata: { generation: 2 },
    spec: { ...spec },
    status: {
      observedGeneration: 2,
      replicas: 2,
      updatedReplicas: 2,
      availableReplicas: 2,
      readyReplicas: 2,
      conditions: [{ type: 'Available', status: 'True' }],
      ...status,
    },
  });
const pod = (status: Record<string, unknown>) =>
  object('v1', 'Pod', { status });

describe('health of objects', () => {
  it.each<[string, HealthReading, string, RegExp?]>([
    ['a deployment that stands', deployed({}), 'current'],
    [
      'one whose change is not picked up',
      deployed({ observedGeneration: 1 }),
      'in-progress',
      /picked up/,
    ],
    [
      'one that rolls out',
      deployed({ updatedReplicas: 1 }),
      'in-progress',
      /1 of 2 pods are updated/,
    ],
    [
      'one with old pods',
      deployed({ replicas: 3 }),
      'in-progress',
      /1 old pods/,
    ],
    [
      'one that gave up',
      deployed({
        conditions: [
          {
            type: 'Progressing',
            status: 'False',
            reason: 'ProgressDeadlineExceeded',
            message: 'has timed out progressing',
          },
        ],
      }),
      'failed',
      /timed out/,
    ],
    [
      'one scaled to none',
      deployed(
        {
          replicas: 0,
          updatedReplicas: 0,
          availableReplicas: 0,
          readyReplicas: 0,
        },
        { replicas: 0 },
      ),
      'current',
    ],
    [
      'something on its way out',
      object('v1', 'ConfigMap', {
        metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' },
      }),
      'terminating',
      /2026/,
    ],
    ['what has no status', object('v1', 'ConfigMap'), 'current'],
    [
      "a kind of one's own that is not ready",
      object('example.com/v1', 'Database', {
        status: {
          conditions: [{ type: 'Ready', status: 'False', message: 'no disk' }],
        },
      }),
      'in-progress',
      /no disk/,
    ],
    [
      "a kind of one's own that is stalled",
      object('example.com/v1', 'Database', {
        status: {
          conditions: [{ type: 'Stalled', status: 'True', reason: 'Broken' }],
        },
      }),
      'failed',
      /Broken/,
    ],
    [
      'a stateful set in the middle',
      object('apps/v1', 'StatefulSet', {
        spec: { replicas: 3 },
        status: { replicas: 3, readyReplicas: 2 },
      }),
      'in-progress',
      /2 of 3 pods are ready/,
    ],
    [
      'a stateful set that is updated by hand',
      object('apps/v1', 'StatefulSet', {
        spec: { updateStrategy: { type: 'OnDelete' } },
      }),
      'current',
    ],
    [
      'a stateful set of two revisions',
      object('apps/v1', 'StatefulSet', {
        spec: { replicas: 1 },
        status: {
          replicas: 1,
          readyReplicas: 1,
          currentReplicas: 1,
          currentRevision: 'a',
          updateRevision: 'b',
        },
      }),
      'in-progress',
      /rolled out/,
    ],
    [
      'a daemon set that is not everywhere',
      object('apps/v1', 'DaemonSet', {
        status: {
          desiredNumberScheduled: 2,
          currentNumberScheduled: 2,
          updatedNumberScheduled: 2,
          numberAvailable: 1,
          numberReady: 1,
        },
      }),
      'in-progress',
      /1 of 2 pods are available/,
    ],
    [
      'a job that failed',
      object('batch/v1', 'Job', {
        status: {
          conditions: [
            { type: 'Failed', status: 'True', message: 'BackoffLimitExceeded' },
          ],
        },
      }),
      'failed',
      /Backoff/,
    ],
    [
      'a job that runs',
      object('batch/v1', 'Job', { status: { startTime: 'x' } }),
      'current',
    ],
    ['a job to come', object('batch/v1', 'Job'), 'in-progress', /not started/],
    [
      'a volume without a place',
      object('v1', 'PersistentVolumeClaim', { status: { phase: 'Pending' } }),
      'in-progress',
      /Pending/,
    ],
    [
      'a definition that is served',
      object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', {
        status: { conditions: [{ type: 'Established', status: 'True' }] },
      }),
      'current',
    ],
    [
      'a pod that runs',
      pod({
        phase: 'Running',
        conditions: [{ type: 'Ready', status: 'True' }],
      }),
      'current',
    ],
    [
      'a pod that crashes',
      pod({
        phase: 'Running',
        containerStatuses: [
          {
            name: 'app',
            state: {
              waiting: {
                reason: 'CrashLoopBackOff',
                message: 'back-off 5m0s restarting',
              },
            },
          },
        ],
      }),
      'failed',
      /^CrashLoopBackOff of container app: back-off/,
    ],
    [
      'a pod whose first container has no image',
      pod({
        phase: 'Pending',
        initContainerStatuses: [
          { name: 'init', state: { waiting: { reason: 'ImagePullBackOff' } } },
        ],
      }),
      'failed',
      /^ImagePullBackOff of container init$/,
    ],
    [
      'a pod that fits nowhere',
      pod({
        phase: 'Pending',
        conditions: [
          {
            type: 'PodScheduled',
            status: 'False',
            reason: 'Unschedulable',
            message: '0/3 nodes are available',
          },
        ],
      }),
      'failed',
      /0\/3 nodes/,
    ],
    ['a pod that is being made', pod({ phase: 'Pending' }), 'in-progress'],
  ])('%s', (...[, reading, health, message]) => {
    const answer = objectHealth(reading);
    expect(answer.health).toBe(health);
    expect(answer.message ?? '').toMatch(message ?? /^/);
    expect(answer.message === undefined).toBe(health === 'current');
  });
});

it.each([
  [
    'shop_web_apps_Deployment',
    { namespace: 'shop', name: 'web', group: 'apps', kind: 'Deployment' },
  ],
  [
    'shop_web__Service',
    { namespace: 'shop', name: 'web', group: '', kind: 'Service' },
  ],
  [
    '_system__controller__x_rbac.authorization.k8s.io_ClusterRole',
    {
      name: 'system:controller:x',
      group: 'rbac.authorization.k8s.io',
      kind: 'ClusterRole',
    },
  ],
  ['_shop__Namespace', { name: 'shop', group: '', kind: 'Namespace' }],
])('reads the inventory entry %s', (id, entry) => {
  const parsed = parseInventoryEntry({ id, v: 'v1' })!;
  expect(parsed).toEqual({ ...entry, version: 'v1' });
  expect(apiVersionOf(parsed)).toBe(entry.group ? `${entry.group}/v1` : 'v1');
});

it('takes nothing else for an inventory entry', () => {
  expect(parseInventoryEntry({ id: 'web', v: 'v1' })).toBeUndefined();
});
