import {
  InputError,
  ServiceUnavailableError,
  toError,
} from '@backstage/errors';
import { MANAGER, phrase } from '@backstage-gitops/plugin-gitops-common';
import type {
  ClusterConnection,
  ClusterFetchInit,
} from '@backstage-gitops/plugin-gitops-node';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod/v3';
import {
  describeReference,
  referenceTo,
  type ClusterObject,
  type ObjectReference,
  type StoredObject,
} from './ClusterObject';
import {
  ClusterUnreachableError,
  kubernetesError,
  parseStatus,
  retryAfterMs,
  verbOf,
  type Attempt,
} from './kubernetesError';
import { ResourceDiscovery, type ServedResource } from './ResourceDiscovery';
import { wordedError, wordingOf } from '../words/wordedError';

const DEADLINE_MS = 30_000;
const PAGE_SIZE = 500;
const ATTEMPTS = 4;
const FIRST_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 10_000;
/** Answers of an API server that is overloaded or starting, not of a refusal. */
const PASSING = new Set([429, 502, 503, 504]);

/** @internal */
export interface CallOptions {
  signal?: AbortSignal;
}

/** @internal */
export interface ListQuery {
  apiVersion: string;
  kind: string;
  /** All namespaces if absent. */
  namespace?: string;
  labelSelector?: string;
  fieldSelector?: string;
  /** Only names, labels and times; no part of the content leaves the cluster. */
  metadataOnly?: boolean;
}

/** Asks for lists of metadata (Kubernetes API concepts, "Metadata-only fetches"). */
const METADATA_LIST =
  'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';

/** @internal */
export interface DeleteOptions extends CallOptions {
  propagation?: 'Background' | 'Foreground' | 'Orphan';
  /** Refuses (ConflictError) to delete another object of the same name. */
  preconditions?: { uid?: string; resourceVersion?: string };
}

const pageSchema = z.object({
  metadata: z
    .object({ continue: z.string().optional() })
    .passthrough()
    .default({}),
  items: z
    .array(z.record(z.unknown()))
    .nullish()
    .transform(items => items ?? []),
});

/**
 * The few things the portal does with objects of one cluster, each with a
 * deadline, passing trouble retried, and errors that say what to do.
 *
 * It speaks the Kubernetes REST API directly over the connection. The generic
 * client of `@kubernetes/client-node` would stand on the same transport, but it
 * turns times into `Date`, drops fields its generated models do not know, and
 * takes no signal per call; five plain requests are less than working around
 * that.
 *
 * @internal
 */
export class ClusterClient {
  readonly cluster: string;
  readonly discovery: ResourceDiscovery;
  readonly connection: ClusterConnection;
  private readonly deadlineMs: number;

  constructor(
    connection: ClusterConnection,
    options: {
      /** Milliseconds a call may take, retries included; 30 s if absent. */
      deadlineMs?: number;
    } = {},
  ) {
    this.connection = connection;
    this.cluster = connection.cluster;
    this.deadlineMs = options.deadlineMs ?? DEADLINE_MS;
    this.discovery = new ResourceDiscovery((path, signal) =>
      this.readDiscovery(path, signal),
    );
  }

  /**
   * Makes the object be as given: creates it, or changes those fields that the
   * portal owns (server-side apply).
   *
   * @throws ConflictError when another manager owns a field and `force` is not set.
   */
  async apply<T extends ClusterObject>(
    object: T,
    options: CallOptions & { force?: boolean } = {},
  ): Promise<StoredObject<T>> {
    const reference = referenceTo(object);
    const query = new URLSearchParams({
      fieldManager: MANAGER,
      fieldValidation: 'Strict',
      ...(options.force && { force: 'true' }),
    });
    return this.send<StoredObject<T>>({
      verb: 'apply',
      reference,
      options,
      query,
      method: 'PATCH',
      // JSON is YAML.
      contentType: 'application/apply-patch+yaml',
      body: object,
    });
  }

  /**
   * Reads one object, `undefined` when there is none. It asks for a list of
   * that one name, because every 404 is an audit failure with a stack trace in
   * the Kubernetes backend's log; so the right to `list` is needed, not `get`.
   */
  async get<T extends ClusterObject = ClusterObject>(
    reference: ObjectReference,
    options: CallOptions = {},
  ): Promise<StoredObject<T> | undefined> {
    const { apiVersion, kind, name, namespace } = reference;
    checkName(name, reference);
    const [found] = await this.list<T>(
      { apiVersion, kind, namespace, fieldSelector: `metadata.name=${name}` },
      options,
    );
    return found;
  }

