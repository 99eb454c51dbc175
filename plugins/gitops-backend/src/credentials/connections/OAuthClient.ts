import {
  InputError,
  NotAllowedError,
  ServiceUnavailableError,
  toError,
} from '@backstage/errors';
import { phrase, type Wording } from '@backstage-gitops/plugin-gitops-common';
import {
  type GitHostOAuthSettings,
  type GitHostProvider,
  rateLimitOf,
  retryAfter,
} from '@backstage-gitops/plugin-gitops-node';
import * as oauth from 'oauth4webapi';
import { z } from 'zod/v3';
import { inEnglish } from '../../words/notice';
import {
  AnswerLostError,
  DEFAULT_SEND_LIMITS,
  NotSentError,
  type SendLimits,
  sendOnce,
} from './sendOnce';

/** Tokens as a host gave them, in clear; never stored, logged or answered so. @internal */
export interface OAuthTokens {
  accessToken: string;
  refreshToken?: string;
  /** RFC 3339 */
  expiresAt?: string;
  scopes?: string[];
}

/**
 * What came of a request for tokens.
 *
 * - `refused`: the code or refresh token is no good, and never will be.
 * - `misconfigured`: the host does not know the portal as it is configured.
 * - `busy`: the host put it off, or could not be reached.
 * - `lost`: the host may have given tokens that nobody received.
 *
 * The words are the host's own where it had any.
 * @internal
 */
export type TokenAnswer =
  | { kind: 'tokens'; tokens: OAuthTokens }
  | { kind: 'refused' | 'misconfigured' | 'lost'; words: string | Wording }
  | { kind: 'busy'; words: string | Wording; retryAfterMs?: number };

const errorSchema = z.object({
  error: z.string(),
  error_description: z.string().optional(),
});
/** The user said no, or what the user brought is used up (RFC 6749, 5.2; GitHub has its own). */
const NO_GOOD = new Set([
  'invalid_grant',
  'bad_verification_code',
  'bad_refresh_token',
]);
/** Gitea calls the client unauthorized when what it brought is used up or unknown. */
const GITEA_NO_GOOD = /refresh token|already used|not authorized|PKCE/i;
const MAX_WORDS = 200;

/**
 * The portal as an OAuth 2 client of one Git host: authorization code with PKCE
 * (S256), refresh and revocation. It never repeats a request by itself, because
 * codes and rotating refresh tokens are good for one.
 *
 * @internal
 */
export class OAuthClient {
  private readonly server: oauth.AuthorizationServer;
  private readonly client: oauth.Client;
  private readonly limits: SendLimits;

  /** @throws InputError for a token address that is not at the configured host */
  constructor(
    private readonly provider: GitHostProvider,
    private readonly settings: GitHostOAuthSettings,
    private readonly redirectUri: string,
    limits: Partial<SendLimits> = {},
  ) {
    const { authorizationUrl, tokenUrl, revocationUrl } = provider.oauth;
    if (new URL(tokenUrl).origin !== new URL(provider.baseUrl).origin) {
      throw new InputError(
        `Git host '${provider.host}' names ${
          new URL(tokenUrl).origin
        } for OAuth tokens, which is another host: correct its provider`,
      );
    }
    this.server = {
      issuer: provider.baseUrl,
      authorization_endpoint: authorizationUrl,
      token_endpoint: tokenUrl,
      revocation_endpoint: revocationUrl,
    };
    this.client = { client_id: settings.clientId };
    this.limits = { ...DEFAULT_SEND_LIMITS, ...limits };
  }

  static newVerifier(): string {
    return oauth.generateRandomCodeVerifier();
  }

  /** Where the browser goes to ask the user for consent. */
  async authorizationUrl(state: string, verifier: string): Promise<string> {
    const url = new URL(this.provider.oauth.authorizationUrl);
    for (const [name, value] of Object.entries({
      client_id: this.settings.clientId,
      response_type: 'code',
      redirect_uri: this.redirectUri,
      scope: this.provider.oauth.scopes.join(' '),
      state,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    })) {
      url.searchParams.set(name, value);
    }
    return url.toString();
  }

