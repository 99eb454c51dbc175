import { KubeObject } from '../ObjectStore';
import { ResourceKind } from '../ResourceKind';
import {
  JsonObject,
  arrayAt,
  isJsonObject,
  jsonEqual,
  objectAt,
} from '../json';
import { matchesLabelSelector } from '../labelSelector';
import {
  FieldError,
  forbiddenValue,
  invalidValue,
  requiredValue,
  unsupportedValue,
} from '../statusErrors';
import { validateMetadata } from './names';

type Rule = (object: KubeObject) => FieldError[];
type UpdateRule = (before: KubeObject, after: KubeObject) => FieldError[];

function stringLabels(value: unknown): Record<string, string> {
  return isJsonObject(value) ? (value as Record<string, string>) : {};
}

function validatePodSpec(spec: JsonObject | undefined, path: string) {
  const errors: FieldError[] = [];
  const containers = arrayAt(spec, 'containers').filter(isJsonObject);
  if (containers.length === 0) {
    errors.push(requiredValue(`${path}.containers`));
  }
  const names = new Set<unknown>();
  for (const [index, container] of containers.entries()) {
    const at = `${path}.containers[${index}]`;
    if (!container.name) {
      errors.push(requiredValue(`${at}.name`));
    } else if (names.has(container.name)) {
      errors.push({
        reason: 'FieldValueDuplicate',
        field: `${at}.name`,
        message: `Duplicate value: ${JSON.stringify(container.name)}`,
      });
    }
    names.add(container.name);
    if (!container.image) {
      errors.push(requiredValue(`${at}.image`));
    }
  }
  return errors;
}

function validateWorkload(object: KubeObject): FieldError[] {
  const spec = objectAt(object, 'spec');
  const template = objectAt(spec, 'template');
  const labels = objectAt(template, 'metadata')?.labels;
  const errors: FieldError[] = [];
  if (!isJsonObject(spec?.selector)) {
    errors.push(requiredValue('spec.selector'));
  }
  if (!matchesLabelSelector(spec?.selector, stringLabels(labels))) {
    errors.push(
      invalidValue(
        'spec.template.metadata.labels',
        labels ?? null,
        '`selector` does not match template `labels`',
      ),
    );
  }
  if (typeof spec?.replicas === 'number' && spec.replicas < 0) {
    errors.push(
      invalidValue(
        'spec.replicas',
        spec.replicas,
        'must be greater than or equal to 0',
      ),
    );
  }
  return [
    ...errors,
    ...validatePodSpec(objectAt(template, 'spec'), 'spec.template.spec'),
  ];
}

function validateJob(object: KubeObject): FieldError[] {
  const path = 'spec.template.spec';
  const spec = objectAt(object, 'spec', 'template', 'spec');
  const mayRestart = ['OnFailure', 'Never'].includes(
    String(spec?.restartPolicy),
  );
  return [
    ...validatePodSpec(spec, path),
    ...(mayRestart
      ? []
      : [
          requiredValue(
            `${path}.restartPolicy`,
            'valid values: "OnFailure", "Never"',
          ),
        ]),
  ];
}

const configKey = /^[-._a-zA-Z0-9]+$/;

function validateKeys(object: KubeObject): FieldError[] {
  return Object.keys(objectAt(object, 'data') ?? {})
    .filter(key => !configKey.test(key) || key === '.' || key === '..')
    .map(key =>
      invalidValue(
        `data[${key}]`,
        key,
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
      ),
    );
}

/** Keys a Secret of a known type must have. */
const secretKeys: Record<string, string[]> = {
  'kubernetes.io/ssh-auth': ['ssh-privatekey'],
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
  'kubernetes.io/dockerconfigjson': ['.dockerconfigjson'],
};

function validateSecret(object: KubeObject): FieldError[] {
  const data = objectAt(object, 'data') ?? {};
  const errors = validateKeys(object);
  if (object.type === 'kubernetes.io/basic-auth') {
    if (!('username' in data) && !('password' in data)) {
      errors.push(
        requiredValue('data[username]'),
        requiredValue('data[password]'),
      );
    }
  }
  for (const key of secretKeys[String(object.type)] ?? []) {
    if (!(key in data)) {
      errors.push(requiredValue(`data[${key}]`));
    }
  }
  return errors;
}

function validateBinding(object: KubeObject): FieldError[] {
  const role = objectAt(object, 'roleRef');
  const errors: FieldError[] = [];
  const roleKinds =
    object.kind === 'ClusterRoleBinding'
      ? ['ClusterRole']
      : ['Role', 'ClusterRole'];
  if (!roleKinds.includes(String(role?.kind))) {
    errors.push(unsupportedValue('roleRef.kind', role?.kind ?? '', roleKinds));
  }
  if (!role?.name) {
    errors.push(requiredValue('roleRef.name'));
  }
  for (const [index, subject] of arrayAt(object, 'subjects').entries()) {
    if (isJsonObject(subject)) {
      if (!subject.name) {
        errors.push(requiredValue(`subjects[${index}].name`));
      }
      if (
        object.kind === 'ClusterRoleBinding' &&
        subject.kind === 'ServiceAccount' &&
        !subject.namespace
      ) {
        errors.push(requiredValue(`subjects[${index}].namespace`));
      }
    }
  }
  return errors;
}

