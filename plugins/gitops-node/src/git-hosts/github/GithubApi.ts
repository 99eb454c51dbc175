import { Octokit } from '@octokit/rest';
import type { z } from 'zod/v3';
import type {
  GitHostCallOptions,
  RepositoryLocation,
} from '../GitHostProvider';
import { statusError } from '../http/gitHostErrors';
import { messageOf } from '../http/GitHostHttp';
import type { GitHostTransport } from '../http/GitHostTransport';
import { readDocument } from '../http/readDocument';

/** An answer of GitHub's API, with a status that the caller expects. */
export interface GithubAnswer {
  status: number;
  data: unknown;
  headers: Headers;
}

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const WITHOUT_BODY = new Set([204, 205, 304]);

/**
 * GitHub's REST API through Octokit, which knows the addresses and parameters;
 * deadlines, repetition and limits are those of the transport that all hosts share.
 * Octokit's own plugins for retrying and throttling know no deadline of a call and
 * queue all writes of a process, a second apart.
 */
export class GithubApi {
  readonly host: string;

  constructor(
    private readonly transport: GitHostTransport,
    readonly apiUrl: string,
  ) {
    this.host = transport.host;
  }

  /**
   * @param purpose - What is being done, for errors: "read repository 'a/b'".
   * @param expected - Statuses that are answers beside those of success.
   */
  async call(
    purpose: string,
    { credential, signal }: GitHostCallOptions,
    expected: readonly number[],
    request: (octokit: Octokit) => Promise<unknown>,
  ): Promise<GithubAnswer> {
    const secret = credential.token;
    let answer: GithubAnswer | undefined;
    let failure: unknown;
    const octokit = new Octokit({
      auth: secret,
      baseUrl: this.apiUrl,
      log: quiet,
      request: {
        log: quiet,
        fetch: async (url: string, init: RequestInit) => {
          try {
            const response = await this.transport.send({
              method: init.method ?? 'GET',
              url,
              headers: Object.fromEntries(new Headers(init.headers)),
              body: typeof init.body === 'string' ? init.body : undefined,
              purpose,
              secret,
              signal,
            });
            const { status, headers, text } = response;
            answer = { status, headers, data: parseJson(text) };
            return new Response(WITHOUT_BODY.has(status) ? null : text, {
              status,
              headers,
            });
          } catch (error) {
            failure = error;
            throw error;
          }
        },
      },
    });

    try {
      await request(octokit);
    } catch (error) {
      if (failure) {
        throw failure;
      }
      // Octokit throws for each status from 400 on; without an answer it refused
      // the request itself.
      if (!answer) {
        throw error;
      }
    }
    if (!answer) {
      throw new Error(`Octokit sent no request to ${purpose}`);
    }
    const { status, data } = answer;
    if ((status < 200 || status > 299) && !expected.includes(status)) {
      throw statusError(
        { host: this.host, purpose, secret },
        status,
        wordsOf(data),
      );
    }
    return answer;
  }

  /** @throws ServiceUnavailableError when the document is of another shape. */
  read<T>(
    schema: z.ZodType<T, z.ZodTypeDef, unknown>,
    data: unknown,
    what: string,
  ): T {
    return readDocument(schema, data, {
      host: this.host,
      product: 'GitHub',
      what,
    });
  }
}

/** A repository as Octokit wants it. */
export function repositoryOf({ owner, name }: RepositoryLocation): {
  owner: string;
  repo: string;
} {
  return { owner, repo: name };
}

/** GitHub's words of an error: a summary, and what is wrong with each field. */
export function wordsOf(data: unknown): string | undefined {
  const message = messageOf(data);
  const details = detailsOf(data);
  return details.length > 0
    ? [message ?? 'refused', details.join(', ')].join(': ')
    : message;
}

function detailsOf(data: unknown): string[] {
  const { errors } = (data ?? {}) as { errors?: unknown };
  return Array.isArray(errors)
    ? errors.flatMap(error => {
        const words = typeof error === 'string' ? error : messageOf(error);
        return words ?? [];
      })
    : [];
}

function parseJson(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
