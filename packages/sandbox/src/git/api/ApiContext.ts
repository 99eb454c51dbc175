import { Request, RequestHandler, Response } from 'express';
import { z } from 'zod/v3';
import { GitHostUser, includesRight, Right } from '../accounts';
import { BareRepository } from '../BareRepository';
import { Caller, GitHost } from '../GitHost';
import { StoredRepository } from '../GitHostState';
import { hasScope } from '../scopes';
import { ApiError, Moved, notFound } from './ApiError';

/** One request to the REST API: who asks, and what about. */
export class ApiContext {
  constructor(
    readonly host: GitHost,
    readonly req: Request,
    readonly res: Response,
    private readonly caller: Caller | undefined,
    /** Root of the host, without a trailing slash. */
    readonly baseUrl: string,
  ) {}

  get user(): GitHostUser | undefined {
    return this.caller?.user;
  }

  /** The signed-in user. @throws ApiError 401 */
  get signedIn(): GitHostUser {
    if (!this.caller) {
      throw new ApiError(401, 'token is required');
    }
    return this.caller.user;
  }

  /** Whether a password, not a token, was given. */
  get withPassword(): boolean {
    return this.caller !== undefined && this.caller.scopes === undefined;
  }

  /** @throws ApiError 403 when the token has not all of these scopes */
  requireScopes(...categories: string[]): void {
    const level = ['GET', 'HEAD'].includes(this.req.method) ? 'read' : 'write';
    for (const category of categories) {
      const required = `${level}:${category}`;
      if (this.caller && !hasScope(this.caller.scopes, required)) {
        throw new ApiError(
          403,
          `token does not have at least one of required scope(s), required=[${required}], token scope=${this.caller.scopes?.join(
            ',',
          )}`,
        );
      }
    }
  }

  /**
   * The repository of the path, if the caller may do this with it.
   *
   * @throws Moved to its new name, ApiError 404 when it may not even be read, 401 or
   * 403 when it may not be changed
   */
  repository(need: Right = 'read'): StoredRepository {
    this.requireScopes('repository');
    const { owner, repository: name } = this.req.params;
    const repository = this.host.state.findRepository(owner, name);
    if (!repository) {
      this.followMove(owner, name);
    }
    const right = repository && this.host.rightOn(repository, this.user);
    if (!repository || !right || !includesRight(right, 'read')) {
      throw notFound();
    }
    if (!includesRight(right, need)) {
      if (!this.caller) {
        throw new ApiError(401, 'token is required');
      }
      throw new ApiError(
        403,
        need === 'owner'
          ? 'user should be the owner of the repo'
          : 'user should be an owner or a collaborator with admin write of a repository',
      );
    }
    if (need === 'write' && repository.archived) {
      throw new ApiError(
        423,
        `repo.${repository.owner}/${repository.name} is archived`,
      );
    }
    return repository;
  }

  /** @throws Moved to those who may read what once had this name */
  private followMove(owner: string, name: string): void {
    const moved = this.host.state.findMoved(owner, name);
    if (moved && includesRight(this.host.rightOn(moved, this.user), 'read')) {
      const old = `/${encodeURIComponent(owner)}/${encodeURIComponent(name)}`;
      throw new Moved(
        this.req.originalUrl.replace(
          old,
          `/${encodeURIComponent(moved.owner)}/${encodeURIComponent(
            moved.name,
          )}`,
        ),
      );
    }
  }

  bare(repository: StoredRepository): BareRepository {
    return new BareRepository(this.host.directoryOf(repository));
  }

  /** The request's body, checked. @throws ApiError 422 */
  body<T>(schema: z.ZodType<T, z.ZodTypeDef, unknown>): T {
    const result = schema.safeParse(this.req.body ?? {});
    if (!result.success) {
      const [issue] = result.error.issues;
      throw new ApiError(422, `[${issue.path.join('.')}]: ${issue.message}`);
    }
    return result.data;
  }

  /** A page of a list by `page` and `limit`, with Gitea's count header. */
  page<T>(items: readonly T[]): T[] {
    const { page, limit } = this.paging();
    this.res.set('X-Total-Count', String(items.length));
    return items.slice((page - 1) * limit, page * limit);
  }

  paging(fallback = 30): { page: number; limit: number } {
    const number = (key: string, otherwise: number) => {
      const value = Number(this.req.query[key]);
      return Number.isInteger(value) && value > 0 ? value : otherwise;
    };
    return {
      page: number('page', 1),
      limit: Math.min(number('limit', fallback), 50),
    };
  }

  query(key: string): string | undefined {
    const value = this.req.query[key];
    return typeof value === 'string' && value !== '' ? value : undefined;
  }
}

/** Answers with JSON, or sends the answer itself and returns undefined. */
export type ApiHandler = (
  context: ApiContext,
) => Promise<{ status?: number; body?: unknown } | undefined>;

/** Makes a route of a handler. */
export type Route = (handler: ApiHandler) => RequestHandler;
