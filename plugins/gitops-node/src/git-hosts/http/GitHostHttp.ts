import { z } from 'zod/v3';
import { statusError } from './gitHostErrors';
import type { GitHostTransport } from './GitHostTransport';
import { readDocument } from './readDocument';

/** One call of a Git host's REST API. */
export interface GitHostCall {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query below the API's root, each segment encoded. */
  path: string;
  /** Sent as JSON. */
  body?: unknown;
  /** Value of the `Authorization` header; never part of an error. */
  authorization: string;
  /** What is being done, for errors: "read repository 'a/b'". */
  purpose: string;
  signal?: AbortSignal;
}

/** An answer with one of the statuses that the caller knows. */
export interface GitHostAnswer {
  status: number;
  body: unknown;
  headers: Headers;
}

const errorBodySchema = z.object({ message: z.string().min(1) });

/** Calls a REST API of JSON documents through the host's transport. */
export class GitHostHttp {
  constructor(
    private readonly options: {
      transport: GitHostTransport;
      apiUrl: string;
      /** Name of the host's software, for errors. */
      product: string;
    },
  ) {}

  /**
   * @param expected - Statuses that are answers; every other one is an error.
   * @throws as {@link statusError} and {@link GitHostTransport.send}
   */
  async call(
    call: GitHostCall,
    expected: readonly number[],
  ): Promise<GitHostAnswer> {
    const { transport, apiUrl } = this.options;
    const secret = call.authorization.split(' ').at(-1);
    const { status, headers, text } = await transport.send({
      method: call.method,
      url: `${apiUrl}${call.path}`,
      headers: {
        Accept: 'application/json',
        Authorization: call.authorization,
        ...(call.body !== undefined && { 'Content-Type': 'application/json' }),
      },
      body: call.body === undefined ? undefined : JSON.stringify(call.body),
      purpose: call.purpose,
      secret,
      signal: call.signal,
    });
    const body = parseJson(text);
    if (!expected.includes(status)) {
      throw statusError(
        { host: transport.host, purpose: call.purpose, secret },
        status,
        messageOf(body),
      );
    }
    return { status, body, headers };
  }

  /** @throws ServiceUnavailableError when the body is of another shape. */
  read<T>(
    schema: z.ZodType<T, z.ZodTypeDef, unknown>,
    body: unknown,
    what: string,
  ): T {
    return readDocument(schema, body, {
      host: this.options.transport.host,
      product: this.options.product,
      what,
    });
  }
}

/** The host's words of an error, where it has any. */
export function messageOf(body: unknown): string | undefined {
  const parsed = errorBodySchema.safeParse(body);
  return parsed.success ? parsed.data.message : undefined;
}

function parseJson(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
