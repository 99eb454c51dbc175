import type {
  AuthService,
  DiscoveryService,
} from '@backstage/backend-plugin-api';
import { ServiceUnavailableError } from '@backstage/errors';
import { phrase, type Wording } from '@backstage-gitops/plugin-gitops-common';
import type {
  ClusterConnection,
  ClusterFetchInit,
} from '@backstage-gitops/plugin-gitops-node';
import { fetch, type Dispatcher } from 'undici';
import { z } from 'zod/v3';
import { wordedError } from '../words/wordedError';

/**
 * Response header by which the optional module of the Kubernetes backend
 * (`plugin-kubernetes-backend-module-gitops`) says that it is installed: an
 * aborted request is then aborted at the API server, too.
 */
const WATCH_HEADER = 'backstage-gitops-watch';

const hopErrorSchema = z.object({
  error: z.object({ name: z.string(), message: z.string().default('') }),
});
const statusSchema = z.object({ kind: z.literal('Status') });

/**
 * Reaches a cluster through the proxy of the portal's Kubernetes backend, with
 * the plugin's own credentials: which cluster, which address and which
 * credential stays that plugin's knowledge.
 *
 * @internal
 */
export class KubernetesProxyConnection implements ClusterConnection {
  readonly cluster: string;
  private readonly auth: AuthService;
  private readonly discovery: DiscoveryService;
  private readonly dispatcher: Dispatcher;
  private closes = false;

  constructor(options: {
    cluster: string;
    auth: AuthService;
    discovery: DiscoveryService;
    /** Must not limit how long headers or a body may take. */
    dispatcher: Dispatcher;
  }) {
    this.cluster = options.cluster;
    this.auth = options.auth;
    this.discovery = options.discovery;
    this.dispatcher = options.dispatcher;
  }

  /** Learnt from the last answer; false until there was one. */
  get closesUpstreamWatches(): boolean {
    return this.closes;
  }

  async fetch(path: string, init: ClusterFetchInit): Promise<Response> {
    init.signal.throwIfAborted();
    const baseUrl = await this.discovery.getBaseUrl('kubernetes');
    // A token lives an hour at most and costs next to nothing: one a request.
    const { token } = await this.auth.getPluginRequestToken({
      onBehalfOf: await this.auth.getOwnServiceCredentials(),
      targetPluginId: 'kubernetes',
    });
    let response: Response;
    try {
      // The types of undici and of Node's own fetch describe the same class.
      response = (await fetch(`${baseUrl}/proxy${path}`, {
        method: init.method,
        body: init.body,
        signal: init.signal,
        dispatcher: this.dispatcher,
        redirect: 'manual',
        headers: {
          Accept: 'application/json',
          ...init.headers,
          // The backend compresses what it proxies and does not flush: events
          // of a watch would wait for a full buffer.
          ...(isWatch(path) && { 'Accept-Encoding': 'identity' }),
          Authorization: `Bearer ${token}`,
          'Backstage-Kubernetes-Cluster': this.cluster,
        },
      })) as unknown as Response;
    } catch (error) {
      if (init.signal.aborted) {
        throw init.signal.reason;
      }
      throw this.notReached('clusterNoBackend', { said: rootMessage(error) });
    }
    this.closes = response.headers.get(WATCH_HEADER) === 'closes';
    return response.status < 300 ? response : this.fromApiServer(response);
  }

  /**
   * Tells an answer of the API server from one of the hop before it. Only the
   * body says so: a 404 or 401 of the proxy is about the proxy.
   */
  private async fromApiServer(response: Response): Promise<Response> {
    const text = await response.text();
    const body = parseJson(text);
    if (
      statusSchema.safeParse(body).success ||
      // The API server answers unknown paths in plain text.
      (response.status === 404 && body === undefined)
    ) {
      const headers = new Headers(response.headers);
      // The text is decoded by now.
      headers.delete('content-encoding');
      headers.delete('content-length');
      return new Response(text, { status: response.status, headers });
    }
    const hop = hopErrorSchema.safeParse(body);
    throw hop.success
      ? this.explainHop(response.status, hop.data.error.message)
      : this.notReached('clusterNotItsServer', { code: response.status });
  }

  private explainHop(status: number, said: string): Error {
    switch (status) {
      case 401:
      case 403:
        return this.notReached('clusterTokenRefused', { said });
      case 404:
        return this.notReached('clusterUnknown', { said });
      default:
        return this.notReached('clusterUnreachable', {
          said: said.replace(
            // The proxy's own opening says what stands here already.
            /^Cluster '.*?' request error; caused by (Error: )?/,
            '',
          ),
        });
    }
  }

  private notReached(
    why:
      | 'clusterNoBackend'
      | 'clusterNotItsServer'
      | 'clusterTokenRefused'
      | 'clusterUnknown'
      | 'clusterUnreachable',
    values: Wording['values'],
  ): Error {
    return wordedError(
      ServiceUnavailableError,
      phrase(why, { cluster: this.cluster, ...values }),
    );
  }
}

function isWatch(path: string): boolean {
  const watch = new URL(path, 'http://cluster').searchParams.get('watch');
  return watch === 'true' || watch === '1';
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function rootMessage(error: unknown): string {
  const cause = error instanceof Error ? error.cause ?? error : error;
  if (cause instanceof Error) {
    const code = 'code' in cause ? String(cause.code) : undefined;
    return cause.message || code || cause.name;
  }
  return String(cause);
}
