import { ComposedGitHostProvider } from '../ComposedGitHostProvider';
import type { GitHostCredential } from '../GitHostProvider';
import type { GitHostSettings } from '../GitHostSettings';
import type { GitHostLimits } from '../http/GitHostLimits';
import { GitHostTransport } from '../http/GitHostTransport';
import { sshEndpointOf } from '../sshEndpointOf';
import { GitlabAccounts } from './GitlabAccounts';
import { GitlabApi } from './GitlabApi';
import { GitlabContents } from './GitlabContents';
import { GitlabDeployKeys } from './GitlabDeployKeys';
import { GitlabDeployTokens } from './GitlabDeployTokens';
import { GitlabMergeRequests } from './GitlabMergeRequests';
import { GitlabRepositories, GITLAB_VISIBILITIES } from './GitlabRepositories';
import { GITLAB_SCOPES } from './gitlabScopes';

/** @public */
export interface GitlabProviderOptions {
  host: string;
  /** Root of the web pages. */
  baseUrl: string;
  /** Root of the REST API; `/api/v4` of `baseUrl` if absent. */
  apiBaseUrl?: string;
  integrationCredential?: GitHostCredential;
  /** From `gitops.gitHosts`. */
  settings?: GitHostSettings;
  limits?: Partial<GitHostLimits>;
}

const CLOUD = 'gitlab.com';

/**
 * GitLab, in the cloud or one's own, through its REST API v4.
 *
 * A deploy key and a deploy token reach one project and only read code; the key can
 * be used where `gitops.gitHosts` pins the host's SSH keys, which no API tells.
 * @public
 */
export class GitlabProvider extends ComposedGitHostProvider {
  constructor(options: GitlabProviderOptions) {
    const { host, settings } = options;
    const baseUrl = options.baseUrl.replace(/\/+$/, '');
    const apiUrl = (options.apiBaseUrl ?? `${baseUrl}/api/v4`).replace(
      /\/+$/,
      '',
    );
    const transport = new GitHostTransport({ host, limits: options.limits });
    const api = new GitlabApi(transport, baseUrl, apiUrl);
    const accounts = new GitlabAccounts(api);
    super({
      type: 'gitlab',
      host,
      baseUrl,
      serverType: host === CLOUD ? 'cloud' : 'self-hosted',
      integrationCredential: options.integrationCredential,
      visibilities: GITLAB_VISIBILITIES,
      repositoryCredentialKinds: settings?.ssh?.knownHosts
        ? ['ssh', 'project-token']
        : ['project-token'],
      oauth: {
        authorizationUrl: `${baseUrl}/oauth/authorize`,
        tokenUrl: `${baseUrl}/oauth/token`,
        revocationUrl: `${baseUrl}/oauth/revoke`,
        scopes: [...GITLAB_SCOPES.connect],
      },
      tokenPageUrl: `${baseUrl}/-/user_settings/personal_access_tokens?scopes=${GITLAB_SCOPES.connect.join(
        ',',
      )}`,
      commitPagePath: '/-/commit/',
      // GitLab takes any user name beside a personal token, and this one beside a
      // token of an application.
      defaultGitUsername: 'oauth2',
      pushTimeoutMs: transport.limits.callMs,
      accounts,
      repositories: new GitlabRepositories(api, accounts),
      contents: new GitlabContents(api),
      deployKeys: new GitlabDeployKeys(api),
      repositoryTokens: new GitlabDeployTokens(api),
      pullRequests: new GitlabMergeRequests(api),
      sshEndpoint: async location =>
        sshEndpointOf(host, settings?.ssh, location),
    });
  }
}
