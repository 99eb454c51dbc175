import {
  checkRepositoryUrl,
  type GitHostRegistry,
  type GitHostSettings,
} from '@backstage-gitops/plugin-gitops-node';

/**
 * The rules for addresses that Flux is told to read from: those of the hosts in
 * `integrations`, private ones only where `gitops.gitHosts` allows them.
 *
 * @internal
 */
export function sourceUrlRules(
  gitHosts: GitHostRegistry,
  settings: ReadonlyMap<string, GitHostSettings>,
  options: { production: boolean },
): (url: string) => Promise<void> {
  const hosts = gitHosts.hosts().map(host => ({
    ...settings.get(host),
    host,
    baseUrl: gitHosts.get(host).baseUrl,
  }));
  return url =>
    checkRepositoryUrl(url, { hosts, development: !options.production });
}