function validateDefinition(object: KubeObject): FieldError[] {
  const spec = objectAt(object, 'spec');
  const plural = objectAt(spec, 'names')?.plural;
  const errors: FieldError[] = [];
  if (object.metadata.name !== `${plural}.${spec?.group}`) {
    errors.push(
      invalidValue(
        'metadata.name',
        object.metadata.name,
        'must be spec.names.plural+"."+spec.group',
      ),
    );
  }
  const versions = arrayAt(spec, 'versions').filter(isJsonObject);
  if (versions.filter(version => version.storage === true).length !== 1) {
    errors.push(
      invalidValue(
        'spec.versions',
        versions,
        'must have exactly one version marked as storage version',
      ),
    );
  }
  return errors;
}

const createRules: Record<string, Rule> = {
  '/Secret': validateSecret,
  '/ConfigMap': validateKeys,
  '/Pod': object => validatePodSpec(objectAt(object, 'spec'), 'spec'),
  '/Service': object =>
    arrayAt(object, 'spec', 'ports').length === 0 &&
    objectAt(object, 'spec')?.type !== 'ExternalName' &&
    objectAt(object, 'spec')?.clusterIP !== 'None'
      ? [requiredValue('spec.ports')]
      : [],
  'apps/Deployment': validateWorkload,
  'apps/ReplicaSet': validateWorkload,
  'apps/StatefulSet': validateWorkload,
  'apps/DaemonSet': validateWorkload,
  'batch/Job': validateJob,
  'rbac.authorization.k8s.io/RoleBinding': validateBinding,
  'rbac.authorization.k8s.io/ClusterRoleBinding': validateBinding,
  'apiextensions.k8s.io/CustomResourceDefinition': validateDefinition,
};

function immutable(...path: string[]): UpdateRule {
  return (before, after) => {
    const last = path[path.length - 1];
    const was = objectAt(before, ...path.slice(0, -1))?.[last];
    const is = objectAt(after, ...path.slice(0, -1))?.[last];
    return jsonEqual(was, is)
      ? []
      : [invalidValue(path.join('.'), is ?? null, 'field is immutable')];
  };
}

function immutableData(...fields: string[]): UpdateRule {
  return (before, after) =>
    before.immutable === true
      ? [
          ...(after.immutable === true
            ? []
            : [
                forbiddenValue(
                  'immutable',
                  'field is immutable when `immutable` is set',
                ),
              ]),
          ...fields
            .filter(field => !jsonEqual(before[field], after[field]))
            .map(field =>
              forbiddenValue(
                field,
                'field is immutable when `immutable` is set',
              ),
            ),
        ]
      : [];
}

const immutableRole: UpdateRule = (before, after) =>
  jsonEqual(before.roleRef, after.roleRef)
    ? []
    : [invalidValue('roleRef', goRoleRef(after), 'cannot change roleRef')];

/** The message shows the field names of the API server's own language. */
function goRoleRef(binding: KubeObject) {
  const role = objectAt(binding, 'roleRef');
  return { APIGroup: role?.apiGroup, Kind: role?.kind, Name: role?.name };
}

const updateRules: Record<string, UpdateRule[]> = {
  '/Secret': [immutable('type'), immutableData('data')],
  '/ConfigMap': [immutableData('data', 'binaryData')],
  'apps/Deployment': [immutable('spec', 'selector')],
  'apps/ReplicaSet': [immutable('spec', 'selector')],
  'apps/DaemonSet': [immutable('spec', 'selector')],
  'apps/StatefulSet': [
    immutable('spec', 'selector'),
    immutable('spec', 'serviceName'),
    immutable('spec', 'volumeClaimTemplates'),
  ],
  'batch/Job': [immutable('spec', 'selector'), immutable('spec', 'template')],
  'rbac.authorization.k8s.io/RoleBinding': [immutableRole],
  'rbac.authorization.k8s.io/ClusterRoleBinding': [immutableRole],
};

function validateMetadataUpdate(
  before: KubeObject,
  after: KubeObject,
): FieldError[] {
  const added = (after.metadata.finalizers ?? []).filter(
    finalizer => !before.metadata.finalizers?.includes(finalizer),
  );
  return before.metadata.deletionTimestamp && added.length > 0
    ? [
        forbiddenValue(
          'metadata.finalizers',
          `no new finalizers can be added if the object is being deleted, found new finalizers []string{${added
            .map(finalizer => JSON.stringify(finalizer))
            .join(', ')}}`,
        ),
      ]
    : [];
}

/** Everything wrong with an object that is about to be stored; `before` is given for updates. */
export function validateObject(
  kind: ResourceKind,
  object: KubeObject,
  before?: KubeObject,
): FieldError[] {
  const key = `${kind.group}/${kind.kind}`;
  return [
    ...validateMetadata(kind, object),
    ...(createRules[key]?.(object) ?? []),
    ...(before
      ? [
          ...validateMetadataUpdate(before, object),
          ...(updateRules[key] ?? []).flatMap(rule => rule(before, object)),
        ]
      : []),
  ];
}
