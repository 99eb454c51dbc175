import type { z } from 'zod/v3';
import type {
  GitHostCallOptions,
  RepositoryLocation,
} from '../GitHostProvider';
import { GitHostHttp } from '../http/GitHostHttp';
import type { GitHostAnswer, GitHostCall } from '../http/GitHostHttp';
import type { GitHostTransport } from '../http/GitHostTransport';

/** The REST API v1 of one Gitea or Forgejo. */
export class GiteaApi {
  readonly host: string;
  private readonly http: GitHostHttp;

  constructor(transport: GitHostTransport, baseUrl: string) {
    this.host = transport.host;
    this.http = new GitHostHttp({
      transport,
      apiUrl: `${baseUrl}/api/v1`,
      product: 'Gitea',
    });
  }

  /** @param expected - Statuses that are answers; every other one is an error. */
  call(
    method: GitHostCall['method'],
    path: string,
    purpose: string,
    expected: readonly number[],
    { credential, signal }: GitHostCallOptions,
    body?: unknown,
  ): Promise<GitHostAnswer> {
    const { token, username } = credential;
    return this.http.call(
      {
        method,
        path,
        purpose,
        body,
        signal,
        // With a user name it can be a password, which only Basic carries.
        authorization: username
          ? `Basic ${Buffer.from(`${username}:${token}`).toString('base64')}`
          : `token ${token}`,
      },
      expected,
    );
  }

  /** @throws ServiceUnavailableError when the body is of another shape. */
  read<T>(
    schema: z.ZodType<T, z.ZodTypeDef, unknown>,
    body: unknown,
    what: string,
  ): T {
    return this.http.read(schema, body, what);
  }

  /**
   * Pages of a list, until the caller has what it looks for. Gitea answers `null`
   * instead of an empty list.
   */
  async *pages<T>(
    path: string,
    item: z.ZodType<T, z.ZodTypeDef, unknown>,
    purpose: string,
    options: GitHostCallOptions,
  ): AsyncGenerator<T[]> {
    for (let page = 1; ; page++) {
      const { body, headers } = await this.call(
        'GET',
        `${path}${path.includes('?') ? '&' : '?'}page=${page}&limit=50`,
        purpose,
        [200],
        options,
      );
      const items = this.read(item.array().nullable(), body, 'list') ?? [];
      yield items;
      // A host may allow fewer than 50 a page; the header counts all.
      const total = Number(headers.get('x-total-count') ?? 0);
      if (items.length === 0 || page * items.length >= total) {
        return;
      }
    }
  }
}

/** Path of a repository in the API. */
export function repositoryPath({ owner, name }: RepositoryLocation): string {
  return `/repos/${encodeURIComponent(owner)}/${encodeURIComponent(name)}`;
}
