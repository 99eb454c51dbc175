import { KubeObject } from '../ObjectStore';
import { ResourceKind } from '../ResourceKind';
import { JsonObject, arrayAt, isJsonObject, objectAt } from '../json';

function fill(target: JsonObject | undefined, defaults: JsonObject): void {
  if (!target) {
    return;
  }
  for (const [field, value] of Object.entries(defaults)) {
    if (target[field] === undefined) {
      target[field] = structuredClone(value);
    }
  }
}

function objectsOf(list: unknown[]): JsonObject[] {
  return list.filter(isJsonObject);
}

function pullPolicy(image: unknown): string {
  const name = String(image ?? '').split('@')[0];
  const tag = /:([^/:]+)$/.exec(name)?.[1];
  return !tag || tag === 'latest' ? 'Always' : 'IfNotPresent';
}

/** An address inside 10.96.0.0/12, the same for the same uid. */
function addressFor(uid: string | undefined): string {
  const number = parseInt((uid ?? '0').slice(0, 5), 16);
  return `10.${96 + ((number >> 16) & 15)}.${(number >> 8) & 255}.${
    number & 255
  }`;
}

const probeDefaults = {
  timeoutSeconds: 1,
  periodSeconds: 10,
  successThreshold: 1,
  failureThreshold: 3,
};

function defaultPodSpec(spec: JsonObject | undefined): void {
  fill(spec, {
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    securityContext: {},
    schedulerName: 'default-scheduler',
  });
  for (const container of [
    ...objectsOf(arrayAt(spec, 'containers')),
    ...objectsOf(arrayAt(spec, 'initContainers')),
  ]) {
    fill(container, {
      imagePullPolicy: pullPolicy(container.image),
      terminationMessagePath: '/dev/termination-log',
      terminationMessagePolicy: 'File',
      resources: {},
    });
    for (const port of objectsOf(arrayAt(container, 'ports'))) {
      fill(port, { protocol: 'TCP' });
    }
    for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe']) {
      fill(objectAt(container, probe), probeDefaults);
      fill(objectAt(container, probe, 'httpGet'), { scheme: 'HTTP' });
    }
  }
  for (const volume of objectsOf(arrayAt(spec, 'volumes'))) {
    for (const source of ['configMap', 'secret', 'projected']) {
      fill(objectAt(volume, source), { defaultMode: 420 });
    }
  }
}

