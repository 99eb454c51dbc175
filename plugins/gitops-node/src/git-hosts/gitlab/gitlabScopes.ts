import type { CredentialPurpose } from '../GitHostProvider';

/** Scopes of a GitLab token, by what it is for. */
export const GITLAB_SCOPES: Readonly<
  Record<CredentialPurpose, readonly string[]>
> = {
  fetch: ['read_repository'],
  // Projects, deploy keys and merge requests are made with this one only; it
  // pushes, too.
  create: ['api'],
  connect: ['api'],
};

/** Scopes that include others (GitLab, "Personal access token scopes"). */
const INCLUDED: Readonly<Record<string, readonly string[]>> = {
  api: ['read_api', 'read_user', 'read_repository', 'write_repository'],
  read_api: ['read_user'],
  write_repository: ['read_repository'],
};

// Acting as somebody else or as an administrator.
const ADMIN = new Set(['sudo', 'admin_mode']);
// What only reads one repository has no business in changing anything.
const WRITING = new Set(['api', 'write_repository']);

/** Scopes that a purpose needs and the token lacks. */
export function missingGitlabScopes(
  purpose: CredentialPurpose,
  scopes: readonly string[],
): string[] {
  const held = new Set(
    scopes.flatMap(scope => [scope, ...(INCLUDED[scope] ?? [])]),
  );
  return GITLAB_SCOPES[purpose].filter(scope => !held.has(scope));
}

/** Scopes far beyond a purpose. */
export function excessiveGitlabScopes(
  purpose: CredentialPurpose,
  scopes: readonly string[],
): string[] {
  return scopes.filter(
    scope => ADMIN.has(scope) || (purpose === 'fetch' && WRITING.has(scope)),
  );
}
