import type { CredentialPurpose } from '../GitHostProvider';

const CREATE = [
  'repo',
  // Whether its account may create repositories in an organization.
  'read:org',
];

/**
 * Scopes of a classic personal token and of an OAuth token, by what it is for.
 * Fine-grained tokens and tokens of apps have permissions, which GitHub tells nobody.
 */
export const GITHUB_SCOPES: Readonly<
  Record<CredentialPurpose, readonly string[]>
> = {
  // There is none that only reads private code.
  fetch: ['repo'],
  create: CREATE,
  connect: CREATE,
};

/** Scopes that include others (GitHub, "Scopes for OAuth apps"). */
const INCLUDED: Readonly<Record<string, readonly string[]>> = {
  'admin:org': ['write:org', 'read:org'],
  'write:org': ['read:org'],
};

// What the portal never does: change organizations, keys, hooks or enterprises.
const ADMIN =
  /^(delete_repo|site_admin|admin:.*|write:(org|public_key|gpg_key|repo_hook)|manage_.*|codespace)$/;

/** Scopes that a purpose needs and the token lacks. */
export function missingGithubScopes(
  purpose: CredentialPurpose,
  scopes: readonly string[],
): string[] {
  const held = new Set(
    scopes.flatMap(scope => [scope, ...(INCLUDED[scope] ?? [])]),
  );
  return GITHUB_SCOPES[purpose].filter(scope => !held.has(scope));
}

/** Scopes far beyond a purpose. */
export function excessiveGithubScopes(
  purpose: CredentialPurpose,
  scopes: readonly string[],
): string[] {
  return scopes.filter(
    scope =>
      ADMIN.test(scope) ||
      // Needed for private code, and yet it may change every repository: a deploy
      // key reads one.
      (purpose === 'fetch' && ['repo', 'workflow'].includes(scope)),
  );
}
