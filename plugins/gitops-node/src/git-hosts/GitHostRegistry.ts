import type { Config } from '@backstage/config';
import { InputError } from '@backstage/errors';
import { ScmIntegrations } from '@backstage/integration';
import { GiteaProvider } from './gitea/GiteaProvider';
import type { GitHostProvider } from './GitHostProvider';
import { readGitHostSettings } from './GitHostSettings';

/**
 * Makes a provider for each Git host that the portal's `integrations` name.
 * Gitea is spoken today; a host of another kind joins through
 * {@link gitopsGitHostsExtensionPoint}.
 * @public
 */
export function createGitHostProviders(config: Config): GitHostProvider[] {
  const settings = readGitHostSettings(config);
  return ScmIntegrations.fromConfig(config)
    .gitea.list()
    .map(({ config: { host, baseUrl, username, password } }) => {
      return new GiteaProvider({
        host,
        baseUrl: baseUrl ?? `https://${host}`,
        integrationCredential: password
          ? { token: password, username }
          : undefined,
        settings: settings.get(host),
      });
    });
}

/** The Git hosts that repositories may be created at. @public */
export class GitHostRegistry {
  private readonly providers: ReadonlyMap<string, GitHostProvider>;

  private constructor(providers: ReadonlyMap<string, GitHostProvider>) {
    this.providers = providers;
  }

  /**
   * @param added - Providers from the extension point; they replace a built-in one of
   * the same host.
   */
  static fromConfig(
    config: Config,
    added: readonly GitHostProvider[] = [],
  ): GitHostRegistry {
    return GitHostRegistry.of([...createGitHostProviders(config), ...added]);
  }

  static of(providers: readonly GitHostProvider[]): GitHostRegistry {
    return new GitHostRegistry(
      new Map(providers.map(provider => [provider.host, provider])),
    );
  }

  hosts(): string[] {
    return [...this.providers.keys()];
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
          : `Git host '${host}' is not known to this portal: add it to integrations.gitea`,
      );
    }
    return provider;
  }
}
