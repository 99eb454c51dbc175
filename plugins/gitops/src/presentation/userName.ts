import { parseEntityRef } from '@backstage/catalog-model';

/** A user as people call them: `anna` for `user:default/anna`. */
export function userName(userRef: string): string {
  try {
    const { name } = parseEntityRef(userRef, {
      defaultKind: 'user',
      defaultNamespace: 'default',
    });
    return name;
  } catch {
    // Older rows and other systems name people in their own way.
    return userRef;
  }
}
