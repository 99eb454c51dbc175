export * from './clusters/ClusterConnection';
export * from './git-hosts/GitHostProvider';
export { GiteaProvider } from './git-hosts/gitea/GiteaProvider';
export type { GiteaProviderOptions } from './git-hosts/gitea/GiteaProvider';
export { GithubProvider } from './git-hosts/github/GithubProvider';
export type { GithubProviderOptions } from './git-hosts/github/GithubProvider';
export { GitlabProvider } from './git-hosts/gitlab/GitlabProvider';
export type { GitlabProviderOptions } from './git-hosts/gitlab/GitlabProvider';
export * from './git-hosts/GitHostSettings';
export type { GitHostLimits } from './git-hosts/http/GitHostLimits';
export { rateLimitOf, retryAfter } from './git-hosts/http/rateLimit';
export {
  createGitHostProviders,
  GitHostRegistry,
} from './git-hosts/GitHostRegistry';
export { checkRepositoryUrl } from './git-hosts/urls/checkRepositoryUrl';
export type {
  AllowedGitHost,
  CheckRepositoryUrlOptions,
} from './git-hosts/urls/checkRepositoryUrl';
export { arrangeFiles } from './git-hosts/gitTree';
export type { Directory } from './git-hosts/gitTree';
export * from './service';
export { firstCommitId } from './git-hosts/pushFirstCommit';
