import type { CredentialKind } from '@backstage-gitops/plugin-gitops-common';

/**
 * Whether a kind comes with its secret, or with what stands for it; the others are
 * made at the host.
 *
 * @internal
 */
export function isGiven(
  kind: CredentialKind,
): kind is 'token' | 'app' | 'connection' {
  return kind === 'token' || kind === 'app' || kind === 'connection';
}
