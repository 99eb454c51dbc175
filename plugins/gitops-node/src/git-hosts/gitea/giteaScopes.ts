import type { CredentialPurpose } from '../GitHostProvider';

const CREATE = [
  'write:repository',
  // Gitea files repositories of an account under its user, those of an
  // organization under that.
  'write:user',
  'write:organization',
];

/** Scopes of a Gitea token by what it is for. */
export const GITEA_SCOPES: Readonly<
  Record<CredentialPurpose, readonly string[]>
> = {
  fetch: ['read:repository'],
  create: CREATE,
  connect: CREATE,
};

// Nothing that the portal does needs these.
const ADMIN = /^(all|sudo|(read|write):admin)$/;

/** Scopes that a purpose needs and the token lacks. */
export function missingGiteaScopes(
  purpose: CredentialPurpose,
  scopes: readonly string[],
): string[] {
  return GITEA_SCOPES[purpose].filter(scope => !includesScope(scopes, scope));
}

/** Scopes far beyond a purpose. */
export function excessiveGiteaScopes(
  purpose: CredentialPurpose,
  scopes: readonly string[],
): string[] {
  return scopes.filter(
    scope =>
      ADMIN.test(scope) ||
      // What only reads one repository has no business in changing anything.
      (purpose === 'fetch' && scope.startsWith('write:')),
  );
}

/** Whether scopes include one; writing includes reading. */
export function includesScope(
  scopes: readonly string[],
  scope: string,
): boolean {
  return (
    scopes.includes('all') ||
    scopes.includes(scope) ||
    (scope.startsWith('read:') &&
      scopes.includes(scope.replace('read:', 'write:')))
  );
}

/**
 * Reads the scopes from a refusal: Gitea tells them nowhere else. ("token does not
 * have at least one of required scope(s), required=[read:admin], token
 * scope=read:user,write:repository")
 */
export function scopesOfRefusal(
  message: string | undefined,
): { required: string[]; scopes?: string[] } | undefined {
  const required = /required scope\(s\)[,:]\s*(?:required=)?\[([^\]]*)\]/.exec(
    message ?? '',
  );
  if (!required) {
    return undefined;
  }
  const held = /token scope=(\S*)/.exec(message ?? '');
  return {
    required: split(required[1], /[\s,]+/),
    scopes: held ? split(held[1], ',') : undefined,
  };
}

function split(list: string, by: RegExp | string): string[] {
  return list.split(by).filter(word => word !== '');
}
