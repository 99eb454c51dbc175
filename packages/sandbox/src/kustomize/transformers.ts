import { BuildError } from './BuildError';
import { childObject, holdersAt, isObject, JsonObject } from './json';
import { KustomizationFile } from './KustomizationFile';
import { Resource } from './Resource';

const TEMPLATE_KINDS = [
  'Deployment',
  'ReplicaSet',
  'DaemonSet',
  'StatefulSet',
  'ReplicationController',
  'Job',
];

/** Paths of `metadata` in the templates of a kind. */
function templateMetadata(kind: string): string[][] {
  if (kind === 'CronJob') {
    return [
      ['spec', 'jobTemplate', 'metadata'],
      ['spec', 'jobTemplate', 'spec', 'template', 'metadata'],
    ];
  }
  return TEMPLATE_KINDS.includes(kind)
    ? [['spec', 'template', 'metadata']]
    : [];
}

function addPairs(
  object: JsonObject,
  path: string[],
  pairs: Record<string, string>,
  create: boolean,
) {
  const last = path[path.length - 1];
  for (const holder of holdersAt(object, path, create)) {
    if (create || isObject(holder[last])) {
      Object.assign(childObject(holder, last), pairs);
    }
  }
}

const AFFINITY_SELECTORS = [
  'podAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm',
  'podAffinity/requiredDuringSchedulingIgnoredDuringExecution',
  'podAntiAffinity/preferredDuringSchedulingIgnoredDuringExecution/podAffinityTerm',
  'podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution',
].map(path => `spec/template/spec/affinity/${path}/labelSelector/matchLabels`);

/** Selectors that labels also go into, and whether they are made when absent. */
function selectorPaths(kind: string): { path: string; create: boolean }[] {
  switch (kind) {
    case 'Service':
    case 'ReplicationController':
      return [{ path: 'spec/selector', create: true }];
    case 'ReplicaSet':
    case 'DaemonSet':
      return [{ path: 'spec/selector/matchLabels', create: true }];
    case 'Deployment':
    case 'StatefulSet':
      return [
        { path: 'spec/selector/matchLabels', create: true },
        ...[
          ...AFFINITY_SELECTORS,
          'spec/template/spec/topologySpreadConstraints/labelSelector/matchLabels',
        ].map(path => ({ path, create: false })),
      ];
    case 'Job':
    case 'PodDisruptionBudget':
      return [{ path: 'spec/selector/matchLabels', create: false }];
    case 'CronJob':
      return [
        { path: 'spec/jobTemplate/spec/selector/matchLabels', create: false },
      ];
    case 'NetworkPolicy':
      return [
        'spec/podSelector/matchLabels',
        'spec/ingress/from/podSelector/matchLabels',
        'spec/egress/to/podSelector/matchLabels',
      ].map(path => ({ path, create: false }));
    default:
      return [];
  }
}

/** `labels` and `commonLabels`. */
export function addLabels(
  resources: Resource[],
  pairs: Record<string, string>,
  where: { selectors: boolean; templates: boolean },
): void {
  for (const { object, id } of resources) {
    addPairs(object, ['metadata', 'labels'], pairs, true);
    if (where.selectors || where.templates) {
      for (const path of templateMetadata(id.kind)) {
        addPairs(object, [...path, 'labels'], pairs, true);
      }
    }
    if (where.selectors) {
      if (id.kind === 'StatefulSet') {
        addPairs(
          object,
          ['spec', 'volumeClaimTemplates', 'metadata', 'labels'],
          pairs,
          Array.isArray(
            (object.spec as JsonObject | undefined)?.volumeClaimTemplates,
          ),
        );
      }
      for (const { path, create } of selectorPaths(id.kind)) {
        addPairs(object, path.split('/'), pairs, create);
      }
    }
  }
}

/** `commonAnnotations`. */
export function addAnnotations(
  resources: Resource[],
  pairs: Record<string, string>,
): void {
  for (const { object, id } of resources) {
    addPairs(object, ['metadata', 'annotations'], pairs, true);
    for (const path of templateMetadata(id.kind)) {
      addPairs(object, [...path, 'annotations'], pairs, true);
    }
  }
}

