import { ComposedGitHostProvider } from '../ComposedGitHostProvider';
import type { GitHostCredential } from '../GitHostProvider';
import type { GitHostSettings } from '../GitHostSettings';
import type { GitHostLimits } from '../http/GitHostLimits';
import { GitHostTransport } from '../http/GitHostTransport';
import { NoRepositoryTokens } from '../NoRepositoryTokens';
import { sshEndpointOf } from '../sshEndpointOf';
import { GiteaAccounts } from './GiteaAccounts';
import { GiteaApi } from './GiteaApi';
import { GiteaContents } from './GiteaContents';
import { GiteaDeployKeys } from './GiteaDeployKeys';
import { GiteaPullRequests } from './GiteaPullRequests';
import { GiteaRepositories, GITEA_VISIBILITIES } from './GiteaRepositories';
import { GITEA_SCOPES } from './giteaScopes';

/** @public */
export interface GiteaProviderOptions {
  host: string;
  /** Root of the web pages; the API is below `/api/v1` of it. */
  baseUrl: string;
  integrationCredential?: GitHostCredential;
  /** From `gitops.gitHosts`. */
  settings?: GitHostSettings;
  limits?: Partial<GitHostLimits>;
}

const CLOUDS = new Set(['gitea.com', 'codeberg.org']);

/**
 * Gitea (and Forgejo, which keeps the same API) through its REST API v1.
 *
 * Its tokens belong to a user and reach all repositories of that user, so that the
 * least power for reading one repository is a deploy key; it can be used where
 * `gitops.gitHosts` pins the host's SSH keys, which no API tells.
 * @public
 */
export class GiteaProvider extends ComposedGitHostProvider {
  constructor(options: GiteaProviderOptions) {
    const { host, settings } = options;
    const baseUrl = options.baseUrl.replace(/\/+$/, '');
    const transport = new GitHostTransport({ host, limits: options.limits });
    const api = new GiteaApi(transport, baseUrl);
    const accounts = new GiteaAccounts(api);
    super({
      type: 'gitea',
      host,
      baseUrl,
      serverType: CLOUDS.has(host) ? 'cloud' : 'self-hosted',
      integrationCredential: options.integrationCredential,
      visibilities: GITEA_VISIBILITIES,
      repositoryCredentialKinds: settings?.ssh?.knownHosts ? ['ssh'] : [],
      oauth: {
        authorizationUrl: `${baseUrl}/login/oauth/authorize`,
        tokenUrl: `${baseUrl}/login/oauth/access_token`,
        // Gitea has no way to revoke a token that an application was given.
        scopes: [...GITEA_SCOPES.connect],
      },
      tokenPageUrl: `${baseUrl}/user/settings/applications`,
      commitPagePath: '/commit/',
      // Gitea takes any user name beside a token; an account's password needs its own.
      defaultGitUsername: 'git',
      pushTimeoutMs: transport.limits.callMs,
      accounts,
      repositories: new GiteaRepositories(api, accounts),
      contents: new GiteaContents(api, baseUrl),
      deployKeys: new GiteaDeployKeys(api),
      repositoryTokens: new NoRepositoryTokens(host),
      pullRequests: new GiteaPullRequests(api),
      sshEndpoint: async location =>
        sshEndpointOf(host, settings?.ssh, location),
    });
  }
}
