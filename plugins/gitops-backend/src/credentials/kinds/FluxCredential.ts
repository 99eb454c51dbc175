import type { GitAuthMaterial } from '../../database/GitAuthStore';

/**
 * What Flux reads a repository with, in clear: never stored, logged or answered,
 * and never kept longer than the call that needs it.
 *
 * @internal
 */
export type FluxCredential = {
  /** The git auth it was opened from; written beside it into the clusters. */
  authId: string;
  /** Its content is renewed from time to time, by a connection. */
  renews?: boolean;
} & (BasicCredential | SshCredential | GithubAppCredential);

/** What Git over HTTP wants. @internal */
export interface BasicCredential {
  kind: 'basic';
  username: string;
  password: string;
}

/** A key that the host knows, and the host's keys that Flux trusts. @internal */
export interface SshCredential {
  kind: 'ssh';
  /** In OpenSSH's own form. */
  identity: string;
  publicKey: string;
  knownHosts: string;
  /** `ssh://...`; the source reads from here instead of the HTTP address. */
  url: string;
}

/** A GitHub App, which Flux makes its own short-lived tokens from. @internal */
export interface GithubAppCredential {
  kind: 'github-app';
  appId: string;
  installationId: string;
  /** PEM */
  privateKey: string;
  /** Root of the REST API; absent for github.com. */
  apiUrl?: string;
}

/** The part of a credential that a source shows: no secret. @internal */
export type SourceCredential =
  | Pick<SshCredential, 'kind' | 'url'>
  | { kind: 'basic' | 'github-app' };

/** @internal */
export function sourceCredentialOf(
  material: GitAuthMaterial,
): SourceCredential {
  switch (material.authType) {
    case 'ssh':
      return { kind: 'ssh', url: material.url ?? '' };
    case 'app':
      return { kind: 'github-app' };
    default:
      return { kind: 'basic' };
  }
}
