import { readFile } from 'node:fs/promises';
import { Agent, fetch, type Response } from 'undici';
import type { KubernetesAccess } from './existing';

/** A Kubernetes object as it is written. */
export interface Manifest {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; [key: string]: unknown };
  [key: string]: unknown;
}

const PLURALS: Record<string, string> = {
  Ingress: 'ingresses',
  NetworkPolicy: 'networkpolicies',
  GitRepository: 'gitrepositories',
  ValidatingAdmissionPolicy: 'validatingadmissionpolicies',
};

const CLUSTER_SCOPED = new Set([
  'Namespace',
  'Node',
  'ClusterRole',
  'ClusterRoleBinding',
  'CustomResourceDefinition',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
]);

/** Path of an object, or of its kind's list when no name is given. */
export function objectPath(reference: {
  apiVersion: string;
  kind: string;
  namespace?: string;
  name?: string;
}): string {
  const { apiVersion, kind, namespace, name } = reference;
  const plural = PLURALS[kind] ?? `${kind.toLowerCase()}s`;
  return [
    apiVersion.includes('/') ? '/apis' : '/api',
    apiVersion,
    ...(namespace && !CLUSTER_SCOPED.has(kind)
      ? ['namespaces', namespace]
      : []),
    plural,
    ...(name ? [name] : []),
  ].join('/');
}

/** Speaks to one API server, without any layer of the product in between. */
export class KubernetesApi {
  readonly url: string;
  readonly #token: string | undefined;
  readonly #agent: Agent;

  /** @param access - how to reach it; nothing is sent yet */
  constructor(access: KubernetesAccess) {
    const { url, token, ca, insecure, certificate } = access;
    this.url = url;
    this.#token = token;
    this.#agent = new Agent({
      connect: { ca, rejectUnauthorized: !insecure, ...certificate },
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  static async connect(options: {
    url: string;
    token: string;
    caFile?: string;
  }): Promise<KubernetesApi> {
    const { url, token, caFile } = options;
    const ca = caFile && (await readFile(caFile, 'utf8'));
    return new KubernetesApi({ url, token, ca });
  }

  async request(
    method: string,
    path: string,
    body?: string,
    contentType = 'application/json',
  ): Promise<Response> {
    return fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(this.#token && { authorization: `Bearer ${this.#token}` }),
        ...(body === undefined ? {} : { 'content-type': contentType }),
      },
      body,
      dispatcher: this.#agent,
      signal: AbortSignal.timeout(30_000),
    });
  }

  async #json<T>(...call: Parameters<KubernetesApi['request']>): Promise<T> {
    const response = await this.request(...call);
    const text = await response.text();
    if (!response.ok) {
      throw new Error(`${call[0]} ${call[1]}: ${response.status} ${text}`);
    }
    return JSON.parse(text) as T;
  }

  /** Server-side apply as a user other than the portal. */
  async apply<T = Manifest>(
    manifest: Manifest,
    fieldManager = 'test',
  ): Promise<T> {
    return this.#json(
      'PATCH',
      `${objectPath({
        ...manifest,
        ...manifest.metadata,
      })}?fieldManager=${fieldManager}&force=true`,
      JSON.stringify(manifest),
      'application/apply-patch+yaml',
    );
  }

  async mergePatch<T = Manifest>(
    reference: Parameters<typeof objectPath>[0],
    patch: unknown,
  ): Promise<T> {
    return this.#json(
      'PATCH',
      objectPath(reference),
      JSON.stringify(patch),
      'application/merge-patch+json',
    );
  }

  async get<T = Manifest>(
    reference: Parameters<typeof objectPath>[0],
  ): Promise<T | undefined> {
    const response = await this.request('GET', objectPath(reference));
    const text = await response.text();
    if (response.status === 404) {
      return undefined;
    }
    if (!response.ok) {
      throw new Error(`GET ${reference.kind}: ${response.status} ${text}`);
    }
    return JSON.parse(text) as T;
  }

  async list<T = Manifest>(
    reference: Parameters<typeof objectPath>[0],
    query = '',
  ): Promise<T[]> {
    const { items } = await this.#json<{ items: T[] }>(
      'GET',
      `${objectPath(reference)}${query}`,
    );
    return items;
  }

  async delete(reference: Parameters<typeof objectPath>[0]): Promise<void> {
    const response = await this.request('DELETE', objectPath(reference));
    const text = await response.text();
    if (!response.ok && response.status !== 404) {
      throw new Error(`DELETE ${reference.kind}: ${response.status} ${text}`);
    }
  }

  /** A token of a service account, good for an hour. */
  async createToken(namespace: string, account: string): Promise<string> {
    const { status } = await this.#json<{ status: { token: string } }>(
      'POST',
      `${objectPath({
        apiVersion: 'v1',
        kind: 'ServiceAccount',
        namespace,
        name: account,
      })}/token`,
      JSON.stringify({
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { expirationSeconds: 3600 },
      }),
    );
    return status.token;
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}
