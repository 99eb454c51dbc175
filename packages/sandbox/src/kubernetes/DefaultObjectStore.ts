import { randomUUID } from 'node:crypto';
import {
  ApplyOptions,
  DeleteOptions,
  KubeObject,
  ObjectEvent,
  ObjectStore,
  WriteOptions,
} from './ObjectStore';
import { KindRegistry } from './KindRegistry';
import { ResourceKind, apiVersionOf, qualifiedResource } from './ResourceKind';
import { StatusError } from './StatusError';
import { RoleBasedAuthorizer } from './access/RoleBasedAuthorizer';
import { UserInfo, userFromName } from './access/UserInfo';
import { Writer, managersAfterUpdate } from './apply/managedFields';
import { serverSideApply } from './apply/serverSideApply';
import { JsonObject, isJsonObject, jsonEqual, mergePatch } from './json';
import { kinds } from './kinds';
import { parseLabelSelector } from './labelSelector';
import { requireUsableNamespace } from './rules/namespaceAdmission';
import { prepareForCreate, prepareForUpdate } from './rules/prepare';
import { guardEscalation } from './rules/escalation';
import { decodeObject } from './rules/decoding';
import { ObjectDatabase } from './storage/ObjectDatabase';
import { StoredObject, objectKey } from './storage/ResourceTable';
import {
  alreadyExists,
  badRequest,
  conflict,
  invalid,
  invalidValue,
  modifiedConflict,
  notFound,
  requiredValue,
} from './statusErrors';

/** One write as the REST layer or a controller asks for it; authorisation of the verb itself is done by then. */
export interface WriteRequest {
  fieldManager: string;
  dryRun?: boolean;
  subresource?: 'status' | 'finalize';
  /** Whose further rights count (creating by apply, handing out roles); absent for the control plane itself. */
  requester?: UserInfo;
}

/** Name of a resource's table in the database. */
export function tableOf(kind: ResourceKind): string {
  return qualifiedResource(kind);
}

/** A stored object in the version it is asked for; all versions of a custom kind share their shape. */
export function inVersion(
  kind: ResourceKind,
  stored: StoredObject,
): StoredObject {
  const apiVersion = apiVersionOf(kind);
  if (stored.object.apiVersion === apiVersion) {
    return stored;
  }
  const object = { ...stored.object, apiVersion };
  return { object, json: JSON.stringify(object) };
}

/** The API's rules on top of the database: admission, defaults, validation, ownership of fields, finalizers, deletion. */
export class DefaultObjectStore implements ObjectStore {
  readonly authorizer: RoleBasedAuthorizer;

  constructor(
    readonly database: ObjectDatabase,
    readonly registry: KindRegistry,
  ) {
    this.authorizer = new RoleBasedAuthorizer({
      get: (kind, namespace, name) => this.get(kinds[kind], namespace, name),
      list: (kind, namespace) => this.list(kinds[kind], namespace),
    });
  }

  resolve(apiVersion: string, kind: string): ResourceKind | undefined {
    return this.registry.byKind(apiVersion, kind);
  }

  get(
    kind: ResourceKind,
    namespace: string | undefined,
    name: string,
    options: { user?: string } = {},
  ): KubeObject | undefined {
    this.authorize(options.user, 'get', kind, namespace, name);
    const stored = this.database
      .table(tableOf(kind))
      .get(objectKey(kind.namespaced ? namespace : undefined, name));
    return stored && inVersion(kind, stored).object;
  }

  list(
    kind: ResourceKind,
    namespace?: string,
    labelSelector?: string,
  ): KubeObject[] {
    const matches = parseLabelSelector(labelSelector);
    const result: KubeObject[] = [];
    for (const stored of this.database.table(tableOf(kind)).values(namespace)) {
      if (!matches || matches(stored.object.metadata.labels)) {
        result.push(inVersion(kind, stored).object);
      }
    }
    return result;
  }

  watch(
    kind: ResourceKind,
    listener: (event: ObjectEvent) => void,
  ): () => void {
    return this.database.watch(tableOf(kind), ({ type, current }) =>
      listener({ type, object: inVersion(kind, current).object }),
    );
  }

  create(object: KubeObject, options: WriteOptions): KubeObject {
    const kind = this.kindOf(object);
    const { namespace } = object.metadata;
    this.authorize(options.user, 'create', kind, namespace, undefined);
    return this.createObject(
      kind,
      decodeObject(kind, object),
      requestOf(options),
    );
  }

  update(object: KubeObject, options: WriteOptions): KubeObject {
    const kind = this.kindOf(object);
    const { namespace, name } = object.metadata;
    this.authorize(options.user, 'update', kind, namespace, name);
    return this.modify(kind, namespace, name, () => object, requestOf(options));
  }

