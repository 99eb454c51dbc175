import { createPermission } from '@backstage/plugin-permission-common';

/** Resource type of projects, for policies and rules. @public */
export const GITOPS_PROJECT_RESOURCE_TYPE = 'gitops-project';

/** See a project, its environments, history and diagnosis. @public */
export const gitopsProjectReadPermission = createPermission({
  name: 'gitops.project.read',
  attributes: { action: 'read' },
  resourceType: GITOPS_PROJECT_RESOURCE_TYPE,
});

/** Put a new service under GitOps. @public */
export const gitopsProjectCreatePermission = createPermission({
  name: 'gitops.project.create',
  attributes: { action: 'create' },
});

/** Set up, retry, reconcile, suspend, resume, change credentials. @public */
export const gitopsProjectUpdatePermission = createPermission({
  name: 'gitops.project.update',
  attributes: { action: 'update' },
  resourceType: GITOPS_PROJECT_RESOURCE_TYPE,
});

/** Take a project and what it made away. @public */
export const gitopsProjectDeletePermission = createPermission({
  name: 'gitops.project.delete',
  attributes: { action: 'delete' },
  resourceType: GITOPS_PROJECT_RESOURCE_TYPE,
});

/** See which clusters exist and how fresh the knowledge of them is. @public */
export const gitopsClusterReadPermission = createPermission({
  name: 'gitops.cluster.read',
  attributes: { action: 'read' },
});

/** Own connections to Git hosts: list, make, remove. @public */
export const gitopsConnectionManagePermission = createPermission({
  name: 'gitops.connection.manage',
  attributes: {},
});

/** @public */
export const gitopsPermissions = [
  gitopsProjectReadPermission,
  gitopsProjectCreatePermission,
  gitopsProjectUpdatePermission,
  gitopsProjectDeletePermission,
  gitopsClusterReadPermission,
  gitopsConnectionManagePermission,
];
