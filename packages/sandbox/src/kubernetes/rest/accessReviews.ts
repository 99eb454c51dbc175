import {
  ResourceRequest,
  RoleBasedAuthorizer,
} from '../access/RoleBasedAuthorizer';
import { UserInfo, userFromName } from '../access/UserInfo';
import { JsonObject, isJsonObject, objectAt } from '../json';
import { badRequest } from '../statusErrors';

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function isAllowed(
  authorizer: RoleBasedAuthorizer,
  user: UserInfo,
  spec: JsonObject,
): boolean {
  const path = objectAt(spec, 'nonResourceAttributes');
  if (path) {
    return authorizer.allowsPath(user, text(path.verb), text(path.path));
  }
  const attributes = objectAt(spec, 'resourceAttributes');
  if (!attributes) {
    throw badRequest(
      'spec: Invalid value: exactly one of nonResourceAttributes or resourceAttributes must be specified',
    );
  }
  const { resource, subresource } = attributes;
  const request: ResourceRequest = {
    verb: text(attributes.verb),
    group: text(attributes.group),
    resource: subresource
      ? `${text(resource)}/${text(subresource)}`
      : text(resource),
    namespace: text(attributes.namespace) || undefined,
    name: text(attributes.name) || undefined,
  };
  return authorizer.allows(user, request);
}

/** Answers `SelfSubjectAccessReview` and `SubjectAccessReview`: may this user do that? */
export function reviewAccess(
  authorizer: RoleBasedAuthorizer,
  kind: 'SelfSubjectAccessReview' | 'SubjectAccessReview',
  requester: UserInfo,
  body: unknown,
): JsonObject {
  const review: JsonObject = isJsonObject(body) ? body : {};
  const spec = objectAt(review, 'spec') ?? {};
  const user =
    kind === 'SubjectAccessReview'
      ? userFromName(
          text(spec.user),
          Array.isArray(spec.groups) ? spec.groups.map(String) : [],
        )
      : requester;
  return {
    kind,
    apiVersion: 'authorization.k8s.io/v1',
    metadata: {},
    spec,
    status: { allowed: isAllowed(authorizer, user, spec) },
  };
}
