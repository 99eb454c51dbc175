import { InputError } from '@backstage/errors';
import type {
  GitHostCredential,
  GitHostProvider,
  RepositoryLocation,
} from '@backstage-gitops/plugin-gitops-node';

/**
 * What the portal itself acts with at a Git host, where no user gave a token.
 *
 * @throws InputError when it has nothing
 * @internal
 */
export async function requirePortalCredential(
  provider: GitHostProvider,
  { owner }: Pick<RepositoryLocation, 'owner'>,
  options: { signal?: AbortSignal } = {},
): Promise<GitHostCredential> {
  const integration = await provider.portalCredential(owner, options);
  if (!integration) {
    throw new InputError(
      `There is no token for Git host '${provider.host}': sign in to it in the template form, or let an administrator give the portal one in integrations`,
    );
  }
  return integration;
}
