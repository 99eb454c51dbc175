import { InputError, NotAllowedError, toError } from '@backstage/errors';
import {
  phrase,
  type CredentialWish,
} from '@backstage-gitops/plugin-gitops-common';
import type {
  GitHostCredential,
  GitHostPower,
} from '@backstage-gitops/plugin-gitops-node';
import type { CredentialTarget } from '../kinds/CredentialTarget';
import { checkAppKey, checkGithubApp, githubApiUrl } from '../kinds/githubApp';
import { notice, type Notice } from '../../words/notice';
import { checkExpiry, checkTokenShape } from './checkToken';
import { probeRepository } from './probeRepository';

/** What a check found that is no reason to refuse: a warning, and when it ends. @internal */
export interface Findings extends Partial<Notice> {
  expiresAt?: string;
}

/**
 * Tries at the host what a user brings, before anything is stored.
 *
 * @internal
 */
export class CredentialCheck {
  /** @throws errors of {@link CredentialCheck.mayRead}, InputError for a wrong form */
  async token(
    wish: Extract<CredentialWish, { kind: 'token' }>,
    target: CredentialTarget,
  ): Promise<Findings> {
    checkTokenShape('credential.token', wish.token);
    if (wish.username !== undefined) {
      checkTokenShape('credential.username', wish.username);
    }
    checkExpiry('credential.expiresAt', wish.expiresAt);
    const credential = { token: wish.token, username: wish.username };
    // Scopes first: a token that lacks one cannot read either, and says less.
    const power = await this.power(credential, target);
    if (power?.missing.length) {
      throw new InputError(
        `The token given for Flux lacks the scope ${power.missing.join(
          ', ',
        )}: make one with it at ${target.provider.tokenPageUrl}`,
      );
    }
    await this.mayRead(credential, target);
    return {
      expiresAt: wish.expiresAt ?? power?.expiresAt,
      ...excess('tokenExcess', power?.excessive, target),
    };
  }

  /** @throws InputError for a key or an app that Flux could not use */
  async app(
    wish: Extract<CredentialWish, { kind: 'app' }>,
    target: CredentialTarget,
  ): Promise<Findings> {
    const { provider, signal } = target;
    if (wish.appType === 'gitlab_app' || provider.type !== 'github') {
      throw new InputError(
        `credential.appType: Flux reads as an app only from GitHub, and Git host '${provider.host}' is ${provider.type}; choose a connection, which is the same application acting for you, or a project token`,
      );
    }
    for (const field of ['appId', 'installationId'] as const) {
      if (!/^[1-9][0-9]{0,18}$/.test(wish[field])) {
        throw new InputError(
          `credential.${field}: this is not a number as GitHub shows it`,
        );
      }
    }
    checkAppKey(wish.privateKey);
    const { excessive } = await checkGithubApp(
      { ...wish, apiUrl: githubApiUrl(provider) },
      { host: provider.host, signal },
    );
    return { ...excess('appExcess', excessive, target) };
  }

  /**
   * What Flux shall read with has to be able to, before the cluster finds out.
   *
   * @throws InputError when the host refuses it, NotAllowedError when it
   * cannot see the repository, ServiceUnavailableError when the host is down
   */
  async mayRead(
    credential: GitHostCredential,
    target: CredentialTarget,
  ): Promise<void> {
    const { provider, repository, signal } = target;
    const answer = await probeRepository(
      provider,
      repository,
      {
        username: provider.gitUsername(credential),
        password: credential.token,
      },
      { signal },
    );
    if (answer === 'refused') {
      throw new InputError(
        `The credential given for Flux is not accepted by Git host '${provider.host}': give one that is valid`,
      );
    }
    if (answer !== 'readable') {
      throw new NotAllowedError(
        `The credential given for Flux cannot see repository '${repository.owner}/${repository.name}' at '${provider.host}': give one that may read it`,
      );
    }
  }

  /** Undefined where the host tells nothing of a credential that can read. */
  private async power(
    credential: GitHostCredential,
    { provider, signal }: CredentialTarget,
  ): Promise<GitHostPower | undefined> {
    try {
      return await provider.checkPower('fetch', { credential, signal });
    } catch (error) {
      signal?.throwIfAborted();
      // A token of one project or repository is nobody to a host's user API.
      const { name } = toError(error);
      if (name === 'AuthenticationError' || name === 'NotAllowedError') {
        return undefined;
      }
      throw error;
    }
  }
}

function excess(
  id: 'tokenExcess' | 'appExcess',
  excessive: readonly string[] | undefined,
  { provider }: CredentialTarget,
): Notice | undefined {
  if (!excessive?.length) {
    return undefined;
  }
  const scopes = provider.scopesFor('fetch').join(', ');
  return notice(id, {
    excess: excessive.join(', '),
    enough: scopes && phrase('isEnough', { scopes }),
  });
}