  /** Reads all objects that match, page by page. */
  async list<T extends ClusterObject = ClusterObject>(
    query: ListQuery,
    options: CallOptions = {},
  ): Promise<StoredObject<T>[]> {
    const { apiVersion, kind, namespace } = query;
    const objects: StoredObject<T>[] = [];
    let next: string | undefined;
    do {
      const parameters = new URLSearchParams({
        limit: String(PAGE_SIZE),
        ...(query.labelSelector && { labelSelector: query.labelSelector }),
        ...(query.fieldSelector && { fieldSelector: query.fieldSelector }),
        ...(next && { continue: next }),
      });
      const page = pageSchema.parse(
        await this.send({
          verb: 'list',
          reference: { apiVersion, kind, namespace },
          options,
          query: parameters,
          method: 'GET',
          accept: query.metadataOnly ? METADATA_LIST : undefined,
        }),
      );
      for (const item of page.items) {
        // Items of a list carry no type of their own.
        objects.push({ ...item, apiVersion, kind } as StoredObject<T>);
      }
      next = page.metadata.continue || undefined;
    } while (next);
    return objects;
  }

  /** Merges `body` into the object (RFC 7386). @throws NotFoundError */
  async mergePatch<T extends ClusterObject = ClusterObject>(
    reference: ObjectReference,
    body: Record<string, unknown>,
    options: CallOptions = {},
  ): Promise<StoredObject<T>> {
    return this.send<StoredObject<T>>({
      verb: 'change',
      reference,
      options,
      query: new URLSearchParams({ fieldManager: MANAGER }),
      method: 'PATCH',
      contentType: 'application/merge-patch+json',
      body,
    });
  }

  /**
   * Asks for deletion. `deleted` means accepted: finalizers may hold the object
   * for longer.
   */
  async delete(
    reference: ObjectReference,
    options: DeleteOptions = {},
  ): Promise<'deleted' | 'absent'> {
    const { propagation, preconditions } = options;
    try {
      await this.send({
        verb: 'delete',
        reference,
        options,
        query: new URLSearchParams(),
        method: 'DELETE',
        contentType: 'application/json',
        body: {
          kind: 'DeleteOptions',
          apiVersion: 'v1',
          ...(propagation && { propagationPolicy: propagation }),
          ...(preconditions && { preconditions }),
        },
      });
      return 'deleted';
    } catch (error) {
      if (error instanceof Error && error.name === 'NotFoundError') {
        return 'absent';
      }
      throw error;
    }
  }

  /**
   * One request as it is, for what is not an object: no retry, no deadline.
   *
   * @throws ClusterUnreachableError when no answer of the API server was had.
   */
  async fetch(path: string, init: ClusterFetchInit): Promise<Response> {
    try {
      return await this.connection.fetch(path, init);
    } catch (error) {
      init.signal.throwIfAborted();
      const cause = toError(error);
      const wording = wordingOf(cause);
      throw wording
        ? wordedError(ClusterUnreachableError, wording)
        : new ClusterUnreachableError(cause.message);
    }
  }

  private async send<T>(request: {
    verb: Attempt['verb'];
    reference: Omit<ObjectReference, 'name'> & { name?: string };
    options: CallOptions;
    query: URLSearchParams;
    method: 'GET' | 'PATCH' | 'DELETE';
    contentType?: string;
    accept?: string;
    body?: unknown;
  }): Promise<T> {
    const { verb, reference, options } = request;
    const attempt = {
      cluster: this.cluster,
      verb,
      object: describeReference(reference),
    };
    return this.withDeadline(options.signal, attempt, async signal => {
      const served = await this.resolve(reference, signal);
      const path = objectPath(served, reference);
      const query = request.query.size > 0 ? `?${request.query}` : '';
      const { response, body } = await this.request(
        `${path}${query}`,
        {
          method: request.method,
          headers: {
            ...(request.contentType && {
              'Content-Type': request.contentType,
            }),
            ...(request.accept && { Accept: request.accept }),
          },
          ...(request.body !== undefined && {
            body: JSON.stringify(request.body),
          }),
        },
        signal,
      );
      if (response.ok) {
        return body as T;
      }
      const status = parseStatus(body);
      if (response.status === 404 && !status?.details?.name) {
        // Not the object is missing but its kind: learn the paths anew.
        this.discovery.forget(reference.apiVersion, reference.kind);
      }
      throw kubernetesError(response.status, status, attempt);
    });
  }

