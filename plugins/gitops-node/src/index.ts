export * from './clusters/ClusterConnection';
export * from './git-hosts/GitHostProvider';
export { GiteaProvider } from './git-hosts/gitea/GiteaProvider';
export type { GiteaProviderOptions } from './git-hosts/gitea/GiteaProvider';
export * from './git-hosts/GitHostSettings';
export type { GitHostLimits } from './git-hosts/http/GitHostLimits';
export {
  createGitHostProviders,
  GitHostRegistry,
} from './git-hosts/GitHostRegistry';
export { arrangeFiles } from './git-hosts/gitTree';
export type { Directory } from './git-hosts/gitTree';
export * from './service';
export { firstCommitId } from './git-hosts/pushFirstCommit';
