import { ServiceUnavailableError } from '@backstage/errors';
import type { GithubCredentialsProvider } from '@backstage/integration';
import { ComposedGitHostProvider } from '../ComposedGitHostProvider';
import type { GitHostCredential } from '../GitHostProvider';
import type { GitHostSettings } from '../GitHostSettings';
import { describe } from '../http/gitHostErrors';
import type { GitHostLimits } from '../http/GitHostLimits';
import { GitHostTransport } from '../http/GitHostTransport';
import { NoRepositoryTokens } from '../NoRepositoryTokens';
import { sshEndpointOf } from '../sshEndpointOf';
import { GithubAccounts } from './GithubAccounts';
import { GithubApi } from './GithubApi';
import { GithubContents } from './GithubContents';
import { GithubDeployKeys } from './GithubDeployKeys';
import { withPublishedHostKeys } from './GithubHostKeys';
import { GithubPullRequests } from './GithubPullRequests';
import { GithubRepositories, GITHUB_VISIBILITIES } from './GithubRepositories';
import { GITHUB_SCOPES } from './githubScopes';

/** @public */
export interface GithubProviderOptions {
  host: string;
  /** Root of the web pages; `https://<host>` if absent. */
  baseUrl?: string;
  /** Root of the REST API, for example `https://api.github.com`. */
  apiBaseUrl: string;
  integrationCredential?: GitHostCredential;
  /** Makes tokens of the integration's GitHub Apps. */
  credentials?: GithubCredentialsProvider;
  /** From `gitops.gitHosts`. */
  settings?: GitHostSettings;
  limits?: Partial<GitHostLimits>;
}

const CLOUD = 'github.com';

/**
 * GitHub, in the cloud or one's own (GitHub Enterprise Server), through its REST API.
 *
 * It has no token for one repository, so that the least power for reading one is a
 * deploy key. github.com publishes its SSH keys; those of one's own server are
 * pinned in `gitops.gitHosts`.
 * @public
 */
export class GithubProvider extends ComposedGitHostProvider {
  constructor(options: GithubProviderOptions) {
    const { host, settings, credentials } = options;
    const baseUrl = (options.baseUrl ?? `https://${host}`).replace(/\/+$/, '');
    const apiUrl = options.apiBaseUrl.replace(/\/+$/, '');
    const transport = new GitHostTransport({ host, limits: options.limits });
    const api = new GithubApi(transport, apiUrl);
    const accounts = new GithubAccounts(api);
    const cloud = host === CLOUD;
    const clientId = settings?.oauth?.clientId;
    super({
      type: 'github',
      host,
      baseUrl,
      serverType: cloud ? 'cloud' : 'self-hosted',
      integrationCredential: options.integrationCredential,
      portalCredential: credentials
        ? (owner, call) =>
            appCredential(
              credentials,
              { host, url: `${baseUrl}/${encodeURIComponent(owner)}`, owner },
              AbortSignal.any([
                AbortSignal.timeout(transport.limits.callMs),
                ...(call?.signal ? [call.signal] : []),
              ]),
            )
        : undefined,
      visibilities: GITHUB_VISIBILITIES,
      repositoryCredentialKinds:
        cloud || settings?.ssh?.knownHosts ? ['ssh'] : [],
      oauth: {
        authorizationUrl: `${baseUrl}/login/oauth/authorize`,
        tokenUrl: `${baseUrl}/login/oauth/access_token`,
        // Not RFC 7009: DELETE with the application's own Basic credential and the
        // token in a JSON body.
        revocationUrl: clientId
          ? `${apiUrl}/applications/${encodeURIComponent(clientId)}/token`
          : undefined,
        scopes: [...GITHUB_SCOPES.connect],
      },
      tokenPageUrl: `${baseUrl}/settings/tokens/new?scopes=${GITHUB_SCOPES.connect.join(
        ',',
      )}`,
      commitPagePath: '/commit/',
      defaultGitUsername: 'x-access-token',
      pushTimeoutMs: transport.limits.callMs,
      accounts,
      repositories: new GithubRepositories(api, accounts),
      contents: new GithubContents(api),
      deployKeys: new GithubDeployKeys(api),
      repositoryTokens: new NoRepositoryTokens(host),
      pullRequests: new GithubPullRequests(api),
      sshEndpoint: async (location, call) =>
        sshEndpointOf(
          host,
          cloud
            ? await withPublishedHostKeys(api, settings?.ssh, call)
            : settings?.ssh,
          location,
        ),
    });
  }
}

/**
 * The library that makes tokens of apps knows no deadline: it is left behind when
 * the time is over.
 */
async function appCredential(
  credentials: GithubCredentialsProvider,
  { host, url, owner }: { host: string; url: string; owner: string },
  signal: AbortSignal,
): Promise<GitHostCredential | undefined> {
  signal.throwIfAborted();
  const stopped = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), {
      once: true,
    });
  });
  try {
    const { token, type } = await Promise.race([
      credentials.getCredentials({ url }),
      stopped,
    ]);
    return token
      ? { token, ...(type === 'app' && { username: 'x-access-token' }) }
      : undefined;
  } catch (error) {
    throw new ServiceUnavailableError(
      `Git host '${host}' gave this portal no credential for '${owner}' (${describe(
        error,
      )}): check the app in integrations.github and that it is installed for '${owner}'`,
    );
  }
}
