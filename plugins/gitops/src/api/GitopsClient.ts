import type { CompoundEntityRef } from '@backstage/catalog-model';
import type { FetchApi } from '@backstage/core-plugin-api';
import { ResponseError } from '@backstage/errors';
import type {
  DeploymentDocument,
  EventDocument,
  InitializationMessage,
  Page,
  ProjectDocument,
  ReconcileDocument,
} from '@backstage-gitops/plugin-gitops-common';
import type { GitopsApi, PageOptions, RequestOptions } from './GitopsApi';
import { readLines } from './readLines';

const BASE_URL = 'plugin://gitops';

/** Speaks to the GitOps backend through the app's fetch API. @public */
export class GitopsClient implements GitopsApi {
  readonly #fetchApi: FetchApi;

  constructor(options: { fetchApi: FetchApi }) {
    this.#fetchApi = options.fetchApi;
  }

  getProjectByEntity(
    { kind, namespace, name }: CompoundEntityRef,
    options?: RequestOptions,
  ): Promise<ProjectDocument> {
    return this.#json(path`/entities/${kind}/${namespace}/${name}`, options);
  }

  listDeployments(
    slug: string,
    options?: PageOptions,
  ): Promise<Page<DeploymentDocument>> {
    return this.#json(
      withCursor(path`/projects/${slug}/deployments`, options?.cursor),
      options,
    );
  }

  listEvents(
    slug: string,
    options?: PageOptions,
  ): Promise<Page<EventDocument>> {
    return this.#json(
      withCursor(path`/projects/${slug}/events`, options?.cursor),
      options,
    );
  }

  reconcileEnvironment(
    slug: string,
    environment: string,
    options?: RequestOptions,
  ): Promise<ReconcileDocument> {
    return this.#json(
      path`/projects/${slug}/environments/${environment}/reconcile`,
      { ...options, method: 'POST' },
    );
  }

  async retryInitialization(
    slug: string,
    onMessage?: (message: InitializationMessage) => void,
  ): Promise<void> {
    const response = await this.#request(path`/projects/${slug}/retry`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{}',
    });
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

  async #json<T>(
    url: string,
    init?: RequestOptions & { method?: string },
  ): Promise<T> {
    const response = await this.#request(url, {
      method: init?.method,
      signal: init?.signal,
    });
    return (await response.json()) as T;
  }

  async #request(url: string, init: RequestInit): Promise<Response> {
    const response = await this.#fetchApi.fetch(`${BASE_URL}${url}`, init);
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

function withCursor(url: string, cursor: string | undefined): string {
  return cursor ? `${url}?cursor=${encodeURIComponent(cursor)}` : url;
}
