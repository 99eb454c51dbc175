import { holdersAt, isObject, JsonObject } from './json';
import { Resource } from './Resource';

const POD_SPECS: Record<string, string> = {
  Pod: 'spec',
  PodTemplate: 'template/spec',
  Deployment: 'spec/template/spec',
  ReplicaSet: 'spec/template/spec',
  DaemonSet: 'spec/template/spec',
  StatefulSet: 'spec/template/spec',
  ReplicationController: 'spec/template/spec',
  Job: 'spec/template/spec',
  CronJob: 'spec/jobTemplate/spec/template/spec',
};

/** Fields of a pod's specification that name other objects, by kind. */
const IN_POD_SPEC: Record<string, string[]> = {
  ConfigMap: [
    'volumes/configMap/name',
    'volumes/projected/sources/configMap/name',
    'containers/env/valueFrom/configMapKeyRef/name',
    'initContainers/env/valueFrom/configMapKeyRef/name',
    'containers/envFrom/configMapRef/name',
    'initContainers/envFrom/configMapRef/name',
  ],
  Secret: [
    'volumes/secret/secretName',
    'volumes/projected/sources/secret/name',
    'containers/env/valueFrom/secretKeyRef/name',
    'initContainers/env/valueFrom/secretKeyRef/name',
    'containers/envFrom/secretRef/name',
    'initContainers/envFrom/secretRef/name',
    'imagePullSecrets/name',
  ],
  ServiceAccount: ['serviceAccountName'],
  PersistentVolumeClaim: ['volumes/persistentVolumeClaim/claimName'],
  PriorityClass: ['priorityClassName'],
};

/** Other fields that name objects: kind named, kind that has the field, path. */
const ELSEWHERE: [named: string, holder: string, path: string][] = [
  ['Deployment', 'HorizontalPodAutoscaler', 'spec/scaleTargetRef/name'],
  ['StatefulSet', 'HorizontalPodAutoscaler', 'spec/scaleTargetRef/name'],
  ['ReplicaSet', 'HorizontalPodAutoscaler', 'spec/scaleTargetRef/name'],
  ['Secret', 'Ingress', 'spec/tls/secretName'],
  ['Secret', 'ServiceAccount', 'imagePullSecrets/name'],
  ['Service', 'StatefulSet', 'spec/serviceName'],
  ['Service', 'Ingress', 'spec/rules/http/paths/backend/service/name'],
  ['Service', 'Ingress', 'spec/defaultBackend/service/name'],
  ['Role', 'RoleBinding', 'roleRef/name'],
  ['ClusterRole', 'RoleBinding', 'roleRef/name'],
  ['ClusterRole', 'ClusterRoleBinding', 'roleRef/name'],
  ['PersistentVolume', 'PersistentVolumeClaim', 'spec/volumeName'],
  ['StorageClass', 'PersistentVolumeClaim', 'spec/storageClassName'],
  [
    'StorageClass',
    'StatefulSet',
    'spec/volumeClaimTemplates/spec/storageClassName',
  ],
  ['IngressClass', 'Ingress', 'spec/ingressClassName'],
];

/** The resource that `name` meant when the referrer was written. */
function findNamed(
  resources: Resource[],
  kind: string,
  name: string,
  referrer: Resource,
): Resource | undefined {
  const fitting = resources.filter(
    resource =>
      resource.id.kind === kind && resource.ids.some(id => id.name === name),
  );
  if (fitting.length <= 1) {
    return fitting[0];
  }
  const near = fitting.filter(
    resource => resource.id.namespace === referrer.id.namespace,
  );
  return near.length === 1 ? near[0] : undefined;
}

function rewrite(
  resources: Resource[],
  referrer: Resource,
  kind: string,
  path: string,
) {
  const fields = path.split('/');
  const last = fields[fields.length - 1];
  for (const holder of holdersAt(referrer.object, fields)) {
    const name = holder[last];
    if (typeof name !== 'string') {
      continue;
    }
    // A roleRef says itself which kind it means.
    if (fields[0] === 'roleRef' && holder.kind !== kind) {
      continue;
    }
    const named = findNamed(resources, kind, name, referrer);
    if (named) {
      holder[last] = named.id.name;
    }
  }
}

function rewriteSubjects(resources: Resource[], binding: Resource) {
  const { subjects } = binding.object;
  for (const subject of Array.isArray(subjects) ? subjects : []) {
    if (!isObject(subject) || subject.kind !== 'ServiceAccount') {
      continue;
    }
    const account = resources.find(
      resource =>
        resource.id.kind === 'ServiceAccount' &&
        resource.ids.some(
          id =>
            id.name === subject.name &&
            (!subject.namespace ||
              (id.namespace || 'default') === subject.namespace ||
              id.namespace === ''),
        ),
    );
    if (account) {
      subject.name = account.id.name;
      if (account.id.namespace) {
        subject.namespace = account.id.namespace;
      }
    }
  }
}

function rewriteResourceNames(resources: Resource[], role: Resource) {
  for (const rule of Array.isArray(role.object.rules)
    ? role.object.rules
    : []) {
    const names = isObject(rule)
      ? (rule as JsonObject).resourceNames
      : undefined;
    if (isObject(rule) && Array.isArray(names)) {
      rule.resourceNames = names.map(name => {
        const named = ['ConfigMap', 'Secret']
          .map(kind => findNamed(resources, kind, String(name), role))
          .find(Boolean);
        return named ? named.id.name : name;
      });
    }
  }
}

/** Makes every reference by name follow the renamed object. */
export function rewriteReferences(resources: Resource[]): void {
  for (const referrer of resources) {
    const { kind } = referrer.id;
    const podSpec = POD_SPECS[kind];
    if (podSpec) {
      for (const [named, paths] of Object.entries(IN_POD_SPEC)) {
        for (const path of paths) {
          rewrite(resources, referrer, named, `${podSpec}/${path}`);
        }
      }
    }
    for (const [named, holder, path] of ELSEWHERE) {
      if (holder === kind) {
        rewrite(resources, referrer, named, path);
      }
    }
    if (kind === 'RoleBinding' || kind === 'ClusterRoleBinding') {
      rewriteSubjects(resources, referrer);
    }
    if (kind === 'Role' || kind === 'ClusterRole') {
      rewriteResourceNames(resources, referrer);
    }
  }
}
