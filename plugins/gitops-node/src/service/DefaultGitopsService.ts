import type {
  AuthService,
  DiscoveryService,
} from '@backstage/backend-plugin-api';
import { parseEntityRef } from '@backstage/catalog-model';
import {
  InputError,
  ServiceUnavailableError,
  toError,
} from '@backstage/errors';
import type {
  AddEnvironmentRequest,
  CreateProjectRequest,
  DiagnosisDocument,
  InitializationMessage,
  InitializationResult,
  InitializeRequest,
  Page,
  ProjectDocument,
  ProjectSummaryDocument,
} from '@backstage-gitops/plugin-gitops-common';
import { errorFromName, errorFromResponse } from './errorFromResponse';
import type {
  GitopsInitializeOptions,
  GitopsProjectFilter,
  GitopsService,
  GitopsServiceRequestOptions,
} from './GitopsService';
import { GitopsStreamError } from './GitopsStreamError';
import { readLines } from './readLines';

const PLUGIN_ID = 'gitops';

/** No answer takes longer than this, streams apart. */
const REQUEST_TIMEOUT_MS = 30_000;

/**
 * The backend sends a heartbeat every few seconds. A connection that has been
 * silent for so long is dead, even if nobody has closed it.
 */
const STREAM_SILENCE_MS = 60_000;

/** Aborts when nothing renews it for a while. */
class SilenceLimit {
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;

  constructor(limitMs: number) {
    this.timer = setTimeout(() => this.controller.abort(), limitMs);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  renew(): void {
    this.timer.refresh();
  }

  end(): void {
    clearTimeout(this.timer);
  }
}

/** Speaks to the GitOps backend over REST, on behalf of the caller's user. */
export class DefaultGitopsService implements GitopsService {
  private readonly auth: AuthService;
  private readonly discovery: DiscoveryService;
  private readonly streamSilenceMs: number;

  static create(options: {
    auth: AuthService;
    discovery: DiscoveryService;
    /** Longest silence of a stream, in milliseconds. */
    streamSilenceMs?: number;
  }): DefaultGitopsService {
    return new DefaultGitopsService(options);
  }

  private constructor(options: {
    auth: AuthService;
    discovery: DiscoveryService;
    streamSilenceMs?: number;
  }) {
    this.auth = options.auth;
    this.discovery = options.discovery;
    this.streamSilenceMs = options.streamSilenceMs ?? STREAM_SILENCE_MS;
  }

  async createProject(
    request: CreateProjectRequest,
    options: GitopsServiceRequestOptions,
  ): Promise<ProjectDocument> {
    return this.json('POST', '/projects', options, request);
  }

  async getProject(
    slug: string,
    options: GitopsServiceRequestOptions,
  ): Promise<ProjectDocument> {
    return this.json('GET', path`/projects/${slug}`, options);
  }

  async getProjectByEntity(
    entityRef: string,
    options: GitopsServiceRequestOptions,
  ): Promise<ProjectDocument> {
    const { kind, namespace, name } = parseEntityRef(entityRef);
    return this.json(
      'GET',
      path`/entities/${kind}/${namespace}/${name}`,
      options,
    );
  }

  async listProjects(
    filter: GitopsProjectFilter,
    options: GitopsServiceRequestOptions,
  ): Promise<Page<ProjectSummaryDocument>> {
    const query = new URLSearchParams();
    for (const [key, value] of Object.entries(filter)) {
      if (value !== undefined) {
        query.set(key, String(value));
      }
    }
    const suffix = query.size > 0 ? `?${query}` : '';
    return this.json('GET', `/projects${suffix}`, options);
  }

  async diagnose(
    slug: string,
    options: GitopsServiceRequestOptions,
  ): Promise<DiagnosisDocument> {
    return this.json('GET', path`/projects/${slug}/diagnosis`, options);
  }

  async reconcile(
    slug: string,
    environment: string,
    options: GitopsServiceRequestOptions,
  ): Promise<void> {
    const response = await this.request(
      'POST',
      path`/projects/${slug}/environments/${environment}/reconcile`,
      options,
    );
    await response.body?.cancel();
  }

  async initialize(
    slug: string,
    request: InitializeRequest,
    options: GitopsInitializeOptions,
  ): Promise<InitializationResult> {
    return this.run(slug, path`/projects/${slug}/initialize`, request, options);
  }

  async addEnvironment(
    slug: string,
    request: AddEnvironmentRequest,
    options: GitopsInitializeOptions,
  ): Promise<InitializationResult> {
    return this.run(
      slug,
      path`/projects/${slug}/environments`,
      request,
      options,
    );
  }

