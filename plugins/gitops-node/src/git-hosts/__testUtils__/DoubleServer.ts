import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request to a double, read. */
export interface DoubleRequest {
  method: string;
  /** As it was sent. */
  path: string;
  /** Decoded, by name of the placeholder. */
  params: Record<string, string>;
  query: URLSearchParams;
  body: Record<string, unknown>;
  /** What came after the scheme of the `Authorization` header. */
  token: string | undefined;
}

export interface DoubleAnswer {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

/** Ends a handler with an answer. */
export class Refusal extends Error {
  constructor(readonly answer: DoubleAnswer) {
    super(`answered ${answer.status}`);
  }
}

export type DoubleHandler = (request: DoubleRequest) => DoubleAnswer;

interface DoubleRoute {
  method: string;
  pattern: RegExp;
  names: string[];
  handler: DoubleHandler;
}

/**
 * A server on loopback that stands for a host of which none can be had here. What a
 * handler did not expect is kept, and told after each test.
 */
export class DoubleServer {
  /** `GET /path` of each request, in order. */
  readonly seen: string[] = [];
  private readonly routes: DoubleRoute[] = [];
  private readonly violations: string[] = [];
  private server?: Server;

  /** @param path - With placeholders in braces, each for one encoded segment. */
  on(method: string, path: string, handler: DoubleHandler): void {
    const names: string[] = [];
    const pattern = path
      .replace(/[.]/g, '\\.')
      .replace(/\{(\w+)\}/g, (_, name) => {
        names.push(name);
        return '([^/]+)';
      });
    this.routes.push({
      method,
      pattern: new RegExp(`^${pattern}$`),
      names,
      handler,
    });
  }

  get url(): string {
    const { port } = this.server?.address() as AddressInfo;
    return `http://127.0.0.1:${port}`;
  }

  async start(): Promise<void> {
    this.server = createServer((request, response) => {
      this.answer(request)
        .catch((error: unknown): DoubleAnswer => {
          if (error instanceof Refusal) {
            return error.answer;
          }
          this.violations.push(`${request.method} ${request.url}: ${error}`);
          return { status: 500, body: { message: String(error) } };
        })
        .then(({ status, body, headers }) => {
          response.writeHead(status, {
            ...(body !== undefined && {
              'content-type': 'application/json; charset=utf-8',
            }),
            ...headers,
          });
          response.end(body === undefined ? undefined : JSON.stringify(body));
        });
    });
    await new Promise<void>(resolve => {
      this.server?.listen(0, '127.0.0.1', resolve);
    });
  }

  /** @throws AssertionError when anything was asked or answered that no handler knows */
  assertAsDescribed(): void {
    assert.deepEqual(this.violations.splice(0), []);
  }

  async stop(): Promise<void> {
    this.server?.closeAllConnections();
    await new Promise(resolve => {
      this.server?.close(resolve);
    });
  }

  private async answer(request: IncomingMessage): Promise<DoubleAnswer> {
    const url = new URL(request.url ?? '/', 'http://double');
    const method = request.method ?? 'GET';
    this.seen.push(`${method} ${url.pathname}`);
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk);
    }
    const text = Buffer.concat(chunks).toString();
    for (const route of this.routes) {
      const match = route.pattern.exec(url.pathname);
      if (route.method === method && match) {
        return route.handler({
          method,
          path: url.pathname,
          params: Object.fromEntries(
            route.names.map((name, index) => [
              name,
              decodeURIComponent(match[index + 1]),
            ]),
          ),
          query: url.searchParams,
          body: text ? JSON.parse(text) : {},
          token: request.headers.authorization?.split(' ')[1],
        });
      }
    }
    throw new Error('no such route');
  }
}
