import { KubeObject } from '../ObjectStore';
import { StatusError } from '../StatusError';
import { JsonObject, arrayAt, isJsonObject, objectAt } from '../json';
import { forbidden } from '../statusErrors';
import { UserInfo } from './UserInfo';

/** What somebody wants to do with a resource. */
export interface ResourceRequest {
  verb: string;
  group: string;
  /** Plural name, with `/status` and the like for subresources. */
  resource: string;
  namespace?: string;
  name?: string;
}

/** Reads roles and bindings. */
export interface RoleReader {
  get(
    kind: 'Role' | 'ClusterRole',
    namespace: string | undefined,
    name: string,
  ): KubeObject | undefined;
  list(
    kind: 'RoleBinding' | 'ClusterRoleBinding',
    namespace?: string,
  ): KubeObject[];
}

/** A rule of a role, as far as it is read here. */
export type PolicyRule = JsonObject;

const everything: PolicyRule = {
  apiGroups: ['*'],
  resources: ['*'],
  verbs: ['*'],
  nonResourceURLs: ['*'],
};

/** Decides by Roles, ClusterRoles and their bindings; what nothing allows is forbidden. */
export class RoleBasedAuthorizer {
  constructor(private readonly roles: RoleReader) {}

  /** Whether the user may do it. */
  allows(user: UserInfo, request: ResourceRequest): boolean {
    return this.rulesFor(user, request.namespace).some(rule =>
      coversResource(rule, request),
    );
  }

  /** Whether the user may use a path that is not a resource, for example `/version`. */
  allowsPath(user: UserInfo, verb: string, path: string): boolean {
    return this.rulesFor(user, undefined).some(
      rule =>
        includes(rule, 'verbs', verb) &&
        arrayAt(rule, 'nonResourceURLs').some(
          pattern =>
            typeof pattern === 'string' &&
            (pattern === '*' ||
              pattern === path ||
              (pattern.endsWith('*') && path.startsWith(pattern.slice(0, -1)))),
        ),
    );
  }

  /** Throws the API server's Forbidden unless the user may do it. */
  require(user: UserInfo, request: ResourceRequest): void {
    if (!this.allows(user, request)) {
      throw deniedTo(user, request);
    }
  }

  /** Throws Forbidden when the rules allow more than the user may do; nobody can hand out rights they do not have. */
  requireAll(
    user: UserInfo,
    rules: PolicyRule[],
    target: { group: string; plural: string; name: string; namespace?: string },
  ): void {
    const held = this.rulesFor(user, target.namespace);
    const missing = rules.filter(rule => !isCovered(rule, held));
    if (missing.length > 0) {
      throw forbidden(
        target,
        target.name,
        `user ${JSON.stringify(user.name)} (groups=${JSON.stringify(
          user.groups,
        )}) is attempting to grant RBAC permissions not currently held:\n${missing
          .map(printRule)
          .join('\n')}`,
      );
    }
  }

  /** Rules of a role that a binding refers to. */
  rulesOf(
    roleRef: JsonObject | undefined,
    namespace: string | undefined,
  ): PolicyRule[] {
    const kind = roleRef?.kind === 'Role' ? 'Role' : 'ClusterRole';
    const role = this.roles.get(
      kind,
      kind === 'Role' ? namespace : undefined,
      String(roleRef?.name),
    );
    return role ? arrayAt(role, 'rules').filter(isJsonObject) : [];
  }

  private rulesFor(
    user: UserInfo,
    namespace: string | undefined,
  ): PolicyRule[] {
    if (user.groups.includes('system:masters')) {
      return [everything];
    }
    const bindings = [
      ...this.roles.list('ClusterRoleBinding'),
      ...(namespace ? this.roles.list('RoleBinding', namespace) : []),
    ];
    return bindings
      .filter(binding => isSubject(binding, user))
      .flatMap(binding =>
        this.rulesOf(objectAt(binding, 'roleRef'), binding.metadata.namespace),
      );
  }
}

function isSubject(binding: KubeObject, user: UserInfo): boolean {
  return arrayAt(binding, 'subjects')
    .filter(isJsonObject)
    .some(subject => {
      switch (subject.kind) {
        case 'ServiceAccount':
          return (
            user.name ===
            `system:serviceaccount:${
              subject.namespace ?? binding.metadata.namespace
            }:${subject.name}`
          );
        case 'Group':
          return user.groups.includes(String(subject.name));
        default:
          return subject.kind === 'User' && subject.name === user.name;
      }
    });
}

function includes(rule: PolicyRule, field: string, value: string): boolean {
  const list = arrayAt(rule, field);
  return list.includes('*') || list.includes(value);
}

function coversResource(rule: PolicyRule, request: ResourceRequest): boolean {
  const names = arrayAt(rule, 'resourceNames');
  const subresource = request.resource.split('/')[1];
  return (
    includes(rule, 'verbs', request.verb) &&
    includes(rule, 'apiGroups', request.group) &&
    (includes(rule, 'resources', request.resource) ||
      (subresource !== undefined &&
        arrayAt(rule, 'resources').includes(`*/${subresource}`))) &&
    (names.length === 0 || (!!request.name && names.includes(request.name)))
  );
}

function isCovered(rule: PolicyRule, held: PolicyRule[]): boolean {
  const names = arrayAt(rule, 'resourceNames');
  return arrayAt(rule, 'verbs').every(verb =>
    arrayAt(rule, 'apiGroups').every(group =>
      arrayAt(rule, 'resources').every(resource =>
        (names.length === 0 ? [undefined] : names).every(name =>
          held.some(own =>
            coversResource(own, {
              verb: String(verb),
              group: String(group),
              resource: String(resource),
              name: name === undefined ? undefined : String(name),
            }),
          ),
        ),
      ),
    ),
  );
}

function printRule(rule: PolicyRule): string {
  return `{APIGroups:${JSON.stringify(
    arrayAt(rule, 'apiGroups'),
  )}, Resources:${JSON.stringify(
    arrayAt(rule, 'resources'),
  )}, Verbs:${JSON.stringify(arrayAt(rule, 'verbs'))}}`;
}

function deniedTo(user: UserInfo, request: ResourceRequest): StatusError {
  const [plural] = request.resource.split('/');
  const scope = request.namespace
    ? `in the namespace "${request.namespace}"`
    : 'at the cluster scope';
  return forbidden(
    { group: request.group, plural },
    request.name,
    `User "${user.name}" cannot ${request.verb} resource "${request.resource}" in API group "${request.group}" ${scope}`,
  );
}

/** 403 for a path that is not a resource. */
export function pathDeniedTo(
  user: UserInfo,
  verb: string,
  path: string,
): StatusError {
  return new StatusError(
    403,
    'Forbidden',
    `forbidden: User "${user.name}" cannot ${verb} path "${path}"`,
    {},
  );
}
