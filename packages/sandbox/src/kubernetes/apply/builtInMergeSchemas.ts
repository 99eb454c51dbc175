import { ResourceKind } from '../ResourceKind';
import { MergeSchema } from './MergeSchema';

const atomic: MergeSchema = { atomic: true };

function byKeys(
  keys: readonly string[],
  items: MergeSchema = {},
  keyDefaults?: Record<string, unknown>,
): MergeSchema {
  return { list: { type: 'map', keys, items, keyDefaults } };
}

const keyReference: MergeSchema = {
  fields: {
    valueFrom: {
      fields: {
        configMapKeyRef: atomic,
        secretKeyRef: atomic,
        fieldRef: atomic,
        resourceFieldRef: atomic,
      },
    },
  },
};

const container: MergeSchema = {
  fields: {
    ports: byKeys(['containerPort', 'protocol'], {}, { protocol: 'TCP' }),
    env: byKeys(['name'], keyReference),
    volumeMounts: byKeys(['mountPath']),
    volumeDevices: byKeys(['devicePath']),
    resources: { fields: { claims: byKeys(['name']) } },
  },
};

const podSpec: MergeSchema = {
  fields: {
    containers: byKeys(['name'], container),
    initContainers: byKeys(['name'], container),
    ephemeralContainers: byKeys(['name'], container),
    volumes: byKeys(['name']),
    imagePullSecrets: byKeys(['name']),
    hostAliases: byKeys(['ip']),
    schedulingGates: byKeys(['name']),
    resourceClaims: byKeys(['name']),
    topologySpreadConstraints: byKeys(['topologyKey', 'whenUnsatisfiable']),
    nodeSelector: atomic,
  },
};

export const metadataMergeSchema: MergeSchema = {
  fields: {
    ownerReferences: byKeys(['uid'], atomic),
    finalizers: { list: { type: 'set' } },
  },
};

const typedConditions: MergeSchema = {
  fields: { conditions: byKeys(['type']) },
};
const podTemplate: MergeSchema = {
  fields: { metadata: metadataMergeSchema, spec: podSpec },
};
const workloadSpec: MergeSchema = {
  fields: { selector: atomic, template: podTemplate },
};
const reference: MergeSchema = { fields: { roleRef: atomic } };

/** Schemas of built-in kinds by `group/kind`, beyond what all objects share. */
const byKind: Record<string, MergeSchema['fields']> = {
  '/Pod': {
    spec: podSpec,
    status: {
      fields: {
        conditions: byKeys(['type']),
        podIPs: byKeys(['ip']),
      },
    },
  },
  '/Namespace': { status: typedConditions },
  '/Service': {
    spec: {
      fields: {
        ports: byKeys(['port', 'protocol'], {}, { protocol: 'TCP' }),
        selector: atomic,
      },
    },
    status: typedConditions,
  },
  '/ServiceAccount': { secrets: byKeys(['name']) },
  '/PersistentVolumeClaim': {
    spec: { fields: { selector: atomic, dataSource: atomic } },
    status: typedConditions,
  },
  '/Event': { involvedObject: atomic },
  'apps/Deployment': { spec: workloadSpec, status: typedConditions },
  'apps/ReplicaSet': { spec: workloadSpec, status: typedConditions },
  'apps/StatefulSet': { spec: workloadSpec, status: typedConditions },
  'apps/DaemonSet': { spec: workloadSpec, status: typedConditions },
  'batch/Job': { spec: workloadSpec },
  'batch/CronJob': {
    spec: {
      fields: { jobTemplate: { fields: { spec: workloadSpec } } },
    },
  },
  'networking.k8s.io/NetworkPolicy': {
    spec: { fields: { podSelector: atomic } },
  },
  'autoscaling/HorizontalPodAutoscaler': {
    status: typedConditions,
  },
  'policy/PodDisruptionBudget': {
    spec: { fields: { selector: atomic } },
    status: typedConditions,
  },
  'rbac.authorization.k8s.io/RoleBinding': reference.fields,
  'rbac.authorization.k8s.io/ClusterRoleBinding': reference.fields,
  'apiextensions.k8s.io/CustomResourceDefinition': { status: typedConditions },
};

/** How server-side apply merges a built-in kind: the list keys and atomic fields of its published OpenAPI schema. */
export function builtInMergeSchema(
  kind: Pick<ResourceKind, 'group' | 'kind'>,
): MergeSchema {
  return {
    fields: {
      metadata: metadataMergeSchema,
      ...byKind[`${kind.group}/${kind.kind}`],
    },
  };
}
