import { IncomingMessage, ServerResponse } from 'node:http';
import { Faults } from '../../faults/Faults';
import {
  DefaultObjectStore,
  WriteRequest,
  inVersion,
  tableOf,
} from '../DefaultObjectStore';
import { DeleteOptions, KubeObject } from '../ObjectStore';
import { ResourceKind, apiVersionOf } from '../ResourceKind';
import { UserInfo } from '../access/UserInfo';
import { isJsonObject, objectAt } from '../json';
import { parseFieldSelector } from '../fieldSelector';
import { parseLabelSelector } from '../labelSelector';
import { decodeObject } from '../rules/decoding';
import {
  badRequest,
  conflict,
  invalid,
  methodNotAllowed,
  notFound,
  requiredValue,
  unknownResource,
  unsupportedMediaType,
} from '../statusErrors';
import { objectKey } from '../storage/ResourceTable';
import { WatchStream } from './WatchStream';
import { reviewAccess } from './accessReviews';
import {
  mediaTypeOf,
  parseBody,
  readBody,
  readObject,
  readOptionalObject,
} from './body';
import { checkFields } from './fieldValidation';
import { itemJson, listJson } from './lists';
import { patchObject, patchTypes } from './patches';
import { ResourcePath } from './requestInfo';
import { sendJson, sendText } from './respond';

/** Everything about one request that is known before its body is read. */
interface ResourceRequest {
  request: IncomingMessage;
  response: ServerResponse;
  query: URLSearchParams;
  path: ResourcePath;
  kind: ResourceKind;
  user: UserInfo;
  subresource: WriteRequest['subresource'];
}

const reviewKinds: Record<
  string,
  'SelfSubjectAccessReview' | 'SubjectAccessReview'
> = {
  selfsubjectaccessreviews: 'SelfSubjectAccessReview',
  subjectaccessreviews: 'SubjectAccessReview',
};

/** Routes of objects and collections. */
export class ResourceRoutes {
  private readonly watches = new Set<WatchStream>();

  constructor(
    private readonly options: {
      store: DefaultObjectStore;
      faults: Faults;
      bookmarkIntervalMs: number;
    },
  ) {}

  /** Ends open watches cleanly. */
  close(): void {
    for (const watch of this.watches) {
      watch.end();
    }
  }

  async handle(
    request: IncomingMessage,
    response: ServerResponse,
    url: URL,
    path: ResourcePath,
    user: UserInfo,
  ): Promise<void> {
    const { store } = this.options;
    const query = url.searchParams;
    this.authorize(request, query, path, user);
    if (await this.review(request, response, path, user)) {
      return;
    }
    const kind = store.registry.byPath(path.group, path.version, path.resource);
    if (!kind) {
      if (store.registry.hasBuiltInGroup(path.group)) {
        throw unknownResource();
      }
      sendText(response, 404, '404 page not found\n');
      return;
    }
    const subresource = subresourceOf(kind, path);
    if (path.name && kind.namespaced !== (path.namespace !== undefined)) {
      throw unknownResource();
    }
    if (!kind.namespaced && path.namespace !== undefined) {
      throw unknownResource();
    }
    const resource: ResourceRequest = {
      request,
      response,
      query,
      path,
      kind,
      user,
      subresource,
    };
    if (path.name) {
      await this.handleObject(resource, path.name);
    } else {
      await this.handleCollection(resource);
    }
  }

  private async handleObject(
    resource: ResourceRequest,
    name: string,
  ): Promise<void> {
    const { request, response, kind, path, subresource } = resource;
    switch (request.method) {
      case 'GET': {
        const stored = this.options.store.database
          .table(tableOf(kind))
          .get(objectKey(path.namespace, name));
        if (!stored) {
          throw notFound(kind, name);
        }
        sendJson(request, response, 200, inVersion(kind, stored).json);
        return;
      }
      case 'PUT':
        await this.replace(resource, name);
        return;
      case 'PATCH':
        await this.patch(resource, name);
        return;
      case 'DELETE':
        if (!subresource) {
          await this.remove(resource, name);
          return;
        }
        throw methodNotAllowed();
      default:
        throw methodNotAllowed();
    }
  }

