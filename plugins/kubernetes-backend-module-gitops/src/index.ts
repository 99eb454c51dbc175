/**
 * Module of the Kubernetes backend that lets watches through its proxy fail and
 * close cleanly.
 *
 * @packageDocumentation
 */
export { kubernetesModuleGitops as default } from './module';
