export * from './clusters/ClusterConnection';
export * from './git-hosts/GitHostProvider';
export { GiteaProvider } from './git-hosts/GiteaProvider';
export type { GiteaProviderOptions } from './git-hosts/GiteaProvider';
export type { GitHostLimits } from './git-hosts/GitHostHttp';
export {
  createGitHostProviders,
  GitHostRegistry,
} from './git-hosts/GitHostRegistry';
export { arrangeFiles } from './git-hosts/gitTree';
export type { Directory } from './git-hosts/gitTree';
export * from './service';
export { firstCommitId } from './git-hosts/pushFirstCommit';