  private async resolve(
    reference: Omit<ObjectReference, 'name'>,
    signal: AbortSignal,
  ): Promise<ServedResource> {
    const { apiVersion, kind } = reference;
    const served = await this.discovery.find(apiVersion, kind, signal);
    if (!served) {
      throw wordedError(
        ServiceUnavailableError,
        phrase('clusterNotServed', {
          cluster: this.cluster,
          kind,
          group: apiVersion,
          missing: apiVersion.includes('toolkit.fluxcd.io')
            ? 'Flux'
            : phrase('clusterDefinition'),
        }),
      );
    }
    return served;
  }

  private async readDiscovery(
    path: string,
    signal: AbortSignal,
  ): Promise<unknown> {
    const { response, body } = await this.request(
      path,
      { method: 'GET' },
      signal,
    );
    if (response.status === 404) {
      return undefined;
    }
    if (!response.ok) {
      throw kubernetesError(response.status, parseStatus(body), {
        cluster: this.cluster,
        verb: 'read',
        object: phrase('clusterKinds', { path }),
      });
    }
    return body;
  }

  /**
   * One request, again while the server says it is busy. All requests made here
   * may be repeated: they are reads, patches to a given state, or deletions.
   */
  private async request(
    path: string,
    init: {
      method: 'GET' | 'PATCH' | 'DELETE';
      headers?: Record<string, string>;
      body?: string;
    },
    signal: AbortSignal,
  ): Promise<{ response: Response; body: unknown }> {
    for (let attempt = 1; ; attempt++) {
      const response = await this.fetch(path, { ...init, signal });
      const text = await response.text();
      const body = parseBody(text, response.ok, this.cluster);
      if (!PASSING.has(response.status) || attempt === ATTEMPTS) {
        return { response, body };
      }
      const backoff =
        FIRST_BACKOFF_MS * 2 ** (attempt - 1) * (0.5 + Math.random() / 2);
      const wished = retryAfterMs(response, parseStatus(body)) ?? backoff;
      await delay(Math.min(wished, MAX_BACKOFF_MS), undefined, { signal });
    }
  }

  private async withDeadline<T>(
    outer: AbortSignal | undefined,
    attempt: Attempt,
    call: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    const deadline = AbortSignal.timeout(this.deadlineMs);
    try {
      return await call(outer ? AbortSignal.any([outer, deadline]) : deadline);
    } catch (error) {
      if (outer?.aborted) {
        throw outer.reason;
      }
      if (deadline.aborted) {
        throw wordedError(
          ClusterUnreachableError,
          phrase('clusterTooSlow', {
            cluster: this.cluster,
            seconds: this.deadlineMs / 1000,
            verb: verbOf(attempt),
            object: attempt.object,
          }),
        );
      }
      throw error;
    }
  }
}

/**
 * Path of an object, or of its collection where no name is given. Every segment
 * is checked and encoded, so that no name can lead anywhere else.
 *
 * @internal
 */
export function objectPath(
  served: ServedResource,
  reference: { kind: string; name?: string; namespace?: string },
): string {
  const { name, namespace } = reference;
  const segments = [
    served.apiVersion.includes('/') ? 'apis' : 'api',
    ...served.apiVersion.split('/'),
  ];
  if (served.namespaced && namespace !== undefined) {
    checkName(namespace, reference);
    segments.push('namespaces', namespace);
  } else if (served.namespaced && name !== undefined) {
    throw new InputError(
      `${describeReference(reference)} needs a namespace: ${
        reference.kind
      } is not cluster-scoped`,
    );
  }
  segments.push(served.plural);
  if (name !== undefined) {
    checkName(name, reference);
    segments.push(name);
  }
  return `/${segments.map(encodeURIComponent).join('/')}`;
}

/**
 * The rule all kinds share (kubernetes/apimachinery
 * pkg/api/validation/path/name.go); the API server checks the kind's own.
 */
function checkName(name: string, reference: { kind: string }): void {
  if (
    name.length === 0 ||
    name.length > 253 ||
    name === '.' ||
    name === '..' ||
    /[/%,=]/.test(name)
  ) {
    throw new InputError(
      `'${name}' cannot be the name or namespace of a ${reference.kind}`,
    );
  }
}

function parseBody(text: string, ok: boolean, cluster: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    if (ok) {
      throw wordedError(
        ServiceUnavailableError,
        phrase('clusterNotJson', { cluster }),
      );
    }
    return undefined;
  }
}
