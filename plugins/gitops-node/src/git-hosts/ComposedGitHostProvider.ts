import { InputError, toError } from '@backstage/errors';
import type {
  GitProvider,
  ServerType,
  Visibility,
} from '@backstage-gitops/plugin-gitops-common';
import type {
  FirstCommit,
  GitHostCallOptions,
  GitHostCredential,
  GitHostProvider,
  GitHostRepository,
  GitSshEndpoint,
  OAuthEndpoints,
  RepositoryCredentialKind,
  RepositoryLocation,
} from './GitHostProvider';
import type {
  AccountPart,
  ContentPart,
  DeployKeyPart,
  PullRequestPart,
  RepositoryPart,
  RepositoryTokenPart,
} from './gitHostParts';
import { pushFirstCommit } from './pushFirstCommit';
import { checkUrlForm } from './urls/checkRepositoryUrl';

/** What one kind of host brings to {@link ComposedGitHostProvider}. */
export interface GitHostComposition {
  type: GitProvider;
  host: string;
  baseUrl: string;
  serverType: ServerType;
  integrationCredential?: GitHostCredential;
  /** Where the portal's credential depends on the owner. */
  portalCredential?: GitHostProvider['portalCredential'];
  visibilities: readonly Visibility[];
  repositoryCredentialKinds: readonly RepositoryCredentialKind[];
  oauth: OAuthEndpoints;
  tokenPageUrl: string;
  /** Path of a commit's page below that of its repository. */
  commitPagePath: string;
  /** User name that Git over HTTP wants beside a token that brings none. */
  defaultGitUsername: string;
  /** Longest time for a push, in milliseconds. */
  pushTimeoutMs: number;
  accounts: AccountPart;
  repositories: RepositoryPart;
  contents: ContentPart;
  deployKeys: DeployKeyPart;
  repositoryTokens: RepositoryTokenPart;
  pullRequests: PullRequestPart;
  sshEndpoint(
    location: RepositoryLocation,
    options: GitHostCallOptions,
  ): Promise<GitSshEndpoint>;
}

/** Makes one provider of the parts of a host, and does what is alike at all of them. */
export abstract class ComposedGitHostProvider implements GitHostProvider {
  readonly type: GitProvider;
  readonly host: string;
  readonly baseUrl: string;
  readonly serverType: ServerType;
  readonly integrationCredential?: GitHostCredential;
  readonly visibilities: readonly Visibility[];
  readonly repositoryCredentialKinds: readonly RepositoryCredentialKind[];
  readonly oauth: OAuthEndpoints;
  readonly tokenPageUrl: string;

  readonly scopesFor: GitHostProvider['scopesFor'];
  readonly whoAmI: GitHostProvider['whoAmI'];
  readonly checkPower: GitHostProvider['checkPower'];
  readonly checkMayCreate: GitHostProvider['checkMayCreate'];
  readonly getRepository: GitHostProvider['getRepository'];
  readonly getRepositoryById: GitHostProvider['getRepositoryById'];
  readonly createRepository: GitHostProvider['createRepository'];
  readonly addTopic: GitHostProvider['addTopic'];
  readonly getBranchCommit: GitHostProvider['getBranchCommit'];
  readonly hasCommit: GitHostProvider['hasCommit'];
  readonly pathExists: GitHostProvider['pathExists'];
  readonly readFile: GitHostProvider['readFile'];
  readonly getCommit: GitHostProvider['getCommit'];
  readonly compareCommits: GitHostProvider['compareCommits'];
  readonly createDeployKey: GitHostProvider['createDeployKey'];
  readonly deleteDeployKey: GitHostProvider['deleteDeployKey'];
  readonly listDeployKeys: GitHostProvider['listDeployKeys'];
  readonly sshEndpoint: GitHostProvider['sshEndpoint'];
  readonly portalCredential: GitHostProvider['portalCredential'];
  readonly createRepositoryToken: GitHostProvider['createRepositoryToken'];
  readonly revokeRepositoryToken: GitHostProvider['revokeRepositoryToken'];
  readonly listRepositoryTokens: GitHostProvider['listRepositoryTokens'];
  readonly openPullRequest: GitHostProvider['openPullRequest'];
  readonly getPullRequest: GitHostProvider['getPullRequest'];
  readonly mergePullRequest: GitHostProvider['mergePullRequest'];

  private readonly commitPagePath: string;
  private readonly defaultGitUsername: string;
  private readonly pushTimeoutMs: number;