  apply(
    object: KubeObject,
    options: ApplyOptions,
  ): { object: KubeObject; created: boolean } {
    const kind = this.kindOf(object);
    const { namespace, name } = object.metadata;
    this.authorize(options.user, 'patch', kind, namespace, name);
    return this.applyObject(kind, namespace, name, object, {
      ...requestOf(options),
      force: options.force ?? false,
    });
  }

  updateStatus(
    kind: ResourceKind,
    namespace: string | undefined,
    name: string,
    mutate: (object: KubeObject) => void,
    options: WriteOptions,
  ): KubeObject {
    const resource = `${kind.plural}/status`;
    this.authorize(options.user, 'update', kind, namespace, name, resource);
    return this.modify(
      kind,
      namespace,
      name,
      current => {
        const copy = structuredClone(current);
        mutate(copy);
        return copy;
      },
      { ...requestOf(options), subresource: 'status' },
    );
  }

  mergePatch(
    kind: ResourceKind,
    namespace: string | undefined,
    name: string,
    patch: Record<string, unknown>,
    options: WriteOptions,
  ): KubeObject {
    this.authorize(options.user, 'patch', kind, namespace, name);
    return this.modify(
      kind,
      namespace,
      name,
      current => decodeObject(kind, mergePatch(current, patch)),
      requestOf(options),
    );
  }

  delete(
    kind: ResourceKind,
    namespace: string | undefined,
    name: string,
    options: DeleteOptions = {},
  ): KubeObject {
    this.authorize(options.user, 'delete', kind, namespace, name);
    const current = this.get(kind, namespace, name);
    if (!current) {
      throw notFound(kind, name);
    }
    requirePreconditions(kind, current, options.preconditions);
    const finalizers = [...(current.metadata.finalizers ?? [])];
    if (options.propagation === 'Foreground') {
      finalizers.push('foregroundDeletion');
    } else if (options.propagation === 'Orphan') {
      finalizers.push('orphan');
    }
    if (current.metadata.deletionTimestamp) {
      if (kind.kind === 'Namespace' && kind.group === '') {
        throw conflict(
          kind,
          name,
          'The system is ensuring all content is removed from this namespace.  Upon completion, this namespace will automatically be purged by the system.',
        );
      }
      return current;
    }
    const held = holdsNamespace(current) || finalizers.length > 0;
    if (options.dryRun) {
      return current;
    }
    if (!held) {
      return this.database.remove(tableOf(kind), current);
    }
    const { generation } = current.metadata;
    return this.database.put(tableOf(kind), {
      ...current,
      metadata: {
        ...current.metadata,
        ...(finalizers.length > 0
          ? { finalizers: [...new Set(finalizers)] }
          : {}),
        ...(generation ? { generation: generation + 1 } : {}),
        deletionTimestamp: timestamp(),
        ...(holdsNamespace(current) ? {} : { deletionGracePeriodSeconds: 0 }),
      },
      ...(holdsNamespace(current)
        ? {
            status: {
              ...(isJsonObject(current.status) ? current.status : {}),
              phase: 'Terminating',
            },
          }
        : {}),
    });
  }

  /** POST without the authorisation of the verb. */
  createObject(
    kind: ResourceKind,
    source: KubeObject,
    request: WriteRequest,
  ): KubeObject {
    const next = structuredClone(source);
    const { metadata } = next;
    if (!metadata.name && metadata.generateName) {
      metadata.name = metadata.generateName + randomSuffix();
    }
    if (!metadata.name) {
      throw invalid(kind, '', [
        requiredValue('metadata.name', 'name or generateName is required'),
      ]);
    }
    if (metadata.resourceVersion) {
      // No reason and 500: this is how the API server puts it.
      throw new StatusError(
        500,
        '',
        'resourceVersion should not be set on objects to be created',
      );
    }
    this.requireNamespace(kind, next);
    const writer = this.writer(kind, request);
    delete metadata.managedFields;
    prepareForCreate(kind, next, this.registry.schemaOf(kind));
    const managed = managersAfterUpdate(
      undefined,
      next,
      writer,
      this.registry.mergeSchemaOf(kind),
    );
    return this.insert(kind, next, managed, writer, request);
  }

