import { InputError } from '@backstage/errors';
import type { ConnectionHostDocument } from '@backstage-gitops/plugin-gitops-common';
import type {
  GitHostProvider,
  GitHostRegistry,
  GitHostSettings,
} from '@backstage-gitops/plugin-gitops-node';
import { OAuthClient } from './OAuthClient';
import type { SendLimits } from './sendOnce';

/** Where a host sends the browser back to, below `app.baseUrl`. */
const CALLBACK_PATH = '/gitops/connections/callback';

/** The Git hosts that one may connect to, and how. @internal */
export class ConnectionHosts {
  private readonly registry: GitHostRegistry;
  private readonly settings: ReadonlyMap<string, GitHostSettings>;
  private readonly redirectUri?: string;
  private readonly limits?: Partial<SendLimits>;

  constructor(options: {
    gitHosts: GitHostRegistry;
    gitHostSettings?: ReadonlyMap<string, GitHostSettings>;
    appBaseUrl?: string;
    limits?: Partial<SendLimits>;
  }) {
    this.registry = options.gitHosts;
    this.settings = options.gitHostSettings ?? new Map();
    this.redirectUri =
      options.appBaseUrl && options.appBaseUrl.replace(/\/*$/, CALLBACK_PATH);
    this.limits = options.limits;
  }

  /** @throws InputError for a host that is not in `integrations` */
  get(host: string): GitHostProvider {
    return this.registry.get(host);
  }

  /** @throws InputError for a host that is no longer in `integrations` */
  getByServerUrl(serverUrl: string): GitHostProvider {
    return this.registry.getByBaseUrl(serverUrl);
  }

  /** @throws InputError where the portal is not registered as an OAuth application */
  oauthClient(provider: GitHostProvider): OAuthClient {
    const oauth = this.settings.get(provider.host)?.oauth;
    if (!oauth || !this.redirectUri) {
      throw new InputError(
        `The portal is not registered as an OAuth application at Git host '${
          provider.host
        }': paste a personal token made at ${
          provider.tokenPageUrl
        }, or ask an administrator to set gitops.gitHosts[].oauth for it (redirect URI ${
          this.redirectUri ??
          `app.baseUrl, which is to be set, and ${CALLBACK_PATH}`
        })`,
      );
    }
    return new OAuthClient(provider, oauth, this.redirectUri, this.limits);
  }

  list(): ConnectionHostDocument[] {
    return this.registry.hosts().map(host => {
      const provider = this.registry.get(host);
      return {
        host,
        provider: provider.type,
        serverUrl: provider.baseUrl,
        serverType: provider.serverType,
        oauth:
          this.redirectUri !== undefined &&
          this.settings.get(host)?.oauth !== undefined,
        tokenPageUrl: provider.tokenPageUrl,
        tokenScopes: provider.scopesFor('connect'),
      };
    });
  }
}
