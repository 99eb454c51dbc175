import type {
  GitHostCredential,
  GitHostProvider,
  RepositoryLocation,
} from '@backstage-gitops/plugin-gitops-node';

/** What a credential is for, and what to act with at the host. @internal */
export interface CredentialTarget {
  project: { id: string; slug: string };
  /** Whoever asks: connections must be theirs. */
  userRef: string;
  provider: GitHostProvider;
  repository: RepositoryLocation;
  /** Absent where nobody gave a token and the portal has none at this host. */
  hostCredential?: GitHostCredential;
  signal?: AbortSignal;
}

/**
 * Gathers what acts at the host: the token that was given for it, or else the
 * portal's own.
 *
 * @internal
 */
export async function credentialTarget(
  options: Omit<CredentialTarget, 'hostCredential' | 'repository'> & {
    repository: RepositoryLocation;
    hostToken?: string;
  },
): Promise<CredentialTarget> {
  const { hostToken, repository, ...rest } = options;
  const { owner, name } = repository;
  return {
    ...rest,
    repository: { owner, name },
    hostCredential: hostToken
      ? { token: hostToken }
      : await rest.provider.portalCredential(owner, { signal: rest.signal }),
  };
}
