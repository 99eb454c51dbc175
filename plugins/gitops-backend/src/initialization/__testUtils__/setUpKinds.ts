/** API versions and kinds of the objects that a set-up makes. */
export const SET_UP_KINDS = [
  ['v1', 'Namespace'],
  ['v1', 'Secret'],
  ['v1', 'ServiceAccount'],
  ['rbac.authorization.k8s.io/v1', 'RoleBinding'],
  ['source.toolkit.fluxcd.io/v1', 'GitRepository'],
  ['kustomize.toolkit.fluxcd.io/v1', 'Kustomization'],
] as const;
