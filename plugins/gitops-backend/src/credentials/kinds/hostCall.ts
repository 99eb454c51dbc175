import { InputError } from '@backstage/errors';
import type { GitHostCallOptions } from '@backstage-gitops/plugin-gitops-node';
import type { CredentialTarget } from './CredentialTarget';

/**
 * Options of a call that makes or removes something at the host.
 *
 * @throws InputError when there is nothing to authenticate it with
 * @internal
 */
export function hostCall(target: CredentialTarget): GitHostCallOptions {
  const { hostCredential, provider, signal } = target;
  if (!hostCredential) {
    throw new InputError(
      `There is no token to act at Git host '${provider.host}' with: give one as hostToken, or let an administrator give the portal one in integrations`,
    );
  }
  return { credential: hostCredential, signal };
}
