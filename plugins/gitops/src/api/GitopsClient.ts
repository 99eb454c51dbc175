import type { CompoundEntityRef } from '@backstage/catalog-model';
import type { FetchApi } from '@backstage/core-plugin-api';
import { ResponseError } from '@backstage/errors';
import type { AppLanguageApi } from '@backstage/frontend-plugin-api';
import type {
  AuthorizeConnectionDocument,
  AuthorizeConnectionRequest,
  ClusterDocument,
  ConnectionCallbackRequest,
  ConnectionDocument,
  ConnectionHostDocument,
  CreateConnectionRequest,
  CredentialDocument,
  DeletionDocument,
  DeploymentDocument,
  DiagnosisDocument,
  DiscoveredDocument,
  EventDocument,
  FleetPage,
  FleetQuery,
  InitializationMessage,
  InventoryDocument,
  Page,
  ProjectDocument,
  ReconcileDocument,
  ReconcileRequest,
  ReplaceCredentialRequest,
  RotateCredentialRequest,
  SuspendRequest,
  SyncLogDocument,
} from '@backstage-gitops/plugin-gitops-common';
import type {
  DeploymentPageOptions,
  GitopsApi,
  PageOptions,
  RequestOptions,
} from './GitopsApi';
import { readLines } from './readLines';

const BASE_URL = 'plugin://gitops';

/** Speaks to the GitOps backend through the app's fetch API. @public */
export class GitopsClient implements GitopsApi {
  readonly #fetchApi: FetchApi;
  readonly #language: AppLanguageApi | undefined;

  /** @param options - without a language, the backend takes that of the browser */
  constructor(options: {
    fetchApi: FetchApi;
    appLanguageApi?: AppLanguageApi;
  }) {
    this.#fetchApi = options.fetchApi;
    this.#language = options.appLanguageApi;
  }

  getProjectByEntity(
    { kind, namespace, name }: CompoundEntityRef,
    options?: RequestOptions,
  ): Promise<ProjectDocument> {
    return this.#read(path`/entities/${kind}/${namespace}/${name}`, options);
  }

