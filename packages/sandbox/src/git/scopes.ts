/** Whether a token's scopes contain one; a password has every scope. */
export function hasScope(
  scopes: readonly string[] | undefined,
  required: string,
): boolean {
  if (!scopes || scopes.includes('all') || scopes.includes(required)) {
    return true;
  }
  const [level, category] = required.split(':');
  return level === 'read' && scopes.includes(`write:${category}`);
}

const CATEGORIES = [
  'activitypub',
  'admin',
  'issue',
  'misc',
  'notification',
  'organization',
  'package',
  'repository',
  'user',
];

/** Scopes that a token may have. */
export const knownScopes: readonly string[] = [
  'all',
  'public-only',
  ...CATEGORIES.flatMap(category => [`read:${category}`, `write:${category}`]),
];
