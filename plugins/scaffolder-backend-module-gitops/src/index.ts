/**
 * Template actions of GitOps for Backstage.
 * @packageDocumentation
 */
export { scaffolderModuleGitops as default } from './module';
export * from './actions';
