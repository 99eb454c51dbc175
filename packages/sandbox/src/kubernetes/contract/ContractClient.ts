import { Agent, fetch } from 'undici';

/** An API server the contract is held against. */
export interface KubernetesSubject {
  url: string;
  /** Bearer token of an administrator in `system:masters`. */
  token: string;
  /** Certificate authority in PEM form, for servers with TLS. */
  ca?: string;
}

/** An answer with its body read; JSON where it is JSON. */
export interface ContractAnswer {
  status: number;
  // Bodies are looked into freely by expectations; their shape is what is being tested.
  body: Record<string, any>;
  text: string;
  headers: { get(name: string): string | null };
}

/** One event of a watch. */
export interface WatchLine {
  type: string;
  object: Record<string, any>;
}

export interface RequestOptions {
  body?: unknown;
  query?: Record<string, string | number | boolean>;
  contentType?: string;
  headers?: Record<string, string>;
  /** Another token than the administrator's. */
  token?: string;
}

/** Waits until `check` gives something, or fails with the last thing that went wrong. */
export async function eventually<T>(
  check: () => Promise<T>,
  timeoutMs = 30_000,
): Promise<T> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > deadline) {
        throw error;
      }
      await new Promise(resolve => setTimeout(resolve, 50));
    }
  }
}

/** Lines of an open watch. */
export class ContractWatch {
  private readonly lines: WatchLine[] = [];
  private readonly waiting = new Set<() => void>();
  /** Settles when the stream is over: undefined for a clean end, the error otherwise. */
  readonly ended: Promise<unknown>;
  private isOver = false;

  constructor(
    stream: AsyncIterable<Uint8Array>,
    private readonly controller: AbortController,
  ) {
    this.ended = this.read(stream).then(
      () => undefined,
      error => error,
    );
  }

  /** The next event that fits; earlier ones are skipped and lost. */
  async next(
    fits: (line: WatchLine) => boolean = () => true,
    timeoutMs = 15_000,
  ): Promise<WatchLine> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      for (
        let line = this.lines.shift();
        line !== undefined;
        line = this.lines.shift()
      ) {
        if (fits(line)) {
          return line;
        }
      }
      if (this.isOver || Date.now() > deadline) {
        throw new Error(
          `no such event ${this.isOver ? 'before the watch ended' : 'in time'}`,
        );
      }
      await this.change(deadline - Date.now());
    }
  }

  async close(): Promise<void> {
    this.controller.abort();
    await this.ended;
  }

  /** Until something happens, or the time is over. */
  private async change(timeoutMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>(resolve => {
      timer = setTimeout(resolve, timeoutMs);
      this.waiting.add(resolve);
    });
    clearTimeout(timer);
    this.waiting.clear();
  }

  private async read(stream: AsyncIterable<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    let rest = '';
    try {
      for await (const chunk of stream) {
        rest += decoder.decode(chunk, { stream: true });
        const parts = rest.split('\n');
        rest = parts.pop() ?? '';
        for (const part of parts) {
          this.lines.push(JSON.parse(part));
        }
        this.wake();
      }
    } finally {
      this.isOver = true;
      this.wake();
    }
  }

  private wake(): void {
    for (const done of [...this.waiting]) {
      done();
    }
  }
}

/** A small HTTP client for the contract: every status is an answer, nothing is retried. */
export class ContractClient {
  private readonly agent: Agent;

  constructor(private readonly subject: KubernetesSubject) {
    this.agent = new Agent({
      connect: subject.ca ? { ca: subject.ca } : {},
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }

  get(path: string, query?: RequestOptions['query']) {
    return this.request('GET', path, { query });
  }

  post(path: string, body: unknown, options: RequestOptions = {}) {
    return this.request('POST', path, { ...options, body });
  }

  put(path: string, body: unknown, options: RequestOptions = {}) {
    return this.request('PUT', path, { ...options, body });
  }

  delete(path: string, options: RequestOptions = {}) {
    return this.request('DELETE', path, options);
  }

  mergePatch(path: string, body: unknown, options: RequestOptions = {}) {
    return this.request('PATCH', path, {
      ...options,
      body,
      contentType: 'application/merge-patch+json',
    });
  }

  apply(
    path: string,
    body: unknown,
    fieldManager: string,
    options: RequestOptions = {},
  ) {
    return this.request('PATCH', path, {
      ...options,
      body,
      query: { fieldManager, ...options.query },
      contentType: 'application/apply-patch+yaml',
    });
  }

  async request(
    method: string,
    path: string,
    options: RequestOptions = {},
  ): Promise<ContractAnswer> {
    const response = await fetch(this.address(path, options.query), {
      method,
      dispatcher: this.agent,
      headers: this.headers(options),
      body:
        options.body === undefined ? undefined : JSON.stringify(options.body),
    });
    const text = await response.text();
    const isJson = response.headers
      .get('content-type')
      ?.includes('application/json');
    return {
      status: response.status,
      body: isJson ? JSON.parse(text) : {},
      text,
      headers: response.headers,
    };
  }

  /** Opens a watch; fails when it is not answered with 200. */
  async watch(
    path: string,
    query: RequestOptions['query'] = {},
  ): Promise<ContractWatch> {
    const controller = new AbortController();
    const response = await fetch(
      this.address(path, { watch: true, ...query }),
      {
        dispatcher: this.agent,
        headers: { ...this.headers({}), 'Accept-Encoding': 'identity' },
        signal: controller.signal,
      },
    );
    if (response.status !== 200 || !response.body) {
      throw new Error(`watch answered ${response.status}`);
    }
    return new ContractWatch(response.body, controller);
  }

  async close(): Promise<void> {
    await this.agent.destroy();
  }

  private address(path: string, query: RequestOptions['query'] = {}): string {
    const url = new URL(path, this.subject.url);
    for (const [name, value] of Object.entries(query)) {
      url.searchParams.set(name, String(value));
    }
    return url.href;
  }

  private headers(options: RequestOptions): Record<string, string> {
    return {
      Authorization: `Bearer ${options.token ?? this.subject.token}`,
      Accept: 'application/json',
      'User-Agent': 'contract/1.0',
      ...(options.body === undefined
        ? {}
        : { 'Content-Type': options.contentType ?? 'application/json' }),
      ...options.headers,
    };
  }
}
