import { createRequesterFn } from '@gitbeaker/requester-utils';
import type {
  BaseRequestOptionsWithOAuthToken,
  FormattedResponse,
  RequestOptions,
} from '@gitbeaker/requester-utils';
import type { z } from 'zod/v3';
import type {
  GitHostCallOptions,
  RepositoryLocation,
} from '../GitHostProvider';
import { statusError } from '../http/gitHostErrors';
import type {
  GitHostResponse,
  GitHostTransport,
} from '../http/GitHostTransport';
import { readDocument } from '../http/readDocument';
import { nameOf } from '../repositoryNames';

/** An answer of GitLab's API, with a status that the caller expects. */
export interface GitlabAnswer {
  status: number;
  data: unknown;
}

/** What gitbeaker's resources are made of. */
export type GitlabClient = BaseRequestOptionsWithOAuthToken<false>;

/** Stops gitbeaker, which goes on with whatever its requester returns. */
class NoSuccess extends Error {}

/**
 * GitLab's REST API v4 through gitbeaker, which knows the addresses and parameters.
 * Its own requester knows neither the deadline of a call nor what a busy GitLab
 * asks for, follows redirects wherever they lead, and its errors hold the request
 * with its token: requests go through the transport that all hosts share.
 */
export class GitlabApi {
  readonly host: string;

  constructor(
    private readonly transport: GitHostTransport,
    private readonly baseUrl: string,
    private readonly apiUrl: string,
  ) {
    this.host = transport.host;
  }

  /**
   * @param purpose - What is being done, for errors: "read repository 'a/b'".
   * @param expected - Statuses that are answers beside those of success.
   * @param request - Of a list it hands over all pages.
   */
  async call(
    purpose: string,
    { credential, signal }: GitHostCallOptions,
    expected: readonly number[],
    request: (client: GitlabClient) => Promise<unknown>,
  ): Promise<GitlabAnswer> {
    const secret = credential.token;
    let last: GitHostResponse | undefined;
    const requesterFn = createRequesterFn(
      async (_, requestOptions) => requestOptions,
      async (endpoint, requestOptions: RequestOptions = {}) => {
        const query = requestOptions.searchParams;
        // Some resources keep the beginning of their path in the prefix.
        const prefix = (requestOptions.prefixUrl ?? '')
          .slice(`${this.baseUrl}/api/v4`.length)
          .replace(/\/+$/, '');
        last = await this.transport.send({
          method: requestOptions.method ?? 'GET',
          url: `${this.apiUrl}${prefix}/${endpoint}${query ? `?${query}` : ''}`,
          headers: { accept: 'application/json', ...requestOptions.headers },
          body:
            typeof requestOptions.body === 'string'
              ? requestOptions.body
              : undefined,
          purpose,
          secret,
          signal,
        });
        if (!isSuccess(last.status)) {
          throw new NoSuccess();
        }
        return {
          status: last.status,
          headers: Object.fromEntries(last.headers),
          body: parseJson(last.text) as FormattedResponse['body'],
        };
      },
    );

    let data: unknown;
    try {
      data = await request({
        host: this.baseUrl,
        // GitLab takes personal, project and group tokens in this form, too.
        oauthToken: secret,
        requesterFn,
        // The transport has both.
        rateLimits: {},
        queryTimeout: null,
      });
    } catch (error) {
      if (!(error instanceof NoSuccess) || !last) {
        throw error;
      }
      data = parseJson(last.text);
    }
    const status = last?.status ?? 200;
    if (!isSuccess(status) && !expected.includes(status)) {
      throw statusError(
        { host: this.host, purpose, secret },
        status,
        wordsOf(data),
      );
    }
    return { status, data };
  }

  /** Reads a page beside the REST API, below the root of the web pages. */
  async getPage(
    path: string,
    purpose: string,
    { credential, signal }: GitHostCallOptions,
    expected: readonly number[],
  ): Promise<GitlabAnswer> {
    const secret = credential.token;
    const { status, text } = await this.transport.send({
      method: 'GET',
      url: `${this.baseUrl}${path}`,
      headers: {
        accept: 'application/json',
        authorization: `Bearer ${secret}`,
      },
      purpose,
      secret,
      signal,
    });
    const data = parseJson(text);
    if (!isSuccess(status) && !expected.includes(status)) {
      throw statusError(
        { host: this.host, purpose, secret },
        status,
        wordsOf(data),
      );
    }
    return { status, data };
  }

  /** @throws ServiceUnavailableError when the document is of another shape. */
  read<T>(
    schema: z.ZodType<T, z.ZodTypeDef, unknown>,
    data: unknown,
    what: string,
  ): T {
    return readDocument(schema, data, {
      host: this.host,
      product: 'GitLab',
      what,
    });
  }
}

/** A project as the API wants it: its path, which gitbeaker encodes. */
export function projectOf(location: RepositoryLocation): string {
  return nameOf(location);
}

/**
 * GitLab's words of an error: `message` is a text, a list, or lists by field;
 * others have `error` and `error_description`.
 */
export function wordsOf(data: unknown): string | undefined {
  const {
    message,
    error,
    error_description: description,
  } = (data ?? {}) as Record<string, unknown>;
  for (const words of [message, description, error]) {
    const text = flatten(words);
    if (text) {
      return text;
    }
  }
  return undefined;
}

function flatten(words: unknown): string {
  if (typeof words === 'string') {
    return words;
  }
  if (Array.isArray(words)) {
    return words.map(flatten).filter(Boolean).join(', ');
  }
  return words && typeof words === 'object'
    ? Object.entries(words)
        .map(([field, text]) => `${field} ${flatten(text)}`)
        .join(', ')
    : '';
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

function parseJson(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
