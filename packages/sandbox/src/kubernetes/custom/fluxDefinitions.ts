import { KubeObject } from '../ObjectStore';
import { ResourceKind, qualifiedResource } from '../ResourceKind';
import { kinds } from '../kinds';
import { CustomSchema } from './CustomSchema';

const text: CustomSchema = { type: 'string' };
const flag: CustomSchema = { type: 'boolean' };
const duration: CustomSchema = {
  type: 'string',
  pattern: '^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$',
};
const textMap: CustomSchema = { type: 'object', additionalProperties: text };

function object(
  properties: Record<string, CustomSchema>,
  required?: string[],
): CustomSchema {
  return { type: 'object', properties, ...(required ? { required } : {}) };
}

function list(items: CustomSchema): CustomSchema {
  return { type: 'array', items };
}

const localReference = object({ name: text }, ['name']);
const selector = object({
  group: text,
  version: text,
  kind: text,
  namespace: text,
  name: text,
  labelSelector: text,
  annotationSelector: text,
});

const status: CustomSchema = {
  type: 'object',
  default: { observedGeneration: -1 },
  'x-kubernetes-preserve-unknown-fields': true,
  properties: {
    observedGeneration: { type: 'integer', format: 'int64' },
    lastHandledReconcileAt: text,
    conditions: list(
      object(
        {
          type: { ...text, maxLength: 316 },
          status: { ...text, enum: ['True', 'False', 'Unknown'] },
          reason: {
            ...text,
            minLength: 1,
            maxLength: 1024,
            pattern: '^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$',
          },
          message: { ...text, maxLength: 32768 },
          lastTransitionTime: { ...text, format: 'date-time' },
          observedGeneration: { type: 'integer', minimum: 0 },
        },
        ['lastTransitionTime', 'message', 'reason', 'status', 'type'],
      ),
    ),
  },
};

const gitRepositorySpec = object(
  {
    url: { ...text, pattern: '^(http|https|ssh)://.*$' },
    interval: duration,
    timeout: {
      type: 'string',
      pattern: '^([0-9]+(\\.[0-9]+)?(ms|s|m))+$',
      default: '60s',
    },
    ref: object({
      branch: text,
      tag: text,
      semver: text,
      name: text,
      commit: text,
    }),
    secretRef: localReference,
    proxySecretRef: localReference,
    serviceAccountName: text,
    provider: { ...text, enum: ['generic', 'azure', 'github'] },
    verify: object(
      {
        mode: {
          ...text,
          enum: ['head', 'HEAD', 'Tag', 'TagAndHEAD'],
          default: 'HEAD',
        },
        secretRef: localReference,
      },
      ['secretRef'],
    ),
    ignore: text,
    suspend: flag,
    recurseSubmodules: flag,
    sparseCheckout: list(text),
    include: list(
      object({ fromPath: text, toPath: text, repository: localReference }, [
        'repository',
      ]),
    ),
  },
  ['interval', 'url'],
);

const kustomizationSpec = object(
  {
    interval: duration,
    retryInterval: duration,
    timeout: duration,
    path: text,
    prune: flag,
    wait: flag,
    force: flag,
    suspend: flag,
    deletionPolicy: {
      ...text,
      enum: ['MirrorPrune', 'Delete', 'WaitForTermination', 'Orphan'],
    },
    sourceRef: object(
      {
        apiVersion: text,
        kind: {
          ...text,
          enum: [
            'OCIRepository',
            'GitRepository',
            'Bucket',
            'ExternalArtifact',
          ],
        },
        name: text,
        namespace: text,
      },
      ['kind', 'name'],
    ),
    targetNamespace: { ...text, minLength: 1, maxLength: 63 },
    serviceAccountName: text,
    namePrefix: { ...text, minLength: 1, maxLength: 200 },
    nameSuffix: { ...text, minLength: 1, maxLength: 200 },
    commonMetadata: object({ labels: textMap, annotations: textMap }),
    components: list(text),
    ignoreMissingComponents: flag,
    dependsOn: list(
      object({ name: text, namespace: text, readyExpr: text }, ['name']),
    ),
    healthChecks: list(
      object({ apiVersion: text, kind: text, name: text, namespace: text }, [
        'kind',
        'name',
      ]),
    ),
    healthCheckExprs: list(
      object(
        {
          apiVersion: text,
          kind: text,
          current: text,
          inProgress: text,
          failed: text,
        },
        ['apiVersion', 'kind', 'current'],
      ),
    ),
    images: list(
      object({ name: text, newName: text, newTag: text, digest: text }, [
        'name',
      ]),
    ),
    patches: list(object({ patch: text, target: selector }, ['patch'])),
    postBuild: object({
      substitute: textMap,
      substituteFrom: list(
        object(
          {
            kind: { ...text, enum: ['Secret', 'ConfigMap'] },
            name: { ...text, minLength: 1, maxLength: 253 },
            optional: flag,
          },
          ['kind', 'name'],
        ),
      ),
    }),
    decryption: object(
      {
        provider: { ...text, enum: ['sops'] },
        secretRef: localReference,
        serviceAccountName: text,
      },
      ['provider'],
    ),
    kubeConfig: object({
      secretRef: object({ name: text, key: text }, ['name']),
      configMapRef: localReference,
    }),
    buildMetadata: list(text),
  },
  ['interval', 'prune', 'sourceRef'],
);

function definition(kind: ResourceKind, spec: CustomSchema): KubeObject {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: qualifiedResource(kind),
      labels: { 'app.kubernetes.io/part-of': 'flux' },
    },
    spec: {
      group: kind.group,
      scope: 'Namespaced',
      names: {
        kind: kind.kind,
        listKind: `${kind.kind}List`,
        plural: kind.plural,
        singular: kind.singular,
        shortNames: kind.shortNames,
      },
      versions: [
        {
          name: kind.version,
          served: true,
          storage: true,
          subresources: { status: {} },
          schema: {
            openAPIV3Schema: object({
              apiVersion: text,
              kind: text,
              metadata: { type: 'object' },
              spec,
              status,
            }),
          },
        },
      ],
    },
  };
}

/** Definitions of the two kinds of Flux that the portal works with, as far as their fields are checked here. */
export function fluxDefinitions(): KubeObject[] {
  return [
    definition(kinds.GitRepository, gitRepositorySpec),
    definition(kinds.Kustomization, kustomizationSpec),
  ];
}
