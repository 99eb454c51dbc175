import type {
  InventoryDocument,
  InventoryObjectDocument,
} from '@backstage-gitops/plugin-gitops-common';
import { ago } from './projectDocument';

const namespace = 'project-shop-staging';

function object(
  group: string,
  kind: string,
  name: string,
  overrides: Partial<InventoryObjectDocument> = {},
): InventoryObjectDocument {
  return {
    id: `${group}/${kind}/${name}`,
    apiVersion: group ? `${group}/v1` : 'v1',
    kind,
    name,
    namespace,
    health: 'current',
    ...overrides,
  };
}

/** An environment of which one pod crashes, and its workload with it. */
export function inventoryDocument(
  overrides: Partial<InventoryDocument> = {},
): InventoryDocument {
  return {
    takenAt: ago(1),
    cluster: 'main',
    truncated: false,
    problems: [],
    ownedByGit: [],
    conditions: [
      {
        type: 'Ready',
        status: 'False',
        reason: 'HealthCheckFailed',
        message: 'timeout waiting for: Deployment/shop',
        lastTransitionTime: ago(60),
      },
    ],
    objects: [
      object('', 'Service', 'shop'),
      object('', 'ConfigMap', 'shop-settings'),
      object('networking.k8s.io', 'Ingress', 'shop'),
      object('apps', 'Deployment', 'shop', {
        health: 'failed',
        message: '0 of 2 replicas are available.',
        createdAt: ago(86_400),
      }),
      object('apps', 'ReplicaSet', 'shop-7c9b', {
        health: 'in-progress',
        parentId: 'apps/Deployment/shop',
      }),
      object('', 'Pod', 'shop-7c9b-x2x1z', {
        health: 'failed',
        message: 'CrashLoopBackOff',
        parentId: 'apps/ReplicaSet/shop-7c9b',
      }),
      object('', 'Pod', 'shop-7c9b-k8s7q', {
        health: 'in-progress',
        parentId: 'apps/ReplicaSet/shop-7c9b',
      }),
    ],
    events: [
      {
        type: 'Warning',
        reason: 'BackOff',
        message: 'Back-off restarting failed container',
        count: 14,
        lastSeenAt: ago(12),
        object: { kind: 'Pod', namespace, name: 'shop-7c9b-x2x1z' },
      },
    ],
    ...overrides,
  };
}
