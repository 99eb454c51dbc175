import { startGitHost, type RunningGitHost } from '@backstage-gitops/sandbox';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GitHostProviderSubject } from './__testUtils__/GitHostProviderSubject';
import { gitHostProviderContract } from './__testUtils__/gitHostProviderContract';
import {
  HostModel,
  ORGANIZATION,
  OUTSIDER,
  USER,
} from './__testUtils__/HostModel';
import { GiteaProvider } from './gitea/GiteaProvider';
import { GithubDouble } from './github/__testUtils__/GithubDouble';
import { GithubProvider } from './github/GithubProvider';
import type { RepositoryLocation } from './GitHostProvider';
import { GitlabDouble } from './gitlab/__testUtils__/GitlabDouble';
import { GitlabProvider } from './gitlab/GitlabProvider';

jest.setTimeout(30_000);

const TOKEN = 'token-that-must-stay-hidden';
const OUTSIDER_TOKEN = 'token-of-an-outsider';
const READER_TOKEN = 'token-of-a-reader';
const limits = { attemptMs: 5_000, callMs: 10_000, retryMs: 5 };

/** The part of a subject that the doubles share. */
function modelled(model: HostModel) {
  const found = ({ owner, name }: RepositoryLocation) => {
    const repository = model.find(owner, name);
    if (!repository) {
      throw new Error(`The model has no ${owner}/${name}`);
    }
    return repository;
  };
  return {
    token: TOKEN,
    username: USER,
    organization: ORGANIZATION,
    outsiderToken: OUTSIDER_TOKEN,
    commit: async (
      location: RepositoryLocation,
      branch: string,
      path: string,
      content: string,
    ) =>
      model.commit(found(location), branch, { [path]: content }, `Add ${path}`),
    rename: async (location: RepositoryLocation, name: string) =>
      model.rename(found(location), name),
    archive: async (location: RepositoryLocation) => {
      found(location).archived = true;
    },
    remove: async (location: RepositoryLocation) =>
      model.remove(found(location)),
  };
}

describe('GitHub', () => {
  const model = new HostModel();
  const double = new GithubDouble(model);
  model.tokens.set(TOKEN, { user: USER, scopes: ['repo', 'admin:org'] });
  model.tokens.set(OUTSIDER_TOKEN, { user: OUTSIDER, scopes: ['repo'] });
  model.tokens.set('fine-grained', {
    user: USER,
    expiresAt: '2026-12-24 10:00:00 UTC',
  });
  model.tokens.set('of-app', {});
  model.tokens.set('weak', { user: USER, scopes: ['gist'] });

  const provider = (host = 'github.com') =>
    new GithubProvider({
      host,
      baseUrl: double.server.url,
      apiBaseUrl: double.server.url,
      limits,
    });

  beforeAll(() => double.server.start());
  afterAll(() => double.server.stop());
  // Everything that was asked and answered is as GitHub describes it.
  afterEach(() => double.server.assertAsDescribed());

  gitHostProviderContract(
    (): GitHostProviderSubject => ({
      ...modelled(model),
      url: double.server.url,
      provider: more =>
        new GithubProvider({
          host: 'github.example.com',
          baseUrl: double.server.url,
          apiBaseUrl: double.server.url,
          limits: { ...limits, ...more },
        }),
    }),
    { readerTokens: false, repositoryTokens: false },
  );

  it('tells the power of each kind of token, as far as GitHub does', async () => {
    const power = (token: string) =>
      provider().checkPower('create', { credential: { token } });
    expect(await power(TOKEN)).toMatchObject({
      scopes: ['repo', 'admin:org'],
      missing: [],
      excessive: ['admin:org'],
    });
    expect(await power('weak')).toMatchObject({
      missing: ['repo', 'read:org'],
      excessive: [],
    });
    expect(await power('fine-grained')).toEqual({
      identity: expect.objectContaining({ username: USER }),
      expiresAt: '2026-12-24T10:00:00.000Z',
      missing: [],
      excessive: [],
    });
    expect(await power('of-app')).toEqual({ missing: [], excessive: [] });
  });

  it('takes the SSH keys that github.com publishes, and those that are pinned elsewhere', async () => {
    const location = { owner: 'platform', name: 'shop' };
    const call = { credential: { token: TOKEN } };
    expect(await provider().sshEndpoint(location, call)).toEqual({
      url: 'ssh://git@github.com/platform/shop.git',
      knownHosts: expect.stringMatching(/^github\.com ssh-ed25519 AAAA\S+\n$/),
    });
    const enterprise = provider('github.example.com');
    expect(enterprise.repositoryCredentialKinds).toEqual([]);
    await expect(enterprise.sshEndpoint(location, call)).rejects.toMatchObject({
      name: 'InputError',
      message: expect.stringMatching(/ssh\.knownHosts.*gitops\.gitHosts/),
    });
  });

  it('lets an app of the integration stand for the portal', async () => {
    const asked: string[] = [];
    const app = new GithubProvider({
      host: 'github.com',
      apiBaseUrl: double.server.url,
      limits: { ...limits, callMs: 50 },
      credentials: {
        async getCredentials({ url }) {
          asked.push(url);
          if (url.endsWith('/slow')) {
            await new Promise(() => {});
          }
          return { type: 'app', token: 'of-app' };
        },
      },
    });
    expect(await app.portalCredential('platform')).toEqual({
      token: 'of-app',
      username: 'x-access-token',
    });
    expect(asked).toEqual(['https://github.com/platform']);
    await expect(app.portalCredential('slow')).rejects.toMatchObject({
      name: 'ServiceUnavailableError',
      message: expect.stringMatching(/for 'slow' \(timed out\).*installed/),
    });
  });
});

