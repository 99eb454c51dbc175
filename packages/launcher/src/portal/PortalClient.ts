import { setTimeout as delay } from 'node:timers/promises';
import type {
  AddEnvironmentRequest,
  CreateProjectRequest,
  DeploymentDocument,
  DiagnosisDocument,
  InitializationMessage,
  InitializationResult,
  Page,
  ProjectDocument,
  ReconcileDocument,
} from '@backstage-gitops/plugin-gitops-common';

/** A scaffolder task as far as it is followed here. */
export interface TaskOutcome {
  id: string;
  status: 'completed' | 'failed' | 'cancelled';
  /** Log of the task, one message per line. */
  messages: string[];
  error?: string;
  output?: Record<string, unknown>;
}

/** Speaks to a running portal as a browser would, signed in as guest. */
export class PortalClient {
  readonly #url: string;
  #token = '';

  constructor(url: string) {
    this.#url = url;
  }

  /** A client that another caller's token speaks for, for example a service's. */
  static withToken(url: string, token: string): PortalClient {
    const client = new PortalClient(url);
    client.#token = token;
    return client;
  }

  async signIn(): Promise<void> {
    const answer = await fetch(`${this.#url}/api/auth/guest/refresh`, {
      headers: { 'x-requested-with': 'XMLHttpRequest' },
    });
    const body = (await answer.json()) as {
      backstageIdentity?: { token: string };
    };
    if (!body.backstageIdentity) {
      throw new Error(`the portal refused the guest user: ${answer.status}`);
    }
    this.#token = body.backstageIdentity.token;
  }

  /** What every call is authorised with. */
  get token(): string {
    return this.#token;
  }

  async #request(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<Response> {
    return fetch(`${this.#url}/api${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(60_000),
    });
  }

  /**
   * Calls any route below `/api` and returns its answer as it is.
   *
   * @throws Error with the portal's own message when the answer is an error
   */
  async text(method: string, path: string, body?: unknown): Promise<string> {
    const response = await this.#request(method, path, body);
    const text = await response.text();
    if (!response.ok) {
      let message = text;
      try {
        message = JSON.parse(text).error?.message ?? text;
      } catch {
        // not JSON: the text itself is the message
      }
      throw new Error(`${method} ${path}: ${response.status} ${message}`);
    }
    return text;
  }

  async #json<T>(method: string, path: string, body?: unknown): Promise<T> {
    const text = await this.text(method, path, body);
    return (text ? JSON.parse(text) : undefined) as T;
  }

  /** Waits until an entity is in the catalog. */
  async waitForEntity(kind: string, name: string): Promise<void> {
    const deadline = Date.now() + 60_000;
    for (;;) {
      const { status } = await this.#request(
        'GET',
        `/catalog/entities/by-name/${kind}/default/${name}`,
      );
      if (status === 200) {
        return;
      }
      if (Date.now() > deadline) {
        throw new Error(`${kind} '${name}' did not appear in the catalog`);
      }
      await delay(100);
    }
  }

  async createTask(
    template: string,
    values: Record<string, unknown>,
  ): Promise<string> {
    const { id } = await this.#json<{ id: string }>(
      'POST',
      '/scaffolder/v2/tasks',
      { templateRef: `template:default/${template}`, values, secrets: {} },
    );
    return id;
  }

  /** Follows a task to its end. */
  async waitForTask(
    id: string,
    options: { limitMs: number; onMessage?: (message: string) => void },
  ): Promise<TaskOutcome> {
    const messages: string[] = [];
    const deadline = Date.now() + options.limitMs;
    let after = 0;
    while (Date.now() < deadline) {
      const events = await this.#json<
        {
          id: number;
          type: string;
          body: {
            message: string;
            status?: string;
            error?: { message?: string };
            output?: Record<string, unknown>;
          };
        }[]
      >('GET', `/scaffolder/v2/tasks/${id}/events?after=${after}`);
      for (const event of events) {
        after = event.id;
        if (event.type === 'completion') {
          const task = await this.#json<{ status: TaskOutcome['status'] }>(
            'GET',
            `/scaffolder/v2/tasks/${id}`,
          );
          return {
            id,
            messages,
            status: task.status,
            error: event.body.error?.message,
            output: event.body.output,
          };
        }
        messages.push(event.body.message);
        options.onMessage?.(event.body.message);
      }
      await delay(100);
    }
    throw new Error(
      `task ${id} did not end within ${options.limitMs / 1000} s`,
    );
  }

  /** The answer that the entity's page is made of, and its size in bytes. */
  async entityDocument(
    name: string,
  ): Promise<{ document: ProjectDocument; bytes: number }> {
    const response = await this.#request(
      'GET',
      `/gitops/entities/component/default/${name}`,
    );
    const text = await response.text();
    if (!response.ok) {
      throw new Error(`no project for component '${name}': ${text}`);
    }
    return { document: JSON.parse(text), bytes: Buffer.byteLength(text) };
  }

  /** The project, or undefined while there is none that we may see. */
  async project(slug: string): Promise<ProjectDocument | undefined> {
    const response = await this.#request('GET', `/gitops/projects/${slug}`);
    if (response.status === 404) {
      return undefined;
    }
    const body = await response.json();
    if (!response.ok) {
      throw new Error(
        `GET /gitops/projects/${slug}: ${response.status} ${JSON.stringify(
          body,
        )}`,
      );
    }
    return body as ProjectDocument;
  }

  /** Records a project with its files and wishes. */
  async createProject(request: CreateProjectRequest): Promise<ProjectDocument> {
    return this.#json('POST', '/gitops/projects', request);
  }

  /**
   * Sets a project up, or follows whoever does.
   *
   * @throws Error with the run's own words when it failed or was cut
   */
  async initialize(slug: string): Promise<InitializationResult> {
    return this.#run(slug, `/gitops/projects/${slug}/initialize`, {});
  }

  /**
   * Adds an environment to a project in operation.
   *
   * @throws Error as {@link PortalClient.initialize} does
   */
  async addEnvironment(
    slug: string,
    request: AddEnvironmentRequest,
  ): Promise<InitializationResult> {
    return this.#run(slug, `/gitops/projects/${slug}/environments`, request);
  }

  async #run(
    slug: string,
    path: string,
    body: unknown,
  ): Promise<InitializationResult> {
    const text = await this.text('POST', path, body);
    const last = JSON.parse(
      text.trim().split('\n').at(-1)!,
    ) as InitializationMessage;
    if (last.type === 'result') {
      return last.result;
    }
    throw new Error(
      last.type === 'error'
        ? last.error.message
        : `the portal's answer to the set-up of '${slug}' was cut`,
    );
  }

  /** Asks Flux to look at an environment's source and Kustomization now. */
  async reconcile(
    slug: string,
    environment: string,
  ): Promise<ReconcileDocument> {
    return this.#json(
      'POST',
      `/gitops/projects/${slug}/environments/${environment}/reconcile`,
    );
  }

  async diagnosis(slug: string): Promise<DiagnosisDocument> {
    return this.#json('GET', `/gitops/projects/${slug}/diagnosis`);
  }

  async deployments(slug: string): Promise<Page<DeploymentDocument>> {
    return this.#json('GET', `/gitops/projects/${slug}/deployments`);
  }
}
