import type { GitAuthMaterial } from '../../database/GitAuthStore';
import { secretLocations } from '../../database/secretLocations';
import type { Vault } from '../Vault';
import type { CredentialTarget } from './CredentialTarget';
import { hostCall } from './hostCall';
import { credentialTitle } from './names';
import { makeSshKey } from './sshKey';

/**
 * Makes a key, registers it at the host so that it can only read this repository,
 * and pins the host's own keys.
 *
 * A key of the same title comes from an attempt that was cut off, and nobody has
 * its private half any more: it goes first.
 *
 * @internal
 */
export async function makeDeployKey(
  authId: string,
  target: CredentialTarget,
  vault: Vault,
): Promise<Extract<GitAuthMaterial, { authType: 'ssh' }>> {
  const { provider, repository, project } = target;
  const call = hostCall(target);
  // First: without it there is no use in a key.
  const endpoint = await provider.sshEndpoint(repository, call);
  await removeDeployKeys(authId, target);
  const title = credentialTitle(project.slug, authId);
  const key = makeSshKey(title);
  const registered = await provider.createDeployKey(
    repository,
    { title, publicKey: key.publicKey },
    call,
  );
  return {
    authType: 'ssh',
    publicKey: key.publicKey,
    privateKey: vault.seal(
      key.privateKey,
      secretLocations.gitAuthSshKey(authId),
    ),
    fingerprint: key.fingerprint,
    knownHosts: endpoint.knownHosts,
    providerKeyId: registered.id,
    url: endpoint.url,
  };
}

/** Removes what an attempt for this row left behind. @internal */
export async function removeDeployKeys(
  authId: string,
  target: CredentialTarget,
): Promise<void> {
  const { provider, repository, project } = target;
  const call = hostCall(target);
  const title = credentialTitle(project.slug, authId);
  for (const key of await provider.listDeployKeys(repository, call)) {
    if (key.title === title) {
      await provider.deleteDeployKey(repository, key.id, call);
    }
  }
}