  protected constructor(composition: GitHostComposition) {
    this.type = composition.type;
    this.host = composition.host;
    this.baseUrl = composition.baseUrl;
    this.serverType = composition.serverType;
    this.integrationCredential = composition.integrationCredential;
    this.visibilities = composition.visibilities;
    this.repositoryCredentialKinds = composition.repositoryCredentialKinds;
    this.oauth = composition.oauth;
    this.tokenPageUrl = composition.tokenPageUrl;
    this.commitPagePath = composition.commitPagePath;
    this.defaultGitUsername = composition.defaultGitUsername;
    this.pushTimeoutMs = composition.pushTimeoutMs;

    const {
      accounts,
      repositories,
      contents,
      deployKeys,
      repositoryTokens,
      pullRequests,
    } = composition;
    this.scopesFor = accounts.scopesFor.bind(accounts);
    this.whoAmI = accounts.whoAmI.bind(accounts);
    this.checkPower = accounts.checkPower.bind(accounts);
    this.checkMayCreate = accounts.checkMayCreate.bind(accounts);
    this.getRepository = async (location, options) =>
      this.checked(await repositories.getRepository(location, options));
    this.getRepositoryById = async (id, options) =>
      this.checked(await repositories.getRepositoryById(id, options));
    this.createRepository = async (wish, options) =>
      this.checked(await repositories.createRepository(wish, options));
    this.addTopic = repositories.addTopic.bind(repositories);
    this.getBranchCommit = contents.getBranchCommit.bind(contents);
    this.hasCommit = contents.hasCommit.bind(contents);
    this.pathExists = contents.pathExists.bind(contents);
    this.readFile = contents.readFile.bind(contents);
    this.getCommit = contents.getCommit.bind(contents);
    this.compareCommits = contents.compareCommits.bind(contents);
    this.createDeployKey = deployKeys.createDeployKey.bind(deployKeys);
    this.deleteDeployKey = deployKeys.deleteDeployKey.bind(deployKeys);
    this.listDeployKeys = deployKeys.listDeployKeys.bind(deployKeys);
    this.createRepositoryToken =
      repositoryTokens.createRepositoryToken.bind(repositoryTokens);
    this.revokeRepositoryToken =
      repositoryTokens.revokeRepositoryToken.bind(repositoryTokens);
    this.listRepositoryTokens =
      repositoryTokens.listRepositoryTokens.bind(repositoryTokens);
    this.openPullRequest = pullRequests.openPullRequest.bind(pullRequests);
    this.getPullRequest = pullRequests.getPullRequest.bind(pullRequests);
    this.mergePullRequest = pullRequests.mergePullRequest.bind(pullRequests);
    this.sshEndpoint = composition.sshEndpoint;
    this.portalCredential =
      composition.portalCredential ?? (async () => this.integrationCredential);
  }

  async pushFirstCommit(
    repository: GitHostRepository,
    commit: FirstCommit,
    options: GitHostCallOptions,
  ): Promise<{ commit: string }> {
    return pushFirstCommit(
      {
        // The address from integrations is the one this portal reaches, and the
        // only one its token may be sent to; the host's own idea of its address
        // (`cloneUrl`) can differ.
        url: `${this.pageOf(repository)}.git`,
        username: this.gitUsername(options.credential),
        password: options.credential.token,
        repository: `${repository.owner}/${repository.name}`,
        host: this.host,
        timeoutMs: this.pushTimeoutMs,
        signal: options.signal,
      },
      commit,
    );
  }

  commitUrl(location: RepositoryLocation, commit: string): string {
    return `${this.pageOf(location)}${this.commitPagePath}${encodeURIComponent(
      commit,
    )}`;
  }

  gitUsername(credential: GitHostCredential): string {
    return credential.username ?? this.defaultGitUsername;
  }

  /** A host that hands out the address of another one is not believed. */
  private checked<T extends GitHostRepository | undefined>(repository: T): T {
    if (repository) {
      try {
        checkUrlForm(repository.cloneUrl, [
          { host: this.host, baseUrl: this.baseUrl },
        ]);
      } catch (error) {
        throw new InputError(
          `Git host '${this.host}' gives repository '${repository.owner}/${
            repository.name
          }' a clone URL that is not its own: ${
            toError(error).message
          }. Make the host's public address and its baseUrl in integrations the same`,
        );
      }
    }
    return repository;
  }

  private pageOf({ owner, name }: RepositoryLocation): string {
    // The owner is a path where groups can be in groups.
    return [
      this.baseUrl,
      ...[...owner.split('/'), name].map(encodeURIComponent),
    ].join('/');
  }
}