const byKind: Record<string, (object: KubeObject) => void> = {
  '/Namespace': object => {
    object.metadata.labels = {
      ...object.metadata.labels,
      'kubernetes.io/metadata.name': object.metadata.name,
    };
    object.spec ??= {};
    fill(objectAt(object, 'spec'), { finalizers: ['kubernetes'] });
    fill(objectAt(object, 'status'), { phase: 'Active' });
  },
  '/Secret': object => {
    fill(object, { type: 'Opaque' });
    const text = objectAt(object, 'stringData');
    if (text) {
      const data = (object.data ??= {}) as JsonObject;
      for (const [key, value] of Object.entries(text)) {
        data[key] = Buffer.from(String(value)).toString('base64');
      }
      delete object.stringData;
    }
  },
  '/Service': object => {
    const spec = objectAt(object, 'spec');
    fill(spec, {
      type: 'ClusterIP',
      sessionAffinity: 'None',
      internalTrafficPolicy: 'Cluster',
    });
    for (const port of objectsOf(arrayAt(spec, 'ports'))) {
      fill(port, { protocol: 'TCP', targetPort: port.port });
    }
    if (spec && spec.type !== 'ExternalName') {
      fill(spec, { clusterIP: addressFor(object.metadata.uid) });
      fill(spec, {
        clusterIPs: [spec.clusterIP],
        ipFamilies: ['IPv4'],
        ipFamilyPolicy: 'SingleStack',
      });
    }
    fill(objectAt(object, 'status'), { loadBalancer: {} });
  },
  '/Pod': object => {
    const spec = objectAt(object, 'spec');
    defaultPodSpec(spec);
    fill(spec, { serviceAccountName: 'default' });
    fill(spec, { serviceAccount: spec?.serviceAccountName });
    fill(objectAt(object, 'status'), { phase: 'Pending' });
  },
  '/PersistentVolumeClaim': object => {
    fill(objectAt(object, 'spec'), { volumeMode: 'Filesystem' });
    fill(objectAt(object, 'status'), { phase: 'Pending' });
  },
  'apps/Deployment': object => {
    const spec = objectAt(object, 'spec');
    fill(spec, {
      replicas: 1,
      revisionHistoryLimit: 10,
      progressDeadlineSeconds: 600,
      strategy: {},
    });
    fill(objectAt(spec, 'strategy'), { type: 'RollingUpdate' });
    if (objectAt(spec, 'strategy')?.type === 'RollingUpdate') {
      fill(objectAt(spec, 'strategy'), { rollingUpdate: {} });
      fill(objectAt(spec, 'strategy', 'rollingUpdate'), {
        maxUnavailable: '25%',
        maxSurge: '25%',
      });
    }
    defaultPodSpec(objectAt(spec, 'template', 'spec'));
  },
  'apps/ReplicaSet': object => {
    fill(objectAt(object, 'spec'), { replicas: 1 });
    defaultPodSpec(objectAt(object, 'spec', 'template', 'spec'));
  },
  'apps/StatefulSet': object => {
    const spec = objectAt(object, 'spec');
    fill(spec, {
      replicas: 1,
      revisionHistoryLimit: 10,
      podManagementPolicy: 'OrderedReady',
      updateStrategy: {
        type: 'RollingUpdate',
        rollingUpdate: { partition: 0 },
      },
      persistentVolumeClaimRetentionPolicy: {
        whenDeleted: 'Retain',
        whenScaled: 'Retain',
      },
    });
    defaultPodSpec(objectAt(spec, 'template', 'spec'));
    fill(objectAt(object, 'status'), { replicas: 0, availableReplicas: 0 });
  },
  'apps/DaemonSet': object => {
    const spec = objectAt(object, 'spec');
    fill(spec, {
      revisionHistoryLimit: 10,
      updateStrategy: {
        type: 'RollingUpdate',
        rollingUpdate: { maxUnavailable: 1, maxSurge: 0 },
      },
    });
    defaultPodSpec(objectAt(spec, 'template', 'spec'));
    fill(objectAt(object, 'status'), {
      currentNumberScheduled: 0,
      desiredNumberScheduled: 0,
      numberMisscheduled: 0,
      numberReady: 0,
    });
  },
  'autoscaling/HorizontalPodAutoscaler': object => {
    fill(objectAt(object, 'spec'), {
      minReplicas: 1,
      metrics: [
        {
          type: 'Resource',
          resource: {
            name: 'cpu',
            target: { type: 'Utilization', averageUtilization: 80 },
          },
        },
      ],
    });
    fill(objectAt(object, 'status'), { desiredReplicas: 0 });
  },
  'policy/PodDisruptionBudget': object => {
    fill(objectAt(object, 'status'), {
      currentHealthy: 0,
      desiredHealthy: 0,
      disruptionsAllowed: 0,
      expectedPods: 0,
    });
  },
  'batch/Job': object => {
    const spec = objectAt(object, 'spec');
    fill(spec, {
      parallelism: 1,
      completions: 1,
      backoffLimit: 6,
      completionMode: 'NonIndexed',
      suspend: false,
      manualSelector: false,
      podReplacementPolicy: 'TerminatingOrFailed',
    });
    // The API server makes selector and labels itself, from the uid.
    if (spec && object.metadata.uid && spec.selector === undefined) {
      const labels = {
        'batch.kubernetes.io/controller-uid': object.metadata.uid,
        'batch.kubernetes.io/job-name': object.metadata.name,
        'controller-uid': object.metadata.uid,
        'job-name': object.metadata.name,
      };
      spec.selector = {
        matchLabels: {
          'batch.kubernetes.io/controller-uid': object.metadata.uid,
        },
      };
      const template = objectAt(spec, 'template');
      if (template) {
        const metadata = (template.metadata ??= {}) as JsonObject;
        metadata.labels = {
          ...(isJsonObject(metadata.labels) ? metadata.labels : {}),
          ...labels,
        };
        object.metadata.labels ??= metadata.labels as Record<string, string>;
      }
    }
    defaultPodSpec(objectAt(spec, 'template', 'spec'));
  },
  'batch/CronJob': object => {
    fill(objectAt(object, 'spec'), {
      concurrencyPolicy: 'Allow',
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
    });
    defaultPodSpec(
      objectAt(object, 'spec', 'jobTemplate', 'spec', 'template', 'spec'),
    );
  },
  'networking.k8s.io/Ingress': object => {
    fill(objectAt(object, 'status'), { loadBalancer: {} });
  },
  'networking.k8s.io/NetworkPolicy': object => {
    const spec = objectAt(object, 'spec');
    fill(spec, {
      policyTypes: spec?.egress ? ['Ingress', 'Egress'] : ['Ingress'],
    });
  },
  'rbac.authorization.k8s.io/RoleBinding': defaultBinding,
  'rbac.authorization.k8s.io/ClusterRoleBinding': defaultBinding,
  'apiextensions.k8s.io/CustomResourceDefinition': object => {
    const spec = objectAt(object, 'spec');
    fill(spec, { conversion: { strategy: 'None' } });
    const names = objectAt(spec, 'names');
    if (names && typeof names.kind === 'string') {
      fill(names, {
        singular: names.kind.toLowerCase(),
        listKind: `${names.kind}List`,
      });
    }
  },
};

function defaultBinding(object: KubeObject): void {
  for (const subject of objectsOf(arrayAt(object, 'subjects'))) {
    if (subject.kind !== 'ServiceAccount') {
      fill(subject, { apiGroup: 'rbac.authorization.k8s.io' });
    }
  }
  fill(objectAt(object, 'roleRef'), { apiGroup: 'rbac.authorization.k8s.io' });
}

/** Fills in what the API server fills in for built-in kinds; changes `object`. Must give the same result when run again. */
export function applyBuiltInDefaults(
  kind: ResourceKind,
  object: KubeObject,
): void {
  byKind[`${kind.group}/${kind.kind}`]?.(object);
}
