import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

const SCOPES = ['write:repository', 'write:user', 'write:organization'];

/** An account at the host. */
export interface Account {
  id: number;
  login: string;
}

interface Grant {
  account: Account;
  /** The one refresh token that is good; all others were used. */
  refreshToken?: string;
  accessToken?: string;
}

interface Code {
  account: Account;
  challenge: string;
  redirectUri: string;
}

/**
 * What goes wrong with a request for tokens.
 *
 * - `lose`: the host acts, and the connection breaks before its answer.
 * - `refuse`: an answer of this status, without acting.
 * - `hold`: the host acts, and answers only when it is let.
 * @internal
 */
export type Fault =
  | { kind: 'lose' }
  | { kind: 'refuse'; status: number; body?: string; retryAfter?: string }
  | { kind: 'redirect'; location: string }
  | { kind: 'hold'; acted: () => void; until: Promise<void> };

/**
 * A Git host that is an OAuth 2 authorization server as RFC 6749, 7009 and 7636
 * want it: codes are good once and only with their verifier and redirect URI, a
 * refresh token is good once, and a second use of it ends the whole grant. Its API
 * is the part of Gitea's that tells whose a token is and what it may do.
 */
export class OAuthHost {
  /** As in `integrations`; stays what it was after the end. */
  host = '';
  readonly clientId = 'portal';
  readonly clientSecret = randomBytes(12).toString('hex');
  /** Every request for tokens with a refresh token, by that token. */
  readonly refreshes = new Map<string, number>();
  readonly revoked: string[] = [];
  /** Applied to requests for tokens, one each, in order. */
  readonly faults: Fault[] = [];
  lifeSeconds: number | undefined = 3600;
  scopes = SCOPES;

  private readonly grants = new Set<Grant>();
  private readonly codes = new Map<string, Code>();
  private readonly personal = new Map<string, Account>();
  private readonly server: Server;
  private apiFault: number | undefined;

  static async start(): Promise<OAuthHost> {
    const host = new OAuthHost();
    host.server.listen(0, '127.0.0.1');
    await once(host.server, 'listening');
    const { port } = host.server.address() as AddressInfo;
    host.host = `127.0.0.1:${port}`;
    return host;
  }

  private constructor() {
    this.server = createServer((request, response) => {
      this.handle(request, response).catch(error => response.destroy(error));
    });
  }

  get url(): string {
    return `http://${this.host}`;
  }

