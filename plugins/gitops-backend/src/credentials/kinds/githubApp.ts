import { createPrivateKey, createSign } from 'node:crypto';
import {
  InputError,
  ServiceUnavailableError,
  toError,
} from '@backstage/errors';
import { phrase } from '@backstage-gitops/plugin-gitops-common';
import type { GitHostProvider } from '@backstage-gitops/plugin-gitops-node';
import { z } from 'zod/v3';
import { wordedError } from '../../words/wordedError';
import type { GithubAppCredential } from './FluxCredential';

const DEADLINE_MS = 15_000;
/** GitHub takes ten minutes at most, and clocks differ. */
const TOKEN_SECONDS = 300;
const CLOCK_SECONDS = 60;

const installationSchema = z.object({
  permissions: z.record(z.string()).default({}),
});

/**
 * Root of the REST API that Flux asks for tokens; absent for github.com, which is
 * what it asks by itself.
 *
 * @internal
 */
export function githubApiUrl(
  provider: Pick<GitHostProvider, 'host' | 'baseUrl'>,
): string | undefined {
  return provider.host === 'github.com'
    ? undefined
    : `${provider.baseUrl}/api/v3`;
}

/**
 * Asks GitHub, as the app, whether the installation is there and may read content.
 *
 * @returns rights of the app that reading a repository does not need
 * @throws InputError that says what is wrong with app, installation or key;
 * ServiceUnavailableError when the host does not answer
 * @internal
 */
export async function checkGithubApp(
  app: Pick<
    GithubAppCredential,
    'appId' | 'installationId' | 'privateKey' | 'apiUrl'
  >,
  options: { host: string; signal?: AbortSignal },
): Promise<{ excessive: string[] }> {
  const { host, signal } = options;
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  let response: Response;
  try {
    response = await fetch(
      `${
        app.apiUrl ?? 'https://api.github.com'
      }/app/installations/${encodeURIComponent(app.installationId)}`,
      {
        headers: {
          accept: 'application/vnd.github+json',
          authorization: `Bearer ${appToken(app)}`,
        },
        redirect: 'error',
        signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
      },
    );
  } catch (error) {
    signal?.throwIfAborted();
    throw new ServiceUnavailableError(
      `Git host '${host}' cannot be asked about GitHub App ${app.appId}: ${
        toError(error).message
      }`,
    );
  }
  if (response.status === 401) {
    throw wordedError(
      InputError,
      phrase('appKeyRefused', { host, app: app.appId }),
    );
  }
  if (response.status === 404) {
    throw wordedError(
      InputError,
      phrase('appNotInstalled', {
        host,
        app: app.appId,
        installation: app.installationId,
      }),
    );
  }
  if (!response.ok) {
    throw new ServiceUnavailableError(
      `Git host '${host}' answered ${response.status} when asked about GitHub App ${app.appId}: try again later`,
    );
  }
  const { permissions } = installationSchema.parse(await response.json());
  if (!permissions.contents) {
    throw wordedError(InputError, phrase('appMayNotRead', { app: app.appId }));
  }
  return {
    excessive: Object.entries(permissions)
      .filter(
        ([name, level]) =>
          level !== 'read' || !['contents', 'metadata'].includes(name),
      )
      .map(([name, level]) => `${name}: ${level}`),
  };
}

/**
 * Checks that a text is a private RSA key that needs no passphrase.
 *
 * @throws InputError that says what it is instead
 * @internal
 */
export function checkAppKey(privateKey: string): void {
  if (/ENCRYPTED/.test(privateKey)) {
    throw new InputError(
      'credential.privateKey: the key is protected by a passphrase, which nobody could enter when Flux reads; give one without',
    );
  }
  let type: string | undefined;
  try {
    type = createPrivateKey(privateKey).asymmetricKeyType;
  } catch {
    throw new InputError(
      'credential.privateKey: this is not a private key in PEM form; give the .pem file that the host made for the app',
    );
  }
  if (type !== 'rsa') {
    throw new InputError(
      `credential.privateKey: apps have RSA keys and this one is ${type}; give the .pem file that the host made for the app`,
    );
  }
}

/** What an app authenticates as itself with (RFC 7519, RS256). */
function appToken(
  app: Pick<GithubAppCredential, 'appId' | 'privateKey'>,
): string {
  const seconds = Math.floor(Date.now() / 1000);
  const part = (value: unknown) =>
    Buffer.from(JSON.stringify(value)).toString('base64url');
  const unsigned = `${part({ alg: 'RS256', typ: 'JWT' })}.${part({
    iat: seconds - CLOCK_SECONDS,
    exp: seconds + TOKEN_SECONDS,
    iss: app.appId,
  })}`;
  const signature = createSign('RSA-SHA256')
    .update(unsigned)
    .sign(app.privateKey, 'base64url');
  return `${unsigned}.${signature}`;
}
