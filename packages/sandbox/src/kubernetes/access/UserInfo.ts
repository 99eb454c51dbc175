/** Who a request acts as. */
export interface UserInfo {
  name: string;
  groups: readonly string[];
}

const serviceAccountPrefix = 'system:serviceaccount:';

/** The user with the groups that follow from its name. */
export function userFromName(
  name: string,
  groups: readonly string[] = [],
): UserInfo {
  const implied = ['system:authenticated'];
  if (name.startsWith(serviceAccountPrefix)) {
    const [namespace] = name.slice(serviceAccountPrefix.length).split(':');
    implied.unshift(
      'system:serviceaccounts',
      `system:serviceaccounts:${namespace}`,
    );
  }
  return { name, groups: [...new Set([...groups, ...implied])] };
}

/** A request without credentials. */
export const anonymous: UserInfo = {
  name: 'system:anonymous',
  groups: ['system:unauthenticated'],
};
