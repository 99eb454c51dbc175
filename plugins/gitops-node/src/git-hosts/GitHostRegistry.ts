import type { Config } from '@backstage/config';
import { InputError } from '@backstage/errors';
import {
  DefaultGithubCredentialsProvider,
  ScmIntegrations,
} from '@backstage/integration';
import { GiteaProvider } from './gitea/GiteaProvider';
import { GithubProvider } from './github/GithubProvider';
import type { GitHostProvider } from './GitHostProvider';
import type { GitHostSettings } from './GitHostSettings';
import { readGitHostSettings } from './GitHostSettings';
import { GitlabProvider } from './gitlab/GitlabProvider';
import { checkRepositoryUrl } from './urls/checkRepositoryUrl';

/**
 * Makes a provider for each GitHub, GitLab and Gitea that the portal's
 * `integrations` name; a host of another kind joins through
 * {@link gitopsGitHostsExtensionPoint}.
 * @public
 */
export function createGitHostProviders(config: Config): GitHostProvider[] {
  const integrations = ScmIntegrations.fromConfig(config);
  const settings = readGitHostSettings(config);
  // The clouds of GitHub and GitLab are integrations without being configured.
  const named = (kind: string, cloud: string) => {
    const hosts = (
      config.getOptionalConfigArray(`integrations.${kind}`) ?? []
    ).map(entry => entry.getOptionalString('host') ?? cloud);
    return ({ config: { host } }: { config: { host: string } }) =>
      hosts.includes(host);
  };
  const credentials =
    DefaultGithubCredentialsProvider.fromIntegrations(integrations);
  return [
    ...integrations.github
      .list()
      .filter(named('github', 'github.com'))
      .map(
        ({ config: { host, apiBaseUrl, token, apps } }) =>
          new GithubProvider({
            host,
            apiBaseUrl: apiBaseUrl ?? `https://${host}/api/v3`,
            integrationCredential: token ? { token } : undefined,
            // An app that is installed for an owner is preferred to the token.
            credentials: apps && apps.length > 0 ? credentials : undefined,
            settings: settings.get(host),
          }),
      ),
    ...integrations.gitlab
      .list()
      .filter(named('gitlab', 'gitlab.com'))
      .map(
        ({ config: { host, baseUrl, apiBaseUrl, token } }) =>
          new GitlabProvider({
            host,
            baseUrl,
            apiBaseUrl,
            integrationCredential: token ? { token } : undefined,
            settings: settings.get(host),
          }),
      ),
    ...integrations.gitea.list().map(
      ({ config: { host, baseUrl, username, password } }) =>
        new GiteaProvider({
          host,
          baseUrl: baseUrl ?? `https://${host}`,
          integrationCredential: password
            ? { token: password, username }
            : undefined,
          settings: settings.get(host),
        }),
    ),
  ];
}

/** The Git hosts that repositories may be created at. @public */
export class GitHostRegistry {
  private readonly providers: ReadonlyMap<string, GitHostProvider>;
  private readonly settings: ReadonlyMap<string, GitHostSettings>;

  private constructor(
    providers: readonly GitHostProvider[],
    settings: ReadonlyMap<string, GitHostSettings>,
  ) {
    this.providers = new Map(
      providers.map(provider => [provider.host, provider]),
    );
    this.settings = settings;
  }

  /**
   * @param added - Providers from the extension point; they replace a built-in one of
   * the same host.
   */
  static fromConfig(
    config: Config,
    added: readonly GitHostProvider[] = [],
  ): GitHostRegistry {
    return new GitHostRegistry(
      [...createGitHostProviders(config), ...added],
      readGitHostSettings(config),
    );
  }

  static of(providers: readonly GitHostProvider[]): GitHostRegistry {
    return new GitHostRegistry(providers, new Map());
  }

  hosts(): string[] {
    return [...this.providers.keys()];
  }

  /**
   * Refuses URLs of repositories that lead anywhere else than to these hosts, or to
   * addresses inside the network that `gitops.gitHosts` does not allow; the root of
   * a host's pages can be checked, too.
   *
   * @throws InputError as {@link checkRepositoryUrl}
   */
  async checkUrl(url: string): Promise<void> {
    await checkRepositoryUrl(url, {
      hosts: [...this.providers.values()].map(({ host, baseUrl }) => ({
        host,
        baseUrl,
        ssh: this.settings.get(host)?.ssh,
        allowPrivateAddress: this.settings.get(host)?.allowPrivateAddress,
      })),
      development: process.env.NODE_ENV !== 'production',
    });
  }

  /** @throws InputError when no configured host has this root. */
  getByBaseUrl(baseUrl: string): GitHostProvider {
    for (const provider of this.providers.values()) {
      if (provider.baseUrl === baseUrl) {
        return provider;
      }
    }
    throw new InputError(
      `The Git host at ${baseUrl} is no longer in this portal's integrations: add it again, or use a credential of another host`,
    );
  }

  /** @throws InputError that names the unknown host and the known ones. */
  get(host: string): GitHostProvider {
    const provider = this.providers.get(host);
    if (!provider) {
      const known = this.hosts();
      throw new InputError(
        known.length > 0
          ? `Git host '${host}' is not known to this portal, known are: ${known.join(
              ', ',
            )}. Choose one of them, or add it to integrations`
          : `Git host '${host}' is not known to this portal: add it to integrations.github, integrations.gitlab or integrations.gitea`,
      );
    }
    return provider;
  }
}
