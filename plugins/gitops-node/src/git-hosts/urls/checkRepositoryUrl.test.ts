import { addressKind } from './addressKind';
import { checkRepositoryUrl } from './checkRepositoryUrl';

const hosts = [
  { host: 'git.example.com', baseUrl: 'https://git.example.com' },
  {
    host: 'code.example.com:8443',
    baseUrl: 'https://code.example.com:8443/git',
    ssh: { host: 'ssh.example.com', port: 2222 },
  },
  { host: 'localhost:3010', baseUrl: 'http://localhost:3010' },
  { host: '127.0.0.1', baseUrl: 'https://127.0.0.1' },
  {
    host: '10.1.2.3',
    baseUrl: 'https://10.1.2.3',
    allowPrivateAddress: true,
  },
  {
    host: '169.254.169.254',
    baseUrl: 'http://169.254.169.254',
    allowPrivateAddress: true,
  },
  { host: '[::ffff:10.0.0.1]', baseUrl: 'http://[::ffff:10.0.0.1]' },
];

const NAMES: Record<string, string[]> = {
  'git.example.com': ['8.8.8.8', '2606:4700::1111'],
  'code.example.com': ['8.8.4.4'],
  'ssh.example.com': ['8.8.4.4'],
  localhost: ['::1', '127.0.0.1'],
};

function check(
  url: string,
  options: { development?: boolean; names?: typeof NAMES } = {},
) {
  const names = options.names ?? NAMES;
  return checkRepositoryUrl(url, {
    hosts,
    development: options.development ?? false,
    resolve: async name => names[name] ?? [],
  });
}

describe('checkRepositoryUrl', () => {
  it.each([
    'https://git.example.com/team/shop.git',
    'https://GIT.example.com/team/shop',
    'ssh://git@git.example.com/team/shop.git',
    'ssh://git@git.example.com:22/team/shop.git',
    'https://code.example.com:8443/git/group/sub/shop.git',
    'ssh://git@ssh.example.com:2222/group/shop.git',
    'https://10.1.2.3/team/shop.git',
    'https://0x0a.0x01.0x02.3/team/shop.git',
  ])('takes %s', async url => {
    await expect(check(url)).resolves.toBeUndefined();
  });

  it.each([
    ['ext::sh -c touch% /tmp/x', /spaces/],
    ['ext::sh', /'ext::' lets Git run programs/],
    ['fd::17/foo', /'fd::'/],
    ['file:///etc/passwd', /'file:\/\/'/],
    ['/etc/passwd', /no full URL/],
    ['git://git.example.com/team/shop.git', /'git:\/\/'/],
    ['ftp://git.example.com/team/shop.git', /'ftp:\/\/'/],
    ['git@git.example.com:team/shop.git', /no full URL.*ssh:\/\/git@host/],
    ['-oProxyCommand=x', /option of Git/],
    ['--upload-pack=touch', /option of Git/],
    ['ssh://-oProxyCommand=x/team/shop.git', /no usable host|is no URL/],
    ['ssh://-oProxyCommand=x@git.example.com/a/b', /begins with '-'/],
    ['https://git.example.com/-upload/shop.git', /begins with '-'/],
    ['https://git.example.com/%2d%2dupload-pack/shop.git', /begins with '-'/],
    ['ssh://git@git.example.com/..%2f..%2fetc', /leads upwards/],
    ['https://user@git.example.com/team/shop.git', /must not hold/],
    ['ssh://git:geheim@git.example.com/team/shop.git', /must not hold/],
    ['https://git.example.com/a/b?x=geheim', /no query or fragment/],
    ['https://git.example.com/a/b#geheim', /no query or fragment/],
    ['https://git.example.com/a\nb', /line ends/],
    ['https://git.example.com\\@evil.example/a', /backslashes/],
    [
      'https://evil.example/team/shop.git',
      /not at a Git host.*git\.example\.com/,
    ],
    ['https://git.example.com.evil.example/a/b', /not at a Git host/],
    ['http://git.example.com/team/shop.git', /not at a Git host/],
    ['https://git.example.com:444/team/shop.git', /not at a Git host/],
    ['https://code.example.com:8443/other/shop.git', /not at a Git host/],
    ['https://code.example.com:8443/gitx/shop.git', /not at a Git host/],
    ['ssh://git@ssh.example.com/group/shop.git', /not at a Git host/],
    ['http://169.254.169.254/latest/meta-data', /link-local/],
    ['http://[::ffff:a00:1]/a/b', /10\.0\.0\.1|private/],
    ['https://2130706433/a/b', /this machine itself/],
    ['https://0177.0.0.1/a/b', /this machine itself/],
    [
      'http://localhost:3010/a/b.git',
      /allowPrivateAddress of 'localhost:3010'/,
    ],
  ])('refuses %s', async (url, words) => {
    const error = await check(url).catch((reason: Error) => reason);
    expect(error).toMatchObject({
      name: 'InputError',
      message: expect.stringMatching(words),
    });
    expect((error as Error).message).not.toContain('geheim');
  });

  it('lets a configured host be on loopback while developing, and nothing else', async () => {
    const development = true;
    await check('http://localhost:3010/a/b.git', { development });
    await check('https://127.0.0.1/a/b.git', { development });
    await expect(
      check('http://127.0.0.1:3010/a/b.git', { development }),
    ).rejects.toThrow(/not at a Git host/);
  });

  it.each([
    '10.0.0.7',
    'fd12::1',
    '169.254.169.254',
    '::ffff:192.168.1.1',
    '0.0.0.0',
  ])('is not led astray by a name that also resolves to %s', async address => {
    await expect(
      check('https://git.example.com/a/b.git', {
        development: true,
        names: { 'git.example.com': ['8.8.8.8', address] },
      }),
    ).rejects.toThrow(`leads to ${address}, the address of 'git.example.com'`);
  });
});

describe('addressKind', () => {
  it.each([
    ['8.8.8.8', 'public'],
    ['2606:4700::1111', 'public'],
    ['127.8.9.10', 'loopback'],
    ['::1', 'loopback'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['::ffff:7f00:1', 'loopback'],
    ['64:ff9b::7f00:1', 'loopback'],
    ['2002:7f00:1::', 'loopback'],
    ['10.255.0.1', 'private'],
    ['172.31.0.1', 'private'],
    ['172.32.0.1', 'public'],
    ['192.168.0.1', 'private'],
    ['100.64.0.1', 'private'],
    ['fdab::1', 'private'],
    ['169.254.169.254', 'link-local'],
    ['100.100.100.200', 'link-local'],
    ['fd00:ec2::254', 'link-local'],
    ['fe80::1%eth0', 'link-local'],
    ['0.0.0.0', 'reserved'],
    ['::', 'reserved'],
    ['224.0.0.1', 'reserved'],
    ['255.255.255.255', 'reserved'],
    ['no address', 'reserved'],
  ])('%s is %s', (address, kind) => {
    expect(addressKind(address)).toBe(kind);
  });
});