  private async handleCollection(resource: ResourceRequest): Promise<void> {
    const { request, response, query, kind, path } = resource;
    switch (request.method) {
      case 'GET':
        if (isWatch(query)) {
          this.watch(resource);
          return;
        }
        sendJson(
          request,
          response,
          200,
          listJson(this.options.store.database, kind, path.namespace, query),
        );
        return;
      case 'POST':
        await this.create(resource);
        return;
      case 'DELETE':
        await this.removeCollection(resource);
        return;
      default:
        throw methodNotAllowed();
    }
  }

  private watch({ request, response, query, kind, path }: ResourceRequest) {
    const { store, faults, bookmarkIntervalMs } = this.options;
    const stream = new WatchStream(
      { database: store.database, faults, bookmarkIntervalMs },
      request,
      response,
      kind,
      path.namespace,
      query,
    );
    this.watches.add(stream);
    response.once('close', () => this.watches.delete(stream));
    stream.start();
  }

  private async create(resource: ResourceRequest): Promise<void> {
    const { request, response, kind, path } = resource;
    const body = decodeObject(kind, await readObject(request));
    if (kind.namespaced && path.namespace === undefined) {
      throw methodNotAllowed();
    }
    placeInNamespace(body, path.namespace);
    this.checkFields(resource, body);
    const object = this.options.store.createObject(
      kind,
      body,
      this.writeRequest(resource),
    );
    sendJson(request, response, 201, this.jsonOf(kind, object));
  }

  private async replace(
    resource: ResourceRequest,
    name: string,
  ): Promise<void> {
    const { request, response, kind, path } = resource;
    const body = decodeObject(kind, await readObject(request));
    placeInNamespace(body, path.namespace);
    this.checkFields(resource, body);
    if (body.metadata.name !== name) {
      throw badRequest(
        `the name of the object (${
          body.metadata.name ?? ''
        }) does not match the name on the URL (${name})`,
      );
    }
    const object = this.options.store.modify(
      kind,
      path.namespace,
      name,
      current => {
        if (body.metadata.uid && body.metadata.uid !== current.metadata.uid) {
          throw conflict(
            kind,
            name,
            `Precondition failed: UID in precondition: ${body.metadata.uid}, UID in object meta: ${current.metadata.uid}`,
          );
        }
        // Custom objects can only be replaced by somebody who says which version was read.
        if (kind.custom && !body.metadata.resourceVersion) {
          throw invalid(kind, name, [
            {
              reason: 'FieldValueInvalid',
              field: 'metadata.resourceVersion',
              message: 'Invalid value: 0: must be specified for an update',
            },
          ]);
        }
        return body;
      },
      this.writeRequest(resource),
    );
    sendJson(request, response, 200, this.jsonOf(kind, object));
  }

  private async patch(resource: ResourceRequest, name: string): Promise<void> {
    const { request, response, kind, path, query } = resource;
    const { store } = this.options;
    const mediaType = mediaTypeOf(request);
    const accepted: string[] = Object.values(patchTypes).filter(
      type => !(kind.custom && type === patchTypes.strategic),
    );
    if (!accepted.includes(mediaType)) {
      throw unsupportedMediaType(accepted);
    }
    const body = parseBody(await readBody(request), mediaType);
    if (mediaType === patchTypes.apply) {
      if (!query.get('fieldManager')) {
        throw invalid({ group: 'meta.k8s.io', kind: 'PatchOptions' }, '', [
          requiredValue('fieldManager', 'is required for apply patch'),
        ]);
      }
      const config = decodeApplied(kind, body);
      placeInNamespace(config, path.namespace);
      this.checkFields(resource, config);
      const { object, created } = store.applyObject(
        kind,
        path.namespace,
        name,
        config,
        {
          ...this.writeRequest(resource),
          force: query.get('force') === 'true',
        },
      );
      sendJson(
        request,
        response,
        created ? 201 : 200,
        this.jsonOf(kind, object),
      );
      return;
    }
    if (query.get('force') !== null) {
      throw invalid({ group: 'meta.k8s.io', kind: 'PatchOptions' }, '', [
        {
          reason: 'FieldValueForbidden',
          field: 'force',
          message: 'Forbidden: may not be specified for non-apply patch',
        },
      ]);
    }
    const object = store.modify(
      kind,
      path.namespace,
      name,
      current => {
        const next = decodeObject(
          kind,
          patchObject(
            mediaType,
            current,
            body,
            store.registry.mergeSchemaOf(kind),
          ),
        );
        this.checkFields(resource, next);
        return next;
      },
      this.writeRequest(resource),
    );
    sendJson(request, response, 200, this.jsonOf(kind, object));
  }

