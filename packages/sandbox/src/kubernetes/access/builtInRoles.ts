import { KubeObject } from '../ObjectStore';
import { JsonObject } from '../json';

const rbacVersion = 'rbac.authorization.k8s.io/v1';
const readVerbs = ['get', 'list', 'watch'];
const writeVerbs = ['create', 'delete', 'deletecollection', 'patch', 'update'];

function rule(
  apiGroups: string[],
  resources: string[],
  verbs: string[],
): JsonObject {
  return { apiGroups, resources, verbs };
}

/** Namespaced resources an application team works with, by API group; no secrets and no access rules among them. */
const application: Array<[string, string[]]> = [
  [
    '',
    [
      'configmaps',
      'endpoints',
      'persistentvolumeclaims',
      'pods',
      'replicationcontrollers',
      'serviceaccounts',
      'services',
    ],
  ],
  [
    'apps',
    ['daemonsets', 'deployments', 'replicasets', 'statefulsets'].flatMap(
      resource => [resource, `${resource}/scale`],
    ),
  ],
  ['autoscaling', ['horizontalpodautoscalers']],
  ['batch', ['cronjobs', 'jobs']],
  ['policy', ['poddisruptionbudgets']],
  ['networking.k8s.io', ['ingresses', 'networkpolicies']],
];

function viewRules(): JsonObject[] {
  return [
    ...application.map(([group, resources]) =>
      rule(
        [group],
        resources.flatMap(resource =>
          resource.includes('/')
            ? [resource]
            : [resource, `${resource}/status`],
        ),
        readVerbs,
      ),
    ),
    rule(
      [''],
      [
        'bindings',
        'events',
        'limitranges',
        'namespaces',
        'namespaces/status',
        'pods/log',
        'resourcequotas',
        'resourcequotas/status',
      ],
      readVerbs,
    ),
  ];
}

function editRules(): JsonObject[] {
  return [
    ...viewRules(),
    ...application.map(([group, resources]) =>
      rule([group], resources, writeVerbs),
    ),
    rule([''], ['secrets'], [...readVerbs, ...writeVerbs]),
    rule([''], ['serviceaccounts'], ['impersonate']),
    rule([''], ['events'], ['create', 'patch', 'update']),
    rule(['coordination.k8s.io'], ['leases'], [...readVerbs, ...writeVerbs]),
  ];
}

function adminRules(): JsonObject[] {
  return [
    ...editRules(),
    rule(
      ['rbac.authorization.k8s.io'],
      ['rolebindings', 'roles'],
      [...readVerbs, ...writeVerbs],
    ),
  ];
}

function clusterRole(name: string, rules: JsonObject[]): KubeObject {
  return {
    apiVersion: rbacVersion,
    kind: 'ClusterRole',
    metadata: {
      name,
      labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' },
    },
    rules,
  };
}

function clusterRoleBinding(name: string, groups: string[]): KubeObject {
  return {
    apiVersion: rbacVersion,
    kind: 'ClusterRoleBinding',
    metadata: {
      name,
      labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' },
    },
    roleRef: {
      apiGroup: 'rbac.authorization.k8s.io',
      kind: 'ClusterRole',
      name,
    },
    subjects: groups.map(group => ({
      apiGroup: 'rbac.authorization.k8s.io',
      kind: 'Group',
      name: group,
    })),
  };
}

/** The roles and bindings every cluster starts with, as far as users meet them. */
export function builtInRoles(): KubeObject[] {
  return [
    clusterRole('cluster-admin', [
      rule(['*'], ['*'], ['*']),
      { nonResourceURLs: ['*'], verbs: ['*'] },
    ]),
    clusterRole('admin', adminRules()),
    clusterRole('edit', editRules()),
    clusterRole('view', viewRules()),
    clusterRole('system:basic-user', [
      rule(
        ['authorization.k8s.io'],
        ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
        ['create'],
      ),
      rule(['authentication.k8s.io'], ['selfsubjectreviews'], ['create']),
    ]),
    clusterRole('system:discovery', [
      {
        nonResourceURLs: [
          '/api',
          '/api/*',
          '/apis',
          '/apis/*',
          '/healthz',
          '/livez',
          '/openapi',
          '/openapi/*',
          '/readyz',
          '/version',
          '/version/',
        ],
        verbs: ['get'],
      },
    ]),
    clusterRole('system:public-info-viewer', [
      {
        nonResourceURLs: [
          '/healthz',
          '/livez',
          '/readyz',
          '/version',
          '/version/',
        ],
        verbs: ['get'],
      },
    ]),
    clusterRoleBinding('cluster-admin', ['system:masters']),
    clusterRoleBinding('system:basic-user', ['system:authenticated']),
    clusterRoleBinding('system:discovery', ['system:authenticated']),
    clusterRoleBinding('system:public-info-viewer', [
      'system:authenticated',
      'system:unauthenticated',
    ]),
  ];
}
