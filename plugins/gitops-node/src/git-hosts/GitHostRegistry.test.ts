import { ConfigReader } from '@backstage/config';
import { GitHostRegistry } from './GitHostRegistry';
import { readGitHostSettings } from './GitHostSettings';

const KEY =
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl';

describe('GitHostRegistry', () => {
  const config = new ConfigReader({
    integrations: {
      github: [{ token: 'cloud' }, { host: 'ghe.example.com' }],
      gitlab: [
        {
          host: 'gitlab.example.com',
          baseUrl: 'https://gitlab.example.com/code',
          apiBaseUrl: 'https://gitlab.example.com/code/api/v4',
          token: 'pat',
        },
      ],
      gitea: [
        { host: 'git.example.com', username: 'portal', password: 'pw' },
        { host: 'localhost:3000', baseUrl: 'http://localhost:3000/' },
      ],
    },
    gitops: {
      gitHosts: [
        {
          host: 'git.example.com',
          ssh: {
            host: 'ssh.example.com',
            port: 2222,
            knownHosts: `# a comment\n[ssh.example.com]:2222 ${KEY}\n`,
          },
        },
        {
          host: 'gitlab.example.com',
          ssh: { knownHosts: `gitlab.example.com ${KEY}` },
        },
        {
          host: 'github.com',
          oauth: { clientId: 'id', clientSecret: 'secret' },
        },
      ],
    },
  });
  const registry = GitHostRegistry.fromConfig(config);

  it('finds the hosts that integrations name, and no others', () => {
    expect(registry.hosts().sort()).toEqual([
      'ghe.example.com',
      'git.example.com',
      'github.com',
      'gitlab.example.com',
      'localhost:3000',
    ]);
    expect(registry.get('github.com')).toMatchObject({
      type: 'github',
      serverType: 'cloud',
      baseUrl: 'https://github.com',
      integrationCredential: { token: 'cloud' },
      repositoryCredentialKinds: ['ssh'],
      oauth: {
        authorizationUrl: 'https://github.com/login/oauth/authorize',
        tokenUrl: 'https://github.com/login/oauth/access_token',
        revocationUrl: 'https://api.github.com/applications/id/token',
      },
    });
    expect(registry.get('ghe.example.com')).toMatchObject({
      serverType: 'self-hosted',
      integrationCredential: undefined,
      repositoryCredentialKinds: [],
    });
    expect(registry.get('gitlab.example.com')).toMatchObject({
      type: 'gitlab',
      baseUrl: 'https://gitlab.example.com/code',
      integrationCredential: { token: 'pat' },
      repositoryCredentialKinds: ['ssh', 'project-token'],
      oauth: { revocationUrl: 'https://gitlab.example.com/code/oauth/revoke' },
    });
    expect(registry.get('git.example.com')).toMatchObject({
      type: 'gitea',
      baseUrl: 'https://git.example.com',
      integrationCredential: { token: 'pw', username: 'portal' },
      repositoryCredentialKinds: ['ssh'],
    });
    expect(registry.get('localhost:3000')).toMatchObject({
      baseUrl: 'http://localhost:3000',
      integrationCredential: undefined,
      repositoryCredentialKinds: [],
    });
    expect(() => registry.get('gitlab.com')).toThrow(
      /'gitlab.com' is not known.*git\.example\.com/,
    );
    expect(() => GitHostRegistry.of([]).get('github.com')).toThrow(
      /add it to integrations\.github, integrations\.gitlab or integrations\.gitea/,
    );
  });

  it('knows how Git reaches a host over SSH, with pinned keys', async () => {
    const call = { credential: { token: 'x' } };
    expect(
      await registry
        .get('git.example.com')
        .sshEndpoint({ owner: 'team', name: 'shop' }, call),
    ).toEqual({
      url: 'ssh://git@ssh.example.com:2222/team/shop.git',
      knownHosts: `[ssh.example.com]:2222 ${KEY}\n`,
    });
    expect(
      (
        await registry
          .get('gitlab.example.com')
          .sshEndpoint({ owner: 'group/sub', name: 'shop' }, call)
      ).url,
    ).toBe('ssh://git@gitlab.example.com/group/sub/shop.git');
    await expect(
      registry
        .get('localhost:3000')
        .sshEndpoint({ owner: 'team', name: 'shop' }, call),
    ).rejects.toThrow(
      /SSH host keys of Git host 'localhost:3000'.*gitops\.gitHosts/,
    );
  });

  it('refuses URLs that lead elsewhere', async () => {
    await registry.checkUrl('http://localhost:3000/team/shop.git');
    await expect(
      registry.checkUrl('https://evil.example/team/shop.git'),
    ).rejects.toThrow(/integrations/);
  });
});

describe('readGitHostSettings', () => {
  const read = (gitHosts: object[]) =>
    readGitHostSettings(
      new ConfigReader({ gitops: { gitHosts: gitHosts as never[] } }),
    );

  it('reads nothing where nothing is said', () => {
    expect(readGitHostSettings(new ConfigReader({})).size).toBe(0);
    expect(read([{ host: 'a' }]).get('a')).toEqual({
      host: 'a',
      allowPrivateAddress: false,
    });
  });

  it('refuses what cannot be meant', () => {
    expect(() => read([{ host: 'a' }, { host: 'a' }])).toThrow(/'a' twice/);
    expect(() =>
      read([{ host: 'a', ssh: { knownHosts: KEY.split(' ')[1] } }]),
    ).toThrow(/not lines of a known_hosts file.*ssh-keyscan/);
    expect(() => read([{ host: 'a', ssh: { knownHosts: '# empty' } }])).toThrow(
      /known_hosts/,
    );
    expect(() => read([{ host: 'a', oauth: { clientId: 'x' } }])).toThrow(
      /clientSecret/,
    );
  });
});