  getDiscovered(
    { kind, namespace, name }: CompoundEntityRef,
    options?: RequestOptions,
  ): Promise<DiscoveredDocument> {
    return this.#read(
      path`/entities/${kind}/${namespace}/${name}/discovered`,
      options,
    );
  }

  listProjects(
    query: FleetQuery = {},
    options?: RequestOptions,
  ): Promise<FleetPage> {
    return this.#read(withQuery('/projects', { ...query }), options);
  }

  getDiagnosis(
    slug: string,
    options?: RequestOptions,
  ): Promise<DiagnosisDocument> {
    return this.#read(path`/projects/${slug}/diagnosis`, options);
  }

  async deleteProject(
    slug: string,
    { dryRun, signal }: { dryRun?: boolean } & RequestOptions = {},
  ): Promise<DeletionDocument> {
    const url = withQuery(path`/projects/${slug}`, { dryRun });
    const response = await this.#request(url, { method: 'DELETE', signal });
    return (await response.json()) as DeletionDocument;
  }

  listDeployments(
    slug: string,
    { cursor, environment, ...options }: DeploymentPageOptions = {},
  ): Promise<Page<DeploymentDocument>> {
    return this.#read(
      withQuery(path`/projects/${slug}/deployments`, { environment, cursor }),
      options,
    );
  }

  listEvents(
    slug: string,
    { cursor, ...options }: PageOptions = {},
  ): Promise<Page<EventDocument>> {
    return this.#read(
      withQuery(path`/projects/${slug}/events`, { cursor }),
      options,
    );
  }

  listSyncLogs(
    slug: string,
    { cursor, ...options }: PageOptions = {},
  ): Promise<Page<SyncLogDocument>> {
    return this.#read(
      withQuery(path`/projects/${slug}/sync-logs`, { cursor }),
      options,
    );
  }

  async reconcileEnvironment(
    slug: string,
    environment: string,
    request: ReconcileRequest = {},
    options?: RequestOptions,
  ): Promise<ReconcileDocument> {
    const response = await this.#post(
      path`/projects/${slug}/environments/${environment}/reconcile`,
      request,
      options,
    );
    return (await response.json()) as ReconcileDocument;
  }

  async suspendEnvironment(
    slug: string,
    environment: string,
    request: SuspendRequest = {},
    options?: RequestOptions,
  ): Promise<void> {
    await this.#post(
      path`/projects/${slug}/environments/${environment}/suspend`,
      request,
      options,
    );
  }

  async resumeEnvironment(
    slug: string,
    environment: string,
    options?: RequestOptions,
  ): Promise<void> {
    await this.#post(
      path`/projects/${slug}/environments/${environment}/resume`,
      {},
      options,
    );
  }

  getInventory(
    slug: string,
    environment: string,
    options?: RequestOptions,
  ): Promise<InventoryDocument> {
    return this.#read(
      path`/projects/${slug}/environments/${environment}/inventory`,
      options,
    );
  }

  getCredential(
    slug: string,
    options?: RequestOptions,
  ): Promise<CredentialDocument> {
    return this.#read(path`/projects/${slug}/credentials`, options);
  }

  async replaceCredential(
    slug: string,
    request: ReplaceCredentialRequest,
    options?: RequestOptions,
  ): Promise<void> {
    await this.#post(path`/projects/${slug}/credentials`, request, options);
  }

  async rotateCredential(
    slug: string,
    request: RotateCredentialRequest = {},
    options?: RequestOptions,
  ): Promise<void> {
    await this.#post(
      path`/projects/${slug}/credentials/rotate`,
      request,
      options,
    );
  }

  async validateCredential(
    slug: string,
    options?: RequestOptions,
  ): Promise<void> {
    await this.#post(path`/projects/${slug}/credentials/validate`, {}, options);
  }

  async listConnections(
    options?: RequestOptions,
  ): Promise<ConnectionDocument[]> {
    const { items } = await this.#read<{ items: ConnectionDocument[] }>(
      '/connections',
      options,
    );
    return items;
  }

  async listConnectionHosts(
    options?: RequestOptions,
  ): Promise<ConnectionHostDocument[]> {
    const { items } = await this.#read<{ items: ConnectionHostDocument[] }>(
      '/connections/hosts',
      options,
    );
    return items;
  }

  async createConnection(
    request: CreateConnectionRequest,
    options?: RequestOptions,
  ): Promise<ConnectionDocument> {
    const response = await this.#post('/connections', request, options);
    return (await response.json()) as ConnectionDocument;
  }

  async authorizeConnection(
    request: AuthorizeConnectionRequest,
    options?: RequestOptions,
  ): Promise<AuthorizeConnectionDocument> {
    const response = await this.#post(
      '/connections/authorize',
      request,
      options,
    );
    return (await response.json()) as AuthorizeConnectionDocument;
  }

  async completeConnection(
    request: ConnectionCallbackRequest,
    options?: RequestOptions,
  ): Promise<ConnectionDocument> {
    const response = await this.#post(
      '/connections/callback',
      request,
      options,
    );
    return (await response.json()) as ConnectionDocument;
  }

  async testConnection(
    id: string,
    options?: RequestOptions,
  ): Promise<ConnectionDocument> {
    const response = await this.#post(
      path`/connections/${id}/test`,
      {},
      options,
    );
    return (await response.json()) as ConnectionDocument;
  }

  async deleteConnection(id: string, options?: RequestOptions): Promise<void> {
    await this.#request(path`/connections/${id}`, {
      method: 'DELETE',
      signal: options?.signal,
    });
  }

  async listClusters(options?: RequestOptions): Promise<ClusterDocument[]> {
    const { items } = await this.#read<{ items: ClusterDocument[] }>(
      '/clusters',
      options,
    );
    return items;
  }

  async retryInitialization(
    slug: string,
    onMessage?: (message: InitializationMessage) => void,
  ): Promise<void> {
    const response = await this.#post(path`/projects/${slug}/retry`, {});
    for await (const line of readLines(response)) {
      const message = JSON.parse(line) as InitializationMessage;
      onMessage?.(message);
      if (message.type === 'error') {
        const error = new Error(message.error.message);
        error.name = message.error.name;
        throw error;
      }
      if (message.type === 'result') {
        return;
      }
    }
    throw new Error(
      'The connection ended before the set-up did. It goes on in the portal; this page keeps following it.',
    );
  }

  async #read<T>(url: string, options?: RequestOptions): Promise<T> {
    const response = await this.#request(url, { signal: options?.signal });
    return (await response.json()) as T;
  }

  #post(
    url: string,
    body: object,
    options?: RequestOptions,
  ): Promise<Response> {
    return this.#request(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
      signal: options?.signal,
    });
  }

  async #request(url: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    if (this.#language) {
      headers.set('Accept-Language', this.#language.getLanguage().language);
    }
    const response = await this.#fetchApi.fetch(`${BASE_URL}${url}`, {
      ...init,
      headers,
    });
    if (!response.ok) {
      throw await ResponseError.fromResponse(response);
    }
    return response;
  }
}

/** Template tag that encodes every value as one path segment. */
function path(strings: TemplateStringsArray, ...values: string[]): string {
  return strings.reduce(
    (done, next, i) => done + encodeURIComponent(values[i - 1]) + next,
  );
}

/** Adds a query; several values of a parameter stand one after the other. */
function withQuery(url: string, parameters: Record<string, unknown>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    for (const each of Array.isArray(value) ? value : [value]) {
      if (each !== undefined) {
        query.append(name, String(each));
      }
    }
  }
  const text = query.toString();
  return text ? `${url}?${text}` : url;
}
