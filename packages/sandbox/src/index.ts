export * from './startSandbox';
export type { GitHostOrganization, GitHostUser } from './git/accounts';
export { startGitHost } from './git/startGitHost';
export type { RunningGitHost, StartGitHostOptions } from './git/startGitHost';
export type { KubeObject, ObjectStore } from './kubernetes/ObjectStore';
export { buildKustomization } from './kustomize/buildKustomization';
export type { Overrides } from './kustomize/buildKustomization';
export { FileTree } from './kustomize/FileTree';