  private async remove(resource: ResourceRequest, name: string): Promise<void> {
    const { request, response, kind, path } = resource;
    const options = await this.deleteOptions(resource);
    const object = this.options.store.delete(
      kind,
      path.namespace,
      name,
      options,
    );
    const remains = this.options.store.get(kind, path.namespace, name);
    sendJson(
      request,
      response,
      200,
      remains || returnsObject(kind)
        ? this.jsonOf(kind, object)
        : JSON.stringify({
            kind: 'Status',
            apiVersion: 'v1',
            metadata: {},
            status: 'Success',
            details: {
              name,
              ...(kind.group ? { group: kind.group } : {}),
              kind: kind.plural,
              uid: object.metadata.uid,
            },
          }),
    );
  }

  private async removeCollection(resource: ResourceRequest): Promise<void> {
    const { request, response, query, kind, path } = resource;
    if (
      (kind.kind === 'Namespace' && kind.group === '') ||
      (kind.namespaced && path.namespace === undefined)
    ) {
      throw methodNotAllowed();
    }
    const { store } = this.options;
    const options = await this.deleteOptions(resource);
    const labels = parseLabelSelector(query.get('labelSelector') ?? undefined);
    const fields = parseFieldSelector(
      query.get('fieldSelector') ?? undefined,
      kind,
    );
    const chosen = [
      ...store.database.table(tableOf(kind)).values(path.namespace),
    ].filter(
      ({ object }) =>
        (!labels || labels(object.metadata.labels)) &&
        (!fields || fields(object)),
    );
    for (const { object } of chosen) {
      store.delete(kind, path.namespace, object.metadata.name, options);
    }
    sendJson(
      request,
      response,
      200,
      `{"kind":"${kind.kind}List","apiVersion":"${apiVersionOf(
        kind,
      )}","metadata":{"resourceVersion":"${
        store.database.revision
      }"},"items":[${chosen.map(stored => itemJson(kind, stored)).join(',')}]}`,
    );
  }

  private async deleteOptions({
    request,
    query,
  }: ResourceRequest): Promise<DeleteOptions> {
    const body = await readOptionalObject(request);
    const options = isJsonObject(body) ? body : {};
    const propagation =
      query.get('propagationPolicy') ?? options.propagationPolicy;
    if (
      propagation !== undefined &&
      !['Foreground', 'Background', 'Orphan'].includes(String(propagation))
    ) {
      throw invalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', [
        {
          reason: 'FieldValueNotSupported',
          field: 'propagationPolicy',
          message: `Unsupported value: ${JSON.stringify(
            propagation,
          )}: supported values: "Foreground", "Background", "Orphan", "nil"`,
        },
      ]);
    }
    const preconditions = objectAt(options, 'preconditions');
    return {
      dryRun:
        isDryRun(query) ||
        (Array.isArray(options.dryRun) && options.dryRun.includes('All')),
      propagation: propagation as DeleteOptions['propagation'],
      preconditions: preconditions && {
        uid: optionalText(preconditions.uid),
        resourceVersion: optionalText(preconditions.resourceVersion),
      },
    };
  }

  private writeRequest({
    request,
    query,
    user,
    subresource,
  }: ResourceRequest): WriteRequest {
    const agent = String(request.headers['user-agent'] ?? 'unknown');
    return {
      fieldManager: query.get('fieldManager') || agent.split('/')[0],
      dryRun: isDryRun(query),
      requester: user,
      subresource,
    };
  }

  /** Unknown fields of custom kinds: an error, a warning or nothing, as the request wants it. */
  private checkFields(
    { query, response, kind }: ResourceRequest,
    object: KubeObject,
  ): void {
    const warnings = checkFields(
      object,
      this.options.store.registry.schemaOf(kind),
      query.get('fieldValidation') ?? 'Warn',
    );
    if (warnings.length > 0) {
      response.setHeader(
        'Warning',
        warnings.map(text => `299 - ${JSON.stringify(text)}`),
      );
    }
  }

  private authorize(
    request: IncomingMessage,
    query: URLSearchParams,
    path: ResourcePath,
    user: UserInfo,
  ): void {
    const { group, resource, subresource, namespace, name } = path;
    this.options.store.authorizer.require(user, {
      verb: verbOf(request, query, name),
      group,
      resource: subresource ? `${resource}/${subresource}` : resource,
      // Rights on a namespace itself can be given inside of it.
      namespace: namespace ?? (resource === 'namespaces' ? name : undefined),
      name,
    });
  }

  private async review(
    request: IncomingMessage,
    response: ServerResponse,
    path: ResourcePath,
    user: UserInfo,
  ): Promise<boolean> {
    const kind =
      path.group === 'authorization.k8s.io' && path.version === 'v1'
        ? reviewKinds[path.resource]
        : undefined;
    if (!kind) {
      return false;
    }
    if (request.method !== 'POST' || path.name) {
      throw methodNotAllowed();
    }
    const answer = reviewAccess(
      this.options.store.authorizer,
      kind,
      user,
      await readObject(request),
    );
    sendJson(request, response, 201, JSON.stringify(answer));
    return true;
  }

  private jsonOf(kind: ResourceKind, object: KubeObject): string {
    const { namespace, name } = object.metadata;
    const stored = this.options.store.database
      .table(tableOf(kind))
      .get(objectKey(namespace, name));
    return stored?.object === object ? stored.json : JSON.stringify(object);
  }
}