  /** Any change of an existing object: PUT, patches and subresources. `change` gets the newest version and returns the wanted one. */
  modify(
    kind: ResourceKind,
    namespace: string | undefined,
    name: string,
    change: (current: KubeObject) => KubeObject,
    request: WriteRequest,
  ): KubeObject {
    const before = this.get(kind, namespace, name);
    if (!before) {
      throw notFound(kind, name);
    }
    const next = structuredClone(change(before));
    requireSameObject(kind, before, next);
    const reset = isReset(next);
    const writer = this.writer(kind, request);
    prepareForUpdate(
      kind,
      before,
      next,
      request.subresource,
      this.registry.schemaOf(kind),
    );
    const managed = reset
      ? undefined
      : managersAfterUpdate(
          before,
          next,
          writer,
          this.registry.mergeSchemaOf(kind),
        );
    return this.replace(kind, before, next, managed, request);
  }

  /** Server-side apply without the authorisation of `patch`; creating additionally needs `create`. */
  applyObject(
    kind: ResourceKind,
    namespace: string | undefined,
    name: string,
    config: KubeObject,
    request: WriteRequest & { force: boolean },
  ): { object: KubeObject; created: boolean } {
    const decoded = decodeObject(kind, config);
    decoded.metadata.name ??= name;
    if (kind.namespaced) {
      decoded.metadata.namespace ??= namespace;
    }
    if (decoded.metadata.name !== name) {
      throw badRequest(
        `the name of the object (${decoded.metadata.name}) does not match the name on the URL (${name})`,
      );
    }
    if (decoded.metadata.managedFields?.length) {
      throw badRequest('metadata.managedFields must be nil');
    }
    const before = this.get(kind, namespace, name);
    const { resourceVersion } = decoded.metadata;
    if (
      before &&
      resourceVersion &&
      resourceVersion !== before.metadata.resourceVersion
    ) {
      throw modifiedConflict(kind, name);
    }
    if (!before && request.subresource) {
      throw notFound(kind, name);
    }
    if (!before) {
      this.requireCreate(kind, namespace, name, request);
      this.requireNamespace(kind, decoded);
    }
    const writer = this.writer(kind, request);
    const next = structuredClone(
      serverSideApply({
        live: before,
        config: trackedPart(kind, decoded, request.subresource),
        writer,
        force: request.force,
        schema: this.registry.mergeSchemaOf(kind),
      }),
    );
    const managed = next.metadata.managedFields;
    delete next.metadata.managedFields;
    const schema = this.registry.schemaOf(kind);
    if (!before) {
      prepareForCreate(kind, next, schema);
      return {
        object: this.insert(kind, next, managed, writer, request),
        created: true,
      };
    }
    prepareForUpdate(kind, before, next, request.subresource, schema);
    return {
      object: this.replace(kind, before, next, managed, request),
      created: false,
    };
  }

  private insert(
    kind: ResourceKind,
    next: KubeObject,
    managed: KubeObject['metadata']['managedFields'],
    writer: Writer,
    request: WriteRequest,
  ): KubeObject {
    const { name, namespace } = next.metadata;
    if (this.get(kind, namespace, name)) {
      throw alreadyExists(kind, name);
    }
    guardEscalation(this.authorizer, request.requester, kind, next);
    next.metadata.creationTimestamp = writer.now;
    if (managed) {
      next.metadata.managedFields = managed;
    }
    return request.dryRun ? next : this.database.put(tableOf(kind), next);
  }

  private replace(
    kind: ResourceKind,
    before: KubeObject,
    next: KubeObject,
    managed: KubeObject['metadata']['managedFields'],
    request: WriteRequest,
  ): KubeObject {
    if (managed) {
      next.metadata.managedFields = managed;
    } else {
      delete next.metadata.managedFields;
    }
    if (isSame(before, next)) {
      return before;
    }
    guardEscalation(this.authorizer, request.requester, kind, next, before);
    if (request.dryRun) {
      return next;
    }
    const done =
      next.metadata.deletionTimestamp !== undefined &&
      !next.metadata.finalizers?.length &&
      !holdsNamespace(next);
    return done
      ? this.database.remove(tableOf(kind), next)
      : this.database.put(tableOf(kind), next);
  }

  private writer(kind: ResourceKind, request: WriteRequest): Writer {
    return {
      manager: request.fieldManager,
      apiVersion: apiVersionOf(kind),
      subresource: request.subresource,
      now: timestamp(),
    };
  }

  private requireNamespace(kind: ResourceKind, object: KubeObject): void {
    if (!kind.namespaced) {
      delete object.metadata.namespace;
      return;
    }
    const { namespace } = object.metadata;
    if (!namespace) {
      throw badRequest('an empty namespace may not be set during creation');
    }
    requireUsableNamespace(
      kind,
      object,
      this.get(kinds.Namespace, undefined, namespace),
    );
  }

