import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readExistingControlPlane, readKubeconfig } from './existing';

const base64 = (text: string) => Buffer.from(text).toString('base64');

describe('settings of what runs already', () => {
  const all = {
    GITOPS_E2E_KUBECONFIG: '/config',
    GITOPS_E2E_GITEA_URL: 'http://git.example.com/',
    GITOPS_E2E_GITEA_USERNAME: 'maria',
    GITOPS_E2E_GITEA_TOKEN: 'secret',
    GITOPS_E2E_GITEA_ORGANIZATION: 'team',
  };

  it('are all or none', () => {
    expect(readExistingControlPlane({})).toBeUndefined();
    expect(readExistingControlPlane(all)).toEqual({
      kubeconfig: '/config',
      gitea: {
        url: 'http://git.example.com',
        username: 'maria',
        token: 'secret',
        organization: 'team',
      },
    });
    expect(() =>
      readExistingControlPlane({ ...all, GITOPS_E2E_GITEA_TOKEN: '' }),
    ).toThrow('set GITOPS_E2E_GITEA_TOKEN, too');
  });
});

describe('a kubeconfig', () => {
  let folder: string;
  const context = (name: string) => ({
    name,
    context: { cluster: name, user: name },
  });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kubeconfig-'));
    await writeFile(join(folder, 'ca.crt'), 'authority');
    await writeFile(
      join(folder, 'config'),
      JSON.stringify({
        'current-context': 'b',
        contexts: ['a', 'b', 'c'].map(context),
        clusters: [
          {
            name: 'a',
            cluster: {
              server: 'https://a/',
              'certificate-authority': 'ca.crt',
            },
          },
          {
            name: 'b',
            cluster: { server: 'https://b', 'insecure-skip-tls-verify': true },
          },
          { name: 'c', cluster: { server: 'https://c' } },
        ],
        users: [
          { name: 'a', user: { token: 'token' } },
          {
            name: 'b',
            user: {
              'client-certificate-data': base64('certificate'),
              'client-key-data': base64('key'),
            },
          },
          { name: 'c', user: { exec: { command: 'login' } } },
        ],
      }),
    );
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('gives the current context first', async () => {
    expect(await readKubeconfig(join(folder, 'config'), 2)).toEqual([
      {
        url: 'https://b',
        insecure: true,
        certificate: { cert: 'certificate', key: 'key' },
      },
      { url: 'https://a', ca: 'authority', insecure: false, token: 'token' },
    ]);
  });

  it.each([
    [3, "context 'c' of"],
    [4, 'has 3 contexts, and 4 clusters are asked for'],
  ])('says what it lacks for %i clusters', async (count, words) => {
    await expect(readKubeconfig(join(folder, 'config'), count)).rejects.toThrow(
      words,
    );
  });
});
