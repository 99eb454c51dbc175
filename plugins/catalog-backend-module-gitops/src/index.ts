/**
 * Keeps the catalog informed about projects under GitOps.
 * @packageDocumentation
 */
export { catalogModuleGitops as default } from './module';
export { GitopsProjectProcessor } from './GitopsProjectProcessor';