  get refreshCalls(): number {
    return [...this.refreshes.values()].reduce((sum, calls) => sum + calls, 0);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  /** What the browser does: shows the page, the user consents, and it goes back. */
  consent(authorizationUrl: string, account: Account) {
    const query = new URL(authorizationUrl).searchParams;
    const want = {
      client_id: this.clientId,
      response_type: 'code',
      code_challenge_method: 'S256',
    };
    for (const [name, value] of Object.entries(want)) {
      if (query.get(name) !== value) {
        throw new Error(`${name} is ${query.get(name)}, not ${value}`);
      }
    }
    const code = token('code');
    this.codes.set(code, {
      account,
      challenge: query.get('code_challenge')!,
      redirectUri: query.get('redirect_uri')!,
    });
    return { code, state: query.get('state')! };
  }

  /** A personal token, made on the host's page. */
  personalToken(account: Account): string {
    const made = token('pat');
    this.personal.set(made, account);
    return made;
  }

  /** Tokens as if the account had consented long ago. */
  grant(account: Account): { accessToken: string; refreshToken: string } {
    const grant: Grant = { account };
    this.grants.add(grant);
    return this.issue(grant);
  }

  /** The user removes tokens and applications on the host's page. */
  revokeEverything(): void {
    this.grants.clear();
    this.personal.clear();
  }

  /** An access token ends before its time; its refresh token stays good. */
  endAccess(accessToken: string): void {
    for (const grant of this.grants) {
      if (grant.accessToken === accessToken) {
        grant.accessToken = undefined;
      }
    }
  }

  /** The API answers with this status; undefined for as usual. */
  failApi(status: number | undefined): void {
    this.apiFault = status;
  }

  knows(accessToken: string): boolean {
    return this.accountOf(accessToken) !== undefined;
  }

  private async handle(
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { pathname } = new URL(request.url!, this.url);
    const body = await text(request);
    switch (`${request.method} ${pathname}`) {
      case 'POST /login/oauth/access_token':
        return this.token(new URLSearchParams(body), request, response);
      case 'POST /login/oauth/revoke': {
        const form = new URLSearchParams(body);
        const value = form.get('token')!;
        this.revoked.push(value);
        for (const grant of this.grants) {
          if (grant.refreshToken === value || grant.accessToken === value) {
            this.grants.delete(grant);
          }
        }
        return send(response, 200, {});
      }
      default:
        return this.api(pathname, request, response);
    }
  }

  private api(
    pathname: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): void {
    if (this.apiFault) {
      return send(response, this.apiFault, { message: 'not now' });
    }
    const value = request.headers.authorization?.split(' ').at(-1) ?? '';
    const account = this.accountOf(value);
    if (!account) {
      return send(response, 401, { message: `token ${value} is not known` });
    }
    if (pathname === '/api/v1/user') {
      return send(response, 200, { ...account, email: 'a@example.com' });
    }
    if (pathname === '/api/v1/admin/orgs') {
      return send(response, 403, {
        message: `token does not have at least one of required scope(s), required=[read:admin], token scope=${this.scopes.join(
          ',',
        )}`,
      });
    }
    return send(response, 404, { message: 'no such page' });
  }

  private async token(
    form: URLSearchParams,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const refreshToken = form.get('refresh_token');
    if (refreshToken) {
      this.refreshes.set(
        refreshToken,
        (this.refreshes.get(refreshToken) ?? 0) + 1,
      );
    }
    const fault = this.faults.shift();
    if (fault?.kind === 'refuse') {
      response.writeHead(fault.status, {
        'content-type': 'application/json',
        ...(fault.retryAfter && { 'retry-after': fault.retryAfter }),
      });
      response.end(fault.body ?? '{}');
      return;
    }
    if (fault?.kind === 'redirect') {
      response.writeHead(307, { location: fault.location }).end();
      return;
    }
    const answer = this.tokens(form);
    if (fault?.kind === 'lose') {
      request.socket.destroy();
      return;
    }
    if (fault?.kind === 'hold') {
      fault.acted();
      await fault.until;
    }
    send(response, 'error' in answer ? 400 : 200, answer);
  }

  private tokens(form: URLSearchParams): { error: string } | object {
    if (
      form.get('client_id') !== this.clientId ||
      form.get('client_secret') !== this.clientSecret
    ) {
      return { error: 'invalid_client', error_description: 'who is this?' };
    }
    switch (form.get('grant_type')) {
      case 'authorization_code':
        return this.exchange(form);
      case 'refresh_token':
        return this.refresh(form.get('refresh_token')!);
      default:
        return { error: 'unsupported_grant_type' };
    }
  }

  private exchange(form: URLSearchParams): { error: string } | object {
    const value = form.get('code')!;
    const code = this.codes.get(value);
    this.codes.delete(value);
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url');
    if (
      code?.challenge !== challenge ||
      code.redirectUri !== form.get('redirect_uri')
    ) {
      return {
        error: 'invalid_grant',
        error_description: `the code ${value} is no good`,
      };
    }
    const grant: Grant = { account: code.account };
    this.grants.add(grant);
    return this.answer(this.issue(grant));
  }

  private refresh(refreshToken: string): { error: string } | object {
    for (const grant of this.grants) {
      if (grant.refreshToken === refreshToken) {
        return this.answer(this.issue(grant));
      }
    }
    return {
      error: 'invalid_grant',
      error_description: `the refresh token ${refreshToken} was used`,
    };
  }

  private issue(grant: Grant) {
    grant.accessToken = token('access');
    grant.refreshToken = token('refresh');
    return {
      accessToken: grant.accessToken,
      refreshToken: grant.refreshToken,
    };
  }

  private answer(tokens: { accessToken: string; refreshToken: string }) {
    return {
      access_token: tokens.accessToken,
      refresh_token: tokens.refreshToken,
      token_type: 'bearer',
      expires_in: this.lifeSeconds,
    };
  }

  private accountOf(accessToken: string): Account | undefined {
    for (const grant of this.grants) {
      if (grant.accessToken === accessToken) {
        return grant.account;
      }
    }
    return this.personal.get(accessToken);
  }
}

function token(kind: string): string {
  return `${kind}-secret-${randomBytes(16).toString('hex')}`;
}

function send(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