function verbOf(
  request: IncomingMessage,
  query: URLSearchParams,
  name: string | undefined,
): string {
  switch (request.method) {
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return name ? 'delete' : 'deletecollection';
    default:
      if (name) {
        return 'get';
      }
      return isWatch(query) ? 'watch' : 'list';
  }
}

function isWatch(query: URLSearchParams): boolean {
  return ['1', 'true'].includes(query.get('watch') ?? '');
}

function isDryRun(query: URLSearchParams): boolean {
  const wanted = query.getAll('dryRun').filter(Boolean);
  if (wanted.some(value => value !== 'All')) {
    throw invalid({ group: 'meta.k8s.io', kind: 'CreateOptions' }, '', [
      {
        reason: 'FieldValueNotSupported',
        field: 'dryRun',
        message: `Unsupported value: ${JSON.stringify(
          wanted,
        )}: supported values: "All"`,
      },
    ]);
  }
  return wanted.length > 0;
}

function optionalText(value: unknown): string | undefined {
  return typeof value === 'string' && value ? value : undefined;
}

/** Kinds whose deletion is answered with the object instead of a `Status`. */
function returnsObject(kind: ResourceKind): boolean {
  return (
    kind.group === '' &&
    [
      'Pod',
      'Service',
      'ServiceAccount',
      'PersistentVolumeClaim',
      'ResourceQuota',
    ].includes(kind.kind)
  );
}

function subresourceOf(
  kind: ResourceKind,
  path: ResourcePath,
): WriteRequest['subresource'] {
  switch (path.subresource) {
    case undefined:
      return undefined;
    case 'status':
      if (kind.statusSubresource) {
        return 'status';
      }
      throw unknownResource();
    case 'finalize':
      if (kind.kind === 'Namespace' && kind.group === '') {
        return 'finalize';
      }
      throw unknownResource();
    default:
      throw unknownResource();
  }
}

function placeInNamespace(
  object: KubeObject,
  namespace: string | undefined,
): void {
  if (namespace === undefined) {
    return;
  }
  object.metadata.namespace ??= namespace;
  if (object.metadata.namespace !== namespace) {
    throw badRequest(
      `the namespace of the provided object does not match the namespace sent on the request`,
    );
  }
}

function decodeApplied(kind: ResourceKind, body: unknown): KubeObject {
  const { apiVersion = '/', kind: name = '' } = isJsonObject(body) ? body : {};
  if (apiVersion !== apiVersionOf(kind) || name !== kind.kind) {
    throw badRequest(`invalid object type: ${apiVersion}, Kind=${name}`);
  }
  return decodeObject(kind, body);
}
