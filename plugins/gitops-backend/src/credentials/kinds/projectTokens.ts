import type { GitAuthMaterial } from '../../database/GitAuthStore';
import { secretLocations } from '../../database/secretLocations';
import type { Vault } from '../Vault';
import type { CredentialTarget } from './CredentialTarget';
import { hostCall } from './hostCall';
import { credentialTitle } from './names';

/**
 * Makes a token at the host that can only read this repository.
 *
 * One of the same name comes from an attempt that was cut off, and a host shows a
 * token only once: it goes first.
 *
 * @internal
 */
export async function makeProjectToken(
  authId: string,
  target: CredentialTarget,
  vault: Vault,
  lifetimeMs: number,
): Promise<Extract<GitAuthMaterial, { authType: 'token' }>> {
  const { provider, repository, project } = target;
  const call = hostCall(target);
  await removeProjectTokens(authId, target);
  const made = await provider.createRepositoryToken(
    repository,
    {
      name: credentialTitle(project.slug, authId),
      expiresAt: new Date(Date.now() + lifetimeMs).toISOString(),
    },
    call,
  );
  return {
    authType: 'token',
    tokenType: 'project',
    token: vault.seal(made.token, secretLocations.gitAuthToken(authId)),
    username: made.username,
    scopes: made.scopes.join(' ') || undefined,
    expiresAt: made.expiresAt,
    providerTokenId: made.id,
  };
}

/** Revokes what an attempt for this row left behind. @internal */
export async function removeProjectTokens(
  authId: string,
  target: CredentialTarget,
): Promise<void> {
  const { provider, repository, project } = target;
  const call = hostCall(target);
  const name = credentialTitle(project.slug, authId);
  for (const token of await provider.listRepositoryTokens(repository, call)) {
    if (token.name === name) {
      await provider.revokeRepositoryToken(repository, token.id, call);
    }
  }
}