/** `namespace`: of every namespaced object, and the name of a Namespace itself. */
export function setNamespace(resources: Resource[], namespace: string): void {
  for (const resource of resources) {
    const { kind } = resource.id;
    if (kind === 'Namespace') {
      resource.remember();
      resource.metadata.name = namespace;
    } else if (resource.isNamespaced) {
      resource.remember();
      resource.metadata.namespace = namespace;
    }
    if (kind === 'RoleBinding' || kind === 'ClusterRoleBinding') {
      for (const subject of Array.isArray(resource.object.subjects)
        ? resource.object.subjects
        : []) {
        if (
          isObject(subject) &&
          subject.kind === 'ServiceAccount' &&
          subject.name === 'default'
        ) {
          subject.namespace = namespace;
        }
      }
    }
  }
}

const KEEP_NAME = ['CustomResourceDefinition', 'APIService', 'Namespace'];

/** `namePrefix` and `nameSuffix`. */
export function renameAll(
  resources: Resource[],
  prefix: string,
  suffix: string,
): void {
  for (const resource of resources) {
    if (!KEEP_NAME.includes(resource.id.kind)) {
      resource.remember();
      resource.metadata.name = `${prefix}${resource.metadata.name}${suffix}`;
    }
  }
}

/** `replicas`. @throws BuildError when nothing has that name */
export function setReplicas(
  resources: Resource[],
  wish: { name: string; count: number },
): void {
  const kinds = [
    'Deployment',
    'ReplicationController',
    'ReplicaSet',
    'StatefulSet',
  ];
  const fitting = resources.filter(
    resource =>
      kinds.includes(resource.id.kind) &&
      resource.ids.some(id => id.name === wish.name),
  );
  if (fitting.length === 0) {
    throw new BuildError(
      `resource with name ${
        wish.name
      } does not match a config with the following GVK [${kinds
        .map(kind => `${kind}.[noVer].[noGrp]`)
        .join(' ')}]`,
    );
  }
  for (const resource of fitting) {
    childObject(resource.object, 'spec').replicas = wish.count;
  }
}

function splitImage(image: string): {
  name: string;
  tag: string;
  digest: string;
} {
  const at = image.indexOf('@');
  const rest = at < 0 ? image : image.slice(0, at);
  const colon = rest.indexOf(':', rest.indexOf('/') + 1);
  return {
    name: colon < 0 ? rest : rest.slice(0, colon),
    tag: colon < 0 ? '' : rest.slice(colon + 1),
    digest: at < 0 ? '' : image.slice(at + 1),
  };
}

type ImageEntry = NonNullable<KustomizationFile['images']>[number];

function newImage(image: string, entry: ImageEntry): string {
  const { name, tag, digest } = splitImage(image);
  if (name !== entry.name) {
    return image;
  }
  let version: { tag?: string; digest?: string } = { tag, digest };
  if (entry.newTag || entry.digest) {
    version = { tag: entry.newTag, digest: entry.digest };
  } else if (entry.tagSuffix) {
    version = { tag: `${tag}${entry.tagSuffix}` };
  }
  return `${entry.newName || name}${version.tag ? `:${version.tag}` : ''}${
    version.digest ? `@${version.digest}` : ''
  }`;
}

/** `images`: wherever an object has containers. */
export function setImages(
  resources: Resource[],
  images: readonly ImageEntry[],
): void {
  const visit = (value: unknown) => {
    if (Array.isArray(value)) {
      value.forEach(visit);
    } else if (isObject(value)) {
      for (const [key, field] of Object.entries(value)) {
        if (
          ['containers', 'initContainers'].includes(key) &&
          Array.isArray(field)
        ) {
          for (const container of field) {
            if (isObject(container) && typeof container.image === 'string') {
              container.image = images.reduce(newImage, container.image);
            }
          }
        }
        visit(field);
      }
    }
  };
  for (const resource of resources) {
    visit(resource.object);
  }
}