  /**
   * Tokens for what the browser brought back.
   *
   * @throws InputError, NotAllowedError or ServiceUnavailableError that say what the
   * host did not like, and what to do
   */
  async exchange(
    callback: { code?: string; error?: string },
    state: string,
    verifier: string,
  ): Promise<OAuthTokens> {
    const { host } = this.provider;
    if (callback.error !== undefined) {
      throw this.consentError(callback.error);
    }
    if (callback.code === undefined) {
      throw new InputError(
        `Git host '${host}' sent neither a code nor an error: start connecting again`,
      );
    }
    const { code } = callback;
    const parameters = oauth.validateAuthResponse(
      this.server,
      this.client,
      new URLSearchParams({ code, state }),
      state,
    );
    const answer = await this.ask(
      options =>
        oauth.authorizationCodeGrantRequest(
          this.server,
          this.client,
          oauth.ClientSecretPost(this.settings.clientSecret),
          parameters,
          this.redirectUri,
          verifier,
          options,
        ),
      response =>
        oauth.processAuthorizationCodeResponse(
          this.server,
          this.client,
          response,
        ),
      [code, verifier],
    );
    if (answer.kind === 'tokens') {
      return answer.tokens;
    }
    const words = inEnglish(answer.words);
    switch (answer.kind) {
      case 'refused':
        throw new InputError(
          `Git host '${host}' did not accept the consent (${words}): start connecting again`,
        );
      case 'misconfigured':
        throw new ServiceUnavailableError(this.registration(words));
      default:
        throw new ServiceUnavailableError(
          `Git host '${host}' ${words}: start connecting again when it is well`,
        );
    }
  }

  /** New tokens for a refresh token. Asks once, and says how it ended. */
  async refresh(refreshToken: string): Promise<TokenAnswer> {
    return this.ask(
      options =>
        oauth.refreshTokenGrantRequest(
          this.server,
          this.client,
          oauth.ClientSecretPost(this.settings.clientSecret),
          refreshToken,
          options,
        ),
      response =>
        oauth.processRefreshTokenResponse(this.server, this.client, response),
      [refreshToken],
    );
  }

  /**
   * Ends tokens at the host.
   *
   * @returns false where the host has no way to do so
   * @throws ServiceUnavailableError when the host did not do it
   */
  async revoke(tokens: OAuthTokens): Promise<boolean> {
    const { revocationUrl } = this.provider.oauth;
    if (!revocationUrl) {
      return false;
    }
    const all = [tokens.refreshToken, tokens.accessToken];
    for (const token of this.provider.type === 'github'
      ? [tokens.accessToken] // It takes no other.
      : all) {
      if (token !== undefined) {
        await this.revokeOne(revocationUrl, token, all);
      }
    }
    return true;
  }

  private async revokeOne(
    revocationUrl: string,
    token: string,
    secrets: readonly (string | undefined)[],
  ): Promise<void> {
    const { host, type } = this.provider;
    let response: Response;
    try {
      response =
        type === 'github'
          ? await this.revokeAtGitHub(revocationUrl, token)
          : await oauth.revocationRequest(
              this.server,
              this.client,
              oauth.ClientSecretPost(this.settings.clientSecret),
              token,
              this.options,
            );
    } catch (error) {
      throw new ServiceUnavailableError(
        `Git host '${host}' ${this.clean(toError(error).message, secrets)}`,
      );
    }
    // A token that is gone already is what was wanted: 200 by RFC 7009, 404 at GitHub.
    if (!response.ok && response.status !== 404) {
      throw new ServiceUnavailableError(
        `Git host '${host}' answered ${response.status} to the revocation of a token`,
      );
    }
  }

  /** GitHub's own way: an application deletes a token that was made for it. */
  private revokeAtGitHub(url: string, token: string): Promise<Response> {
    const { clientId, clientSecret } = this.settings;
    return sendOnce(
      url,
      {
        method: 'DELETE',
        headers: {
          Accept: 'application/vnd.github+json',
          Authorization: `Basic ${Buffer.from(
            `${clientId}:${clientSecret}`,
          ).toString('base64')}`,
          'Content-Type': 'application/json',
        },
        body: JSON.stringify({ access_token: token }),
      },
      this.limits,
    );
  }

  private get options(): oauth.TokenEndpointRequestOptions {
    return {
      // `integrations` says how the host is reached; a host without TLS is the
      // administrator's choice there.
      [oauth.allowInsecureRequests]: true,
      [oauth.customFetch]: async (url, { method, headers, body }) =>
        errorsAsErrors(
          await sendOnce(
            url,
            { method, headers, body: body?.toString() },
            this.limits,
          ),
        ),
    };
  }

