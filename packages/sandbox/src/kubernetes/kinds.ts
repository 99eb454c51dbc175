import { ResourceKind } from './ResourceKind';

type KindOptions = Partial<
  Pick<
    ResourceKind,
    | 'shortNames'
    | 'categories'
    | 'statusSubresource'
    | 'hasGeneration'
    | 'namespaced'
    | 'plural'
    | 'custom'
  >
>;

function builtIn(
  apiVersion: string,
  kind: string,
  options: KindOptions = {},
): ResourceKind {
  const slash = apiVersion.indexOf('/');
  const singular = kind.toLowerCase();
  return {
    group: slash < 0 ? '' : apiVersion.slice(0, slash),
    version: apiVersion.slice(slash + 1),
    kind,
    singular,
    plural: options.plural ?? `${singular}s`,
    namespaced: options.namespaced ?? true,
    shortNames: options.shortNames ?? [],
    categories: options.categories ?? [],
    statusSubresource: options.statusSubresource ?? false,
    hasGeneration: options.hasGeneration ?? false,
    custom: options.custom ?? false,
  };
}

const workload: KindOptions = {
  statusSubresource: true,
  hasGeneration: true,
  categories: ['all'],
};
const withStatus: KindOptions = { statusSubresource: true };
const rbac = 'rbac.authorization.k8s.io/v1';

/** Kinds served without a CustomResourceDefinition, and the two of Flux that the sandbox installs one for. */
export const kinds = {
  Namespace: builtIn('v1', 'Namespace', {
    ...withStatus,
    namespaced: false,
    shortNames: ['ns'],
  }),
  Secret: builtIn('v1', 'Secret'),
  ConfigMap: builtIn('v1', 'ConfigMap', { shortNames: ['cm'] }),
  ServiceAccount: builtIn('v1', 'ServiceAccount', { shortNames: ['sa'] }),
  Service: builtIn('v1', 'Service', {
    ...withStatus,
    shortNames: ['svc'],
    categories: ['all'],
  }),
  Event: builtIn('v1', 'Event', { shortNames: ['ev'] }),
  Pod: builtIn('v1', 'Pod', { ...workload, shortNames: ['po'] }),
  PersistentVolumeClaim: builtIn('v1', 'PersistentVolumeClaim', {
    ...withStatus,
    shortNames: ['pvc'],
  }),
  ResourceQuota: builtIn('v1', 'ResourceQuota', {
    ...withStatus,
    shortNames: ['quota'],
  }),
  LimitRange: builtIn('v1', 'LimitRange', { shortNames: ['limits'] }),
  Deployment: builtIn('apps/v1', 'Deployment', {
    ...workload,
    shortNames: ['deploy'],
  }),
  ReplicaSet: builtIn('apps/v1', 'ReplicaSet', {
    ...workload,
    shortNames: ['rs'],
  }),
  StatefulSet: builtIn('apps/v1', 'StatefulSet', {
    ...workload,
    shortNames: ['sts'],
  }),
  DaemonSet: builtIn('apps/v1', 'DaemonSet', {
    ...workload,
    shortNames: ['ds'],
  }),
  Job: builtIn('batch/v1', 'Job', workload),
  CronJob: builtIn('batch/v1', 'CronJob', { ...workload, shortNames: ['cj'] }),
  Ingress: builtIn('networking.k8s.io/v1', 'Ingress', {
    ...withStatus,
    hasGeneration: true,
    plural: 'ingresses',
    shortNames: ['ing'],
  }),
  NetworkPolicy: builtIn('networking.k8s.io/v1', 'NetworkPolicy', {
    hasGeneration: true,
    plural: 'networkpolicies',
    shortNames: ['netpol'],
  }),
  HorizontalPodAutoscaler: builtIn(
    'autoscaling/v2',
    'HorizontalPodAutoscaler',
    {
      ...withStatus,
      shortNames: ['hpa'],
      categories: ['all'],
    },
  ),
  PodDisruptionBudget: builtIn('policy/v1', 'PodDisruptionBudget', {
    ...withStatus,
    hasGeneration: true,
    shortNames: ['pdb'],
  }),
  Role: builtIn(rbac, 'Role'),
  RoleBinding: builtIn(rbac, 'RoleBinding'),
  ClusterRole: builtIn(rbac, 'ClusterRole', { namespaced: false }),
  ClusterRoleBinding: builtIn(rbac, 'ClusterRoleBinding', {
    namespaced: false,
  }),
  Lease: builtIn('coordination.k8s.io/v1', 'Lease'),
  CustomResourceDefinition: builtIn(
    'apiextensions.k8s.io/v1',
    'CustomResourceDefinition',
    {
      ...withStatus,
      hasGeneration: true,
      namespaced: false,
      shortNames: ['crd', 'crds'],
      categories: ['api-extensions'],
    },
  ),
  GitRepository: builtIn('source.toolkit.fluxcd.io/v1', 'GitRepository', {
    ...withStatus,
    hasGeneration: true,
    custom: true,
    plural: 'gitrepositories',
    shortNames: ['gitrepo'],
  }),
  Kustomization: builtIn('kustomize.toolkit.fluxcd.io/v1', 'Kustomization', {
    ...withStatus,
    hasGeneration: true,
    custom: true,
    shortNames: ['ks'],
  }),
} as const satisfies Record<string, ResourceKind>;