  /** Asks for a run and follows it to its end. */
  private async run(
    slug: string,
    pathname: string,
    request: unknown,
    options: GitopsInitializeOptions,
  ): Promise<InitializationResult> {
    const silence = new SilenceLimit(this.streamSilenceMs);
    try {
      const response = await this.send(
        'POST',
        pathname,
        {
          credentials: options.credentials,
          signal: anySignal(options.signal, silence.signal),
        },
        request,
        // A compressed stream is held back until its buffer fills.
        { 'Accept-Encoding': 'identity' },
      );
      return await readRun(slug, response, silence, options.onMessage);
    } catch (error) {
      options.signal?.throwIfAborted();
      if (silence.signal.aborted) {
        throw new GitopsStreamError(
          `The set-up of project '${slug}' was silent for ${
            this.streamSilenceMs / 1000
          } s: the connection to the GitOps backend is taken for lost`,
        );
      }
      throw error;
    } finally {
      silence.end();
    }
  }

  private async json<T>(
    method: string,
    pathname: string,
    options: GitopsServiceRequestOptions,
    body?: unknown,
  ): Promise<T> {
    const response = await this.request(method, pathname, options, body);
    try {
      return JSON.parse(await response.text()) as T;
    } catch (error) {
      options.signal?.throwIfAborted();
      throw new ServiceUnavailableError(
        `The GitOps backend's answer to ${method} ${pathname} could not be read: ${reason(
          error,
        )}`,
      );
    }
  }

  private async request(
    method: string,
    pathname: string,
    options: GitopsServiceRequestOptions,
    body?: unknown,
  ): Promise<Response> {
    return this.send(
      method,
      pathname,
      {
        credentials: options.credentials,
        signal: anySignal(
          options.signal,
          AbortSignal.timeout(REQUEST_TIMEOUT_MS),
        ),
      },
      body,
    ).catch(error => {
      options.signal?.throwIfAborted();
      throw error;
    });
  }

  private async send(
    method: string,
    pathname: string,
    options: GitopsServiceRequestOptions,
    body: unknown,
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const baseUrl = await this.discovery.getBaseUrl(PLUGIN_ID);
    const { token } = await this.auth.getPluginRequestToken({
      onBehalfOf: options.credentials,
      targetPluginId: PLUGIN_ID,
    });
    let response: Response;
    try {
      response = await fetch(`${baseUrl}${pathname}`, {
        method,
        headers: {
          ...headers,
          Authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        },
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: options.signal,
      });
    } catch (error) {
      throw new ServiceUnavailableError(
        `The GitOps backend at ${baseUrl} did not answer ${method} ${pathname}: ${reason(
          error,
        )}`,
      );
    }
    if (!response.ok) {
      throw await errorFromResponse(response);
    }
    return response;
  }
}

/** Reads the messages of a run up to the closing one. */
async function readRun(
  slug: string,
  response: Response,
  silence: SilenceLimit,
  onMessage: GitopsInitializeOptions['onMessage'],
): Promise<InitializationResult> {
  const lines = readLines(response.body ?? emptyBody());
  try {
    for (;;) {
      const next = await lines.next().catch(error => {
        throw new GitopsStreamError(
          `The connection broke during the set-up of project '${slug}': ${reason(
            error,
          )}`,
        );
      });
      if (next.done) {
        throw new GitopsStreamError(
          next.value
            ? `The set-up of project '${slug}' was cut in the middle of a message`
            : `The set-up of project '${slug}' was cut before it was over`,
        );
      }
      silence.renew();
      const message = parseMessage(slug, next.value);
      onMessage?.(message);
      if (message.type === 'result') {
        return message.result;
      }
      if (message.type === 'error') {
        throw errorFromName(message.error.name, message.error.message);
      }
    }
  } finally {
    await lines.return('');
  }
}

function parseMessage(slug: string, line: string): InitializationMessage {
  try {
    const message: unknown = JSON.parse(line);
    if (message && typeof message === 'object' && 'type' in message) {
      return message as InitializationMessage;
    }
  } catch {
    // said below, for both ways of being wrong
  }
  throw new GitopsStreamError(
    `The set-up of project '${slug}' sent something that is not a message`,
  );
}

/** Encodes every value as one segment; URLs resolve dots even when encoded. */
function path(strings: TemplateStringsArray, ...values: string[]): string {
  const segments = values.map(value => {
    if (/^\.{0,2}$/.test(value)) {
      throw new InputError(`'${value}' is not a name`);
    }
    return encodeURIComponent(value);
  });
  return String.raw({ raw: strings }, ...segments);
}

function anySignal(
  one: AbortSignal | undefined,
  other: AbortSignal,
): AbortSignal {
  return one ? AbortSignal.any([one, other]) : other;
}

async function* emptyBody(): AsyncGenerator<Uint8Array> {
  // a body without content
}

/** `fetch` hides what happened in the cause. */
function reason(error: unknown): string {
  const { message, cause } = toError(error);
  return cause instanceof Error && cause.message ? cause.message : message;
}
