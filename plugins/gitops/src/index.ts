/**
 * GitOps in the catalog. The default export is the plugin for the new frontend
 * system; the named ones are for apps on the older system.
 *
 * @packageDocumentation
 */
export { gitopsFrontendPlugin as default } from './plugin';
export {
  EntityGitopsCard,
  EntityGitopsContent,
  GitopsConnectionsPage,
  GitopsEnvironmentPickerFieldExtension,
  GitopsFleetPage,
  gitopsPlugin,
  GitopsRepositoryPickerFieldExtension,
  isGitopsAvailable,
} from './legacy';
export {
  type DeploymentPageOptions,
  type GitopsApi,
  gitopsApiRef,
  type PageOptions,
  type RequestOptions,
} from './api/GitopsApi';
export { GitopsClient } from './api/GitopsClient';
export { gitopsTranslationRef } from './translation';
