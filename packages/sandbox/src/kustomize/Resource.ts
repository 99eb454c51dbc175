import { BuildError } from './BuildError';
import { childObject, isObject, JsonObject } from './json';

/** What identifies a resource within a build. */
export interface ResourceId {
  group: string;
  version: string;
  kind: string;
  name: string;
  namespace: string;
}

const CLUSTER_SCOPED = new Set([
  'APIService',
  'CSIDriver',
  'CSINode',
  'CertificateSigningRequest',
  'ClusterIssuer',
  'ClusterRole',
  'ClusterRoleBinding',
  'CustomResourceDefinition',
  'FlowSchema',
  'IngressClass',
  'MutatingWebhookConfiguration',
  'Namespace',
  'Node',
  'PersistentVolume',
  'PriorityClass',
  'PriorityLevelConfiguration',
  'RuntimeClass',
  'StorageClass',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'ValidatingWebhookConfiguration',
  'VolumeAttachment',
]);

/** An id in kustomize's notation, for example `Deployment.v1.apps/web.[noNs]`. */
export function showId(id: ResourceId): string {
  return `${id.kind}.${id.version}.${id.group || '[noGrp]'}/${id.name}.${
    id.namespace || '[noNs]'
  }`;
}

/** One object under construction, with every name it has had. */
export class Resource {
  /** @throws BuildError when it is not a Kubernetes object */
  static fromObject(value: unknown): Resource {
    if (!isObject(value) || typeof value.kind !== 'string' || !value.kind) {
      throw new BuildError('missing Resource metadata');
    }
    const { apiVersion = '', kind, metadata } = value;
    if (
      !isObject(metadata) ||
      typeof metadata.name !== 'string' ||
      metadata.name === ''
    ) {
      throw new BuildError(
        `missing metadata.name in object {{${apiVersion} ${kind}} {{ } map[] map[]}}`,
      );
    }
    return new Resource(value);
  }

  /** Ids it had before, oldest first. */
  readonly previous: ResourceId[] = [];
  /** Its name gets the digest of its content when the build ends. */
  needsHash = false;
  /** What a generator says about an object of the same name. */
  behavior: 'create' | 'merge' | 'replace' = 'create';

  constructor(public object: JsonObject) {}

  get metadata(): JsonObject {
    return childObject(this.object, 'metadata');
  }

  get id(): ResourceId {
    const apiVersion = String(this.object.apiVersion ?? '');
    const slash = apiVersion.indexOf('/');
    return {
      group: slash < 0 ? '' : apiVersion.slice(0, slash),
      version: apiVersion.slice(slash + 1),
      kind: String(this.object.kind),
      name: String(this.metadata.name ?? ''),
      namespace: String(this.metadata.namespace ?? ''),
    };
  }

  /** Every id, the present one included. */
  get ids(): ResourceId[] {
    return [...this.previous, this.id];
  }

  get isNamespaced(): boolean {
    return !CLUSTER_SCOPED.has(this.id.kind);
  }

  /** Remembers the present id, before a name or namespace changes. */
  remember(): void {
    this.previous.push(this.id);
  }
}

/** Whether two ids name the same object; no namespace means `default`. */
export function sameObject(a: ResourceId, b: ResourceId): boolean {
  return (
    a.kind === b.kind &&
    a.group === b.group &&
    a.name === b.name &&
    (a.namespace || 'default') === (b.namespace || 'default')
  );
}

/** Adds resources to a build. @throws BuildError when one is there already */
export function addResources(into: Resource[], added: Resource[]): void {
  for (const resource of added) {
    if (
      into.some(
        other =>
          sameObject(other.id, resource.id) &&
          other.id.version === resource.id.version,
      )
    ) {
      throw new BuildError(
        `may not add resource with an already registered id: ${showId(
          resource.id,
        )}`,
      );
    }
    into.push(resource);
  }
}
