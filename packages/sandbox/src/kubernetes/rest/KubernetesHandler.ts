import { IncomingMessage, ServerResponse } from 'node:http';
import { Faults } from '../../faults/Faults';
import { serveFaults } from '../../faults/serveFaults';
import { DefaultObjectStore } from '../DefaultObjectStore';
import { StatusError } from '../StatusError';
import { Authenticator } from '../access/Authenticator';
import { pathDeniedTo } from '../access/RoleBasedAuthorizer';
import { UserInfo, userFromName } from '../access/UserInfo';
import { badRequest, unknownResource } from '../statusErrors';
import { ResourceRoutes } from './ResourceRoutes';
import { coreVersions, groupList, groupOf, resourceList } from './discovery';
import { RequestPath, parsePath } from './requestInfo';
import { sendJson, sendStatusError, sendText } from './respond';

const healthPaths = ['/healthz', '/livez', '/readyz'];

/** Answer of `/version`. */
const version = {
  major: '1',
  minor: '36',
  gitVersion: 'v1.36.0+sandbox',
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: '',
  compiler: '',
  platform: `${process.platform}/${process.arch}`,
};

/** The API over HTTP: authentication, impersonation, discovery; resources are handed on. */
export class KubernetesHandler {
  private readonly resources: ResourceRoutes;

  constructor(
    private readonly options: {
      store: DefaultObjectStore;
      authenticator: Authenticator;
      faults: Faults;
      bookmarkIntervalMs: number;
    },
  ) {
    this.resources = new ResourceRoutes(options);
  }

  /** Listener for an HTTP server. */
  readonly listener = (
    request: IncomingMessage,
    response: ServerResponse,
  ): void => {
    this.handle(request, response).catch(error => {
      if (response.headersSent || response.destroyed) {
        response.destroy();
        return;
      }
      sendStatusError(
        request,
        response,
        error instanceof StatusError
          ? error
          : new StatusError(
              500,
              'InternalError',
              `Internal error occurred: ${
                error instanceof Error ? error.message : String(error)
              }`,
            ),
      );
    });
  };

  /** Ends open watches cleanly. */
  close(): void {
    this.resources.close();
  }

  private async handle(
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const url = requestUrl(request);
    const isAdmin = url.pathname.startsWith('/sandbox/');
    if (!isAdmin && (await this.sufferFault(request, response))) {
      return;
    }
    const user = this.authenticate(request);
    if (isAdmin) {
      if (!user.groups.includes('system:masters')) {
        throw pathDeniedTo(user, 'use', url.pathname);
      }
      await serveFaults(this.options.faults, request, response, url.pathname);
      return;
    }
    const path = parsePath(url.pathname);
    if (path.type === 'resource') {
      await this.resources.handle(request, response, url, path, user);
      return;
    }
    const verb = (request.method ?? 'GET').toLowerCase();
    if (!this.options.store.authorizer.allowsPath(user, verb, url.pathname)) {
      throw pathDeniedTo(user, verb, url.pathname);
    }
    this.serveDocument(request, response, url, path);
  }

  private sufferFault(
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<boolean> {
    return this.options.faults.intercept(
      request,
      response,
      (code, retryAfterSeconds) => faultStatus(code, retryAfterSeconds),
    );
  }

  private serveDocument(
    request: IncomingMessage,
    response: ServerResponse,
    url: URL,
    path: RequestPath,
  ): void {
    const { pathname } = url;
    if (healthPaths.some(p => pathname === p || pathname.startsWith(`${p}/`))) {
      sendText(response, 200, 'ok');
      return;
    }
    const document =
      pathname.replace(/\/$/, '') === '/version'
        ? version
        : this.discovery(path);
    if (document) {
      sendJson(request, response, 200, JSON.stringify(document));
    } else {
      if (
        path.type === 'discovery' &&
        path.level === 'version' &&
        this.options.store.registry.hasBuiltInGroup(path.group)
      ) {
        throw unknownResource();
      }
      sendText(response, 404, '404 page not found\n');
    }
  }

  private discovery(path: RequestPath): unknown {
    if (path.type !== 'discovery') {
      return undefined;
    }
    const served = this.options.store.registry.all();
    switch (path.level) {
      case 'core':
        return coreVersions();
      case 'groups':
        return groupList(served);
      case 'group':
        return groupOf(path.group, served);
      default:
        return resourceList(path.group, path.version, served);
    }
  }

  /** Who the request acts as: its own user, or the one it impersonates where it may. */
  private authenticate(request: IncomingMessage): UserInfo {
    const { authenticator, store } = this.options;
    const user = authenticator.authenticate(request.headers.authorization);
    const name = request.headers['impersonate-user'];
    const groups = headerList(request.headers['impersonate-group']);
    if (!name) {
      if (groups.length > 0) {
        throw badRequest(
          'requested [{Group  ' +
            `${groups[0]}  }] without impersonating a user`,
        );
      }
      return user;
    }
    const target = String(name);
    const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(target);
    store.authorizer.require(user, {
      verb: 'impersonate',
      group: '',
      resource: account ? 'serviceaccounts' : 'users',
      namespace: account?.[1],
      name: account?.[2] ?? target,
    });
    for (const group of groups) {
      store.authorizer.require(user, {
        verb: 'impersonate',
        group: '',
        resource: 'groups',
        name: group,
      });
    }
    return userFromName(target, groups);
  }
}

function requestUrl(request: IncomingMessage): URL {
  try {
    return new URL(request.url ?? '/', 'http://localhost');
  } catch {
    throw badRequest('the request URL cannot be read');
  }
}

function headerList(header: string | string[] | undefined): string[] {
  if (header === undefined) {
    return [];
  }
  // Node joins repeated headers it does not know with a comma.
  return (Array.isArray(header) ? header : header.split(',')).map(group =>
    group.trim(),
  );
}

const faultTexts: Record<number, [reason: string, message: string]> = {
  410: ['Expired', 'too old resource version: 1 (2)'],
  429: ['TooManyRequests', 'too many requests, please try again later'],
  500: ['InternalError', 'Internal error occurred: switched on for a test'],
  503: [
    'ServiceUnavailable',
    'the server is currently unable to handle the request',
  ],
  504: ['Timeout', 'the server was unable to return a response in time'],
};

function faultStatus(
  code: number,
  retryAfterSeconds: number | undefined,
): unknown {
  const [reason, message] = faultTexts[code] ?? [
    '',
    'an error on the server has prevented the request from succeeding',
  ];
  return new StatusError(
    code,
    reason,
    message,
    retryAfterSeconds === undefined ? undefined : { retryAfterSeconds },
  ).toStatus();
}
