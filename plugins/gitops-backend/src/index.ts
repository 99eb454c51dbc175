/**
 * The owner of all state of GitOps for Backstage.
 *
 * @packageDocumentation
 */
export { gitopsPlugin as default } from './plugin';
export {
  createGitopsProjectConditionalDecision,
  gitopsProjectConditions,
  gitopsProjectPermissionRules,
  gitopsProjectResourceRef,
  type ProjectPermissionFilter,
  type ProjectPermissionResource,
} from './projects/permissionRules';