  private requireCreate(
    kind: ResourceKind,
    namespace: string | undefined,
    name: string,
    request: WriteRequest,
  ): void {
    if (request.requester) {
      this.authorizer.require(request.requester, {
        verb: 'create',
        group: kind.group,
        resource: kind.plural,
        namespace: kind.namespaced ? namespace : undefined,
        name,
      });
    }
  }

  private authorize(
    user: string | undefined,
    verb: string,
    kind: ResourceKind,
    namespace: string | undefined,
    name: string | undefined,
    resource = kind.plural,
  ): void {
    if (user) {
      this.authorizer.require(userFromName(user), {
        verb,
        group: kind.group,
        resource,
        namespace: kind.namespaced ? namespace : undefined,
        name,
      });
    }
  }

  private kindOf(object: KubeObject): ResourceKind {
    const kind = this.resolve(object.apiVersion, object.kind);
    if (!kind) {
      const [version, group = ''] = object.apiVersion.split('/').reverse();
      throw new StatusError(
        404,
        'NotFound',
        `no matches for kind "${object.kind}" in version "${
          group ? `${group}/` : ''
        }${version}"`,
      );
    }
    return kind;
  }
}

function requestOf(options: WriteOptions): WriteRequest {
  return {
    fieldManager: options.fieldManager,
    dryRun: options.dryRun,
    requester: options.user ? userFromName(options.user) : undefined,
  };
}

function timestamp(): string {
  return `${new Date().toISOString().slice(0, 19)}Z`;
}

function randomSuffix(): string {
  const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
  return [...randomUUID().replaceAll('-', '').slice(0, 10).matchAll(/../g)]
    .map(([pair]) => alphabet[parseInt(pair, 16) % alphabet.length])
    .join('');
}

/** The part of an applied configuration that counts: only the status on the status subresource, everything else elsewhere. */
function trackedPart(
  kind: ResourceKind,
  config: KubeObject,
  subresource: WriteRequest['subresource'],
): KubeObject {
  if (subresource === 'status') {
    const { apiVersion, metadata } = config;
    return {
      apiVersion,
      kind: config.kind,
      metadata: { name: metadata.name, namespace: metadata.namespace },
      ...(config.status === undefined ? {} : { status: config.status }),
    };
  }
  if (kind.statusSubresource) {
    const { status: _status, ...rest } = config;
    return rest as KubeObject;
  }
  return config;
}

/** A namespace stays while its own finalizers hold it. */
function holdsNamespace(object: KubeObject): boolean {
  const finalizers =
    object.kind === 'Namespace' &&
    object.apiVersion === 'v1' &&
    isJsonObject(object.spec)
      ? object.spec.finalizers
      : undefined;
  return Array.isArray(finalizers) && finalizers.length > 0;
}

function isReset(object: KubeObject): boolean {
  const { managedFields } = object.metadata;
  return (
    managedFields?.length === 1 && Object.keys(managedFields[0]).length === 0
  );
}

function requireSameObject(
  kind: ResourceKind,
  before: KubeObject,
  next: KubeObject,
): void {
  const { name, resourceVersion, uid } = next.metadata;
  if (name && name !== before.metadata.name) {
    throw badRequest(
      `the name of the object (${name}) does not match the name on the URL (${before.metadata.name})`,
    );
  }
  if (uid && uid !== before.metadata.uid) {
    throw invalid(kind, before.metadata.name, [
      invalidValue('metadata.uid', uid, 'field is immutable'),
    ]);
  }
  if (resourceVersion && resourceVersion !== before.metadata.resourceVersion) {
    throw modifiedConflict(kind, before.metadata.name);
  }
}

function requirePreconditions(
  kind: ResourceKind,
  current: KubeObject,
  preconditions: DeleteOptions['preconditions'],
): void {
  const { name, uid, resourceVersion } = current.metadata;
  // These two name the kind where all other conflicts name the resource.
  const target = { group: kind.group, plural: kind.kind };
  if (preconditions?.uid && preconditions.uid !== uid) {
    throw conflict(
      target,
      name,
      `the UID in the precondition (${preconditions.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`,
    );
  }
  if (
    preconditions?.resourceVersion &&
    preconditions.resourceVersion !== resourceVersion
  ) {
    throw conflict(
      target,
      name,
      `the ResourceVersion in the precondition (${preconditions.resourceVersion}) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`,
    );
  }
}

/** Whether a write changes nothing but bookkeeping. */
function isSame(before: KubeObject, next: KubeObject): boolean {
  return jsonEqual(comparable(before), comparable(next));
}

function comparable(object: KubeObject): JsonObject {
  const {
    managedFields,
    resourceVersion: _version,
    ...metadata
  } = object.metadata;
  return {
    ...object,
    metadata,
    managedFields: managedFields?.map(({ time: _time, ...entry }) => entry),
  };
}