  private async ask(
    send: (options: oauth.TokenEndpointRequestOptions) => Promise<Response>,
    read: (response: Response) => Promise<oauth.TokenEndpointResponse>,
    secrets: readonly string[],
  ): Promise<TokenAnswer> {
    const askedAt = Date.now();
    let response: Response;
    try {
      response = await send(this.options);
    } catch (error) {
      if (error instanceof NotSentError) {
        return { kind: 'busy', words: error.wording };
      }
      if (error instanceof AnswerLostError) {
        return { kind: 'lost', words: error.wording };
      }
      throw error;
    }
    const { status } = response;
    const { headers } = response;
    const text = await response.clone().text();
    const limited = rateLimitOf(status, headers, text);
    if (limited || status >= 500) {
      return {
        kind: 'busy',
        words: phrase('gitHostAnswered', { status }),
        retryAfterMs: limited?.waitMs ?? retryAfter(headers.get('retry-after')),
      };
    }
    if (status >= 300 && status < 400) {
      return {
        kind: 'misconfigured',
        words: phrase('gitHostRedirects', { status }),
      };
    }
    try {
      return {
        kind: 'tokens',
        tokens: toTokens(await read(response), askedAt),
      };
    } catch {
      return this.refusal(status, text, secrets);
    }
  }

  private refusal(
    status: number,
    text: string,
    secrets: readonly string[],
  ): TokenAnswer {
    const parsed = errorSchema.safeParse(parseJson(text));
    if (!parsed.success) {
      return status < 400
        ? { kind: 'lost', words: phrase('gitHostGaveNone') }
        : {
            kind: 'misconfigured',
            words: phrase('gitHostAnswered', { status }),
          };
    }
    const { error, error_description: description = '' } = parsed.data;
    const words = this.clean(
      description ? `${error}: ${description}` : error,
      secrets,
    );
    const noGood =
      NO_GOOD.has(error) ||
      (error === 'unauthorized_client' && GITEA_NO_GOOD.test(description));
    return { kind: noGood ? 'refused' : 'misconfigured', words };
  }

  private consentError(error: string): Error {
    const { host } = this.provider;
    const words = this.clean(error, []);
    switch (error) {
      case 'access_denied':
        return new NotAllowedError(
          `Access to your account at Git host '${host}' was not granted: nothing is connected. Start again and consent, if you did not mean to refuse`,
        );
      case 'server_error':
      case 'temporarily_unavailable':
        return new ServiceUnavailableError(
          `Git host '${host}' could not ask for consent (${words}): try again in a while`,
        );
      default:
        return new InputError(this.registration(words));
    }
  }

  private registration(words: string): string {
    return `Git host '${this.provider.host}' does not take the portal for its OAuth application (${words}): an administrator has to compare gitops.gitHosts[].oauth with the application there, whose redirect URI is ${this.redirectUri}`;
  }

  /** Words of the host, short, printable, and without what was sent to it. */
  private clean(
    text: string,
    secrets: readonly (string | undefined)[],
  ): string {
    let clean = text;
    for (const secret of [...secrets, this.settings.clientSecret]) {
      if (secret) {
        clean = clean.replaceAll(secret, '[hidden]');
      }
    }
    return clean.replace(/[^\x20-\x7e]+/g, ' ').slice(0, MAX_WORDS);
  }
}

/** GitHub answers its errors with status 200. */
async function errorsAsErrors(response: Response): Promise<Response> {
  if (response.status !== 200) {
    return response;
  }
  const text = await response.text();
  const body = parseJson(text);
  const failed =
    errorSchema.safeParse(body).success &&
    !z.object({ access_token: z.string() }).safeParse(body).success;
  return new Response(text, {
    status: failed ? 400 : 200,
    headers: response.headers,
  });
}

function toTokens(
  answer: oauth.TokenEndpointResponse,
  askedAt: number,
): OAuthTokens {
  const { access_token, refresh_token, expires_in, scope } = answer;
  return {
    accessToken: access_token,
    refreshToken: refresh_token || undefined,
    expiresAt:
      expires_in === undefined
        ? undefined
        : new Date(askedAt + expires_in * 1000).toISOString(),
    // Blanks by RFC 6749, commas at GitHub.
    scopes: scope ? scope.split(/[\s,]+/).filter(Boolean) : undefined,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