describe('GitLab', () => {
  const model = new HostModel();
  const double = new GitlabDouble(model);
  model.tokens.set(TOKEN, {
    user: USER,
    scopes: ['api', 'sudo'],
    expiresAt: '2026-12-24',
  });
  model.tokens.set(OUTSIDER_TOKEN, { user: OUTSIDER, scopes: ['api'] });
  model.tokens.set(READER_TOKEN, { scopes: ['read_repository'] });
  model.tokens.set('of-application', { user: USER });

  beforeAll(() => double.server.start());
  afterAll(() => double.server.stop());
  afterEach(() => double.server.assertAsDescribed());

  const provider = (more = {}) =>
    new GitlabProvider({
      host: 'gitlab.example.com',
      baseUrl: double.server.url,
      limits: { ...limits, ...more },
    });

  gitHostProviderContract(
    (): GitHostProviderSubject => ({
      ...modelled(model),
      url: double.server.url,
      readerToken: READER_TOKEN,
      provider,
    }),
    { readerTokens: true, repositoryTokens: true },
  );

  it('tells scopes and end of personal tokens and of those of applications', async () => {
    const power = (token: string) =>
      provider().checkPower('create', { credential: { token } });
    expect(await power(TOKEN)).toMatchObject({
      scopes: ['api', 'sudo'],
      expiresAt: '2026-12-24T00:00:00.000Z',
      missing: [],
      excessive: ['sudo'],
    });
    expect(await power(READER_TOKEN)).toEqual({
      identity: undefined,
      scopes: ['read_repository'],
      expiresAt: undefined,
      missing: ['api'],
      excessive: [],
    });
    const { expiresAt, ...rest } = await power('of-application');
    expect(rest).toMatchObject({ scopes: ['api'], missing: [] });
    expect(Date.parse(expiresAt ?? '')).toBeGreaterThan(Date.now());
  });
});

describe('Gitea', () => {
  let directory: string;
  let host: RunningGitHost;
  let subject: GitHostProviderSubject;

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'git-host-providers-'));
    host = await startGitHost({
      dataDir: directory,
      users: [
        {
          username: USER,
          password: USER,
          tokens: [
            {
              name: 'portal',
              token: TOKEN,
              scopes: ['write:repository', 'write:user', 'write:organization'],
            },
            {
              name: 'reader',
              token: READER_TOKEN,
              scopes: ['read:repository'],
            },
          ],
        },
        {
          username: OUTSIDER,
          password: OUTSIDER,
          tokens: [{ name: 'portal', token: OUTSIDER_TOKEN }],
        },
      ],
      organizations: [{ name: ORGANIZATION, owners: [USER] }],
    });
    const ask = async (method: string, path: string, body?: unknown) => {
      const response = await fetch(`${host.url}/api/v1${path}`, {
        method,
        headers: {
          authorization: `token ${TOKEN}`,
          'content-type': 'application/json',
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      if (!response.ok) {
        throw new Error(`${method} ${path}: ${response.status} ${text}`);
      }
      return text ? JSON.parse(text) : undefined;
    };
    const pathOf = ({ owner, name }: RepositoryLocation) =>
      `/repos/${owner}/${name}`;
    subject = {
      url: host.url,
      token: TOKEN,
      username: USER,
      organization: ORGANIZATION,
      outsiderToken: OUTSIDER_TOKEN,
      readerToken: READER_TOKEN,
      provider: more =>
        new GiteaProvider({
          host: new URL(host.url).host,
          baseUrl: host.url,
          limits: { ...limits, ...more },
        }),
      commit: async (location, branch, path, content) => {
        const branches: { name: string }[] =
          (await ask('GET', `${pathOf(location)}/branches`)) ?? [];
        const known =
          branches.length === 0 || branches.some(({ name }) => name === branch);
        const { commit } = await ask(
          'POST',
          `${pathOf(location)}/contents/${encodeURI(path)}`,
          {
            content: Buffer.from(content).toString('base64'),
            message: `Add ${path}`,
            ...(known ? { branch } : { new_branch: branch }),
          },
        );
        return commit.sha;
      },
      rename: (location, name) => ask('PATCH', pathOf(location), { name }),
      archive: location => ask('PATCH', pathOf(location), { archived: true }),
      remove: location => ask('DELETE', pathOf(location)),
    };
  });

  afterAll(async () => {
    await host.stop();
    await rm(directory, { recursive: true, force: true });
  });

  gitHostProviderContract(() => subject, {
    readerTokens: true,
    repositoryTokens: false,
  });
});
