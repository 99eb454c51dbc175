import { KubeObject } from '../ObjectStore';
import { ResourceKind } from '../ResourceKind';
import { RoleBasedAuthorizer } from '../access/RoleBasedAuthorizer';
import { UserInfo } from '../access/UserInfo';
import { arrayAt, isJsonObject, jsonEqual, objectAt } from '../json';

/** Nobody may hand out rights they do not hold, unless they may `escalate` roles or `bind` them. */
export function guardEscalation(
  authorizer: RoleBasedAuthorizer,
  requester: UserInfo | undefined,
  kind: ResourceKind,
  next: KubeObject,
  before?: KubeObject,
): void {
  if (!requester || kind.group !== 'rbac.authorization.k8s.io') {
    return;
  }
  const { name, namespace } = next.metadata;
  const target = { group: kind.group, plural: kind.plural, name, namespace };
  const role = objectAt(next, 'roleRef');
  if (!role) {
    const request = { ...target, verb: 'escalate', resource: kind.plural };
    if (
      !jsonEqual(before?.rules, next.rules) &&
      !authorizer.allows(requester, request)
    ) {
      authorizer.requireAll(
        requester,
        arrayAt(next, 'rules').filter(isJsonObject),
        target,
      );
    }
    return;
  }
  if (before && jsonEqual(before.subjects, next.subjects)) {
    return;
  }
  const mayBind = authorizer.allows(requester, {
    verb: 'bind',
    group: kind.group,
    resource: role.kind === 'Role' ? 'roles' : 'clusterroles',
    namespace,
    name: String(role.name),
  });
  if (!mayBind) {
    authorizer.requireAll(
      requester,
      authorizer.rulesOf(role, namespace),
      target,
    );
  }
}
