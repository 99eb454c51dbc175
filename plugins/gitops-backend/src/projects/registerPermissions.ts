import type { PermissionsRegistryService } from '@backstage/backend-plugin-api';
import { isResourcePermission } from '@backstage/plugin-permission-common';
import {
  GITOPS_PROJECT_RESOURCE_TYPE,
  gitopsPermissions,
} from '@backstage-gitops/plugin-gitops-common';
import type { ProjectStore } from '../database/ProjectStore';
import {
  gitopsProjectPermissionRules,
  gitopsProjectResourceRef,
} from './permissionRules';

/** Makes permissions, rules and projects known to the permission framework. */
export function registerPermissions(
  registry: PermissionsRegistryService,
  projects: ProjectStore,
): void {
  registry.addResourceType({
    resourceRef: gitopsProjectResourceRef,
    permissions: gitopsPermissions.filter(permission =>
      isResourcePermission(permission, GITOPS_PROJECT_RESOURCE_TYPE),
    ),
    rules: Object.values(gitopsProjectPermissionRules),
    getResources: slugs => projects.getBySlugs(slugs),
  });
  registry.addPermissions(
    gitopsPermissions.filter(permission => !isResourcePermission(permission)),
  );
}
