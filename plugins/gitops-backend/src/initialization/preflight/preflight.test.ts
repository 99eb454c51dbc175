import { InputError } from '@backstage/errors';
import { startSandbox, type Sandbox } from '@backstage-gitops/sandbox';
import {
  GiteaProvider,
  type DeployKey,
  type GitHostProvider,
} from '@backstage-gitops/plugin-gitops-node';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeSshKey } from '../../credentials/kinds/sshKey';
import { gitRepositoryManifest } from '../../flux/manifests';
import { listRemoteRefs } from './listRemoteRefs';
import { preflight } from './preflight';
import type { Subject } from './Subject';

jest.setTimeout(120_000);

const OVERLAYS = ['development', 'production'];
const GOOD = 'resources: []\n';

let directory: string;
let sandbox: Sandbox;
let provider: GiteaProvider;
/** Answers as a test says; what it was sent is kept. */
let strange: Server;
let answer: (url: string) => {
  status: number;
  headers?: Record<string, string>;
  body?: string;
};
let strangeHost: string;
/** Nobody listens there any more. */
let absentHost: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gitops-preflight-'));
  sandbox = await startSandbox({ dataDir: directory });
  provider = new GiteaProvider({
    host: sandbox.git.host,
    baseUrl: sandbox.git.url,
    integrationCredential: { token: sandbox.git.admin.token },
  });
  strange = createServer((request, response) => {
    const { status, headers, body } = answer(request.url ?? '');
    response.writeHead(status, headers).end(body);
  });
  await new Promise<void>(done => strange.listen(0, '127.0.0.1', done));
  strangeHost = `127.0.0.1:${(strange.address() as AddressInfo).port}`;
  const absent = createServer();
  await new Promise<void>(done => absent.listen(0, '127.0.0.1', done));
  absentHost = `127.0.0.1:${(absent.address() as AddressInfo).port}`;
  await new Promise(done => absent.close(done));
});

afterAll(async () => {
  strange.closeAllConnections();
  await new Promise(done => strange.close(done));
  await sandbox.stop();
  await rm(directory, { recursive: true, force: true });
});

let repositories = 0;
/** A repository with a pushed commit, and what a set-up would ask of it. */
async function subject(
  options: { files?: Record<string, string>; empty?: boolean } = {},
): Promise<Subject> {
  repositories += 1;
  const name = `shop${repositories}`;
  const call = { credential: { token: sandbox.git.admin.token } };
  const made = await provider.createRepository(
    { owner: 'platform', name, visibility: 'private', defaultBranch: 'main' },
    call,
  );
  const files = options.files ?? {
    'deploy/overlays/development/kustomization.yaml': GOOD,
    'deploy/overlays/production/kustomization.yml': GOOD,
  };
  const { commit } = options.empty
    ? { commit: 'a'.repeat(40) }
    : await provider.pushFirstCommit(
        made,
        {
          branch: 'main',
          files: Object.entries(files).map(([path, content]) => ({
            path,
            content: Buffer.from(content).toString('base64'),
          })),
          message: 'Create it',
          author: { name: 'Portal', email: 'portal@example.com' },
          timestamp: '2026-01-01T00:00:00.000Z',
        },
        call,
      );
  return {
    project: { slug: name },
    repository: {
      host: sandbox.git.host,
      owner: 'platform',
      name,
      cloneUrl: made.cloneUrl,
      defaultBranch: 'main',
      firstCommit: commit,
    },
    environments: OVERLAYS.map(environment => ({ name: environment })),
    overlaysIn: 'first commit',
    material: {
      authType: 'token',
      tokenType: 'pat',
      token: 'an envelope',
    },
    credential: {
      authId: 'auth',
      kind: 'basic',
      username: sandbox.git.admin.username,
      password: sandbox.git.admin.token,
    },
    provider,
    hostCredential: { token: sandbox.git.admin.token },
  };
}

const basic = (password: string, username = 'reader') => ({
  authId: 'auth',
  kind: 'basic' as const,
  username,
  password,
});

const key = makeSshKey('a key');
const KNOWN_HOSTS = 'git.example.com ssh-ed25519 AAAATRUSTED\n';

/** The subject with an SSH key, and a host that has these keys. */
function withSshKey(
  of: Subject,
  keys: DeployKey[],
  change: Partial<{ identity: string; knownHosts: string }> = {},
): Subject {
  const speaking: Partial<GitHostProvider> = {
    listDeployKeys: async () => keys,
    sshEndpoint: async () => ({
      url: 'ssh://git@git.example.com/platform/shop.git',
      knownHosts: KNOWN_HOSTS,
    }),
  };
  return {
    ...of,
    provider: Object.assign(Object.create(of.provider), speaking),
    material: {
      authType: 'ssh',
      publicKey: key.publicKey,
      privateKey: 'an envelope',
      fingerprint: key.fingerprint,
      knownHosts: KNOWN_HOSTS,
      providerKeyId: '7',
    } as Subject['material'],
    credential: {
      authId: 'auth',
      kind: 'ssh',
      identity: key.privateKey,
      publicKey: key.publicKey,
      knownHosts: KNOWN_HOSTS,
      url: 'ssh://git@git.example.com/platform/shop.git',
      ...change,
    },
  };
}

const DEPLOY_KEY = { id: '7', title: 'portal', readOnly: true };

/** As a host elsewhere would answer; its address is the one of integrations. */
function atStrangeHost(of: Subject, scheme = 'http'): Subject {
  const { owner, name } = of.repository;
  return {
    ...of,
    repository: {
      ...of.repository,
      host: strangeHost,
      cloneUrl: `${scheme}://${strangeHost}/${owner}/${name}.git`,
    },
  };
}

const idsOf = async (of: Subject) =>
  (await preflight(of)).problems.map(({ diagnosis }) => diagnosis);

it('finds nothing where nothing is wrong', async () => {
  expect(await preflight(await subject())).toEqual({
    problems: [],
    warnings: [],
  });
  expect(await preflight(withSshKey(await subject(), [DEPLOY_KEY]))).toEqual({
    problems: [],
    warnings: [],
  });
});

// Every failure of a GitRepository that Flux can report, by the id of its
// diagnosis: what the pre-flight says instead, or why a source of ours cannot
// have it.
const CAUGHT: [
  id: string,
  what: string,
  arrange: () => Promise<Subject>,
  words: RegExp,
][] = [
  [
    'G2',
    'a credential of another kind than the address',
    async () => {
      const of = await subject();
      return {
        ...of,
        repository: {
          ...of.repository,
          cloneUrl: 'ssh://git@git.example.com/platform/shop.git',
        },
      };
    },
    /read over ssh, where a credential of kind 'basic' is of no use: choose another kind/,
  ],
  [
    'G3',
    'a key with a passphrase',
    async () =>
      withSshKey(await subject(), [DEPLOY_KEY], {
        identity:
          '-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----\n',
      }),
    /has a passphrase, which nobody can type for Flux: give the project a new key/,
  ],
  [
    'G4',
    'a refused token',
    async () => ({
      ...(await subject()),
      credential: basic('token-that-was-revoked'),
    }),
    /refuses the credential that Flux would get \(401\).*another one, then retry/,
  ],
  [
    'G5',
    'a token without the right',
    async () => {
      const of = await subject();
      answer = () => ({ status: 403 });
      return atStrangeHost(of);
    },
    /\(403\): give it the right to read/,
  ],
  [
    'G6',
    'a repository that the credential does not see',
    async () => {
      const of = await subject();
      answer = () => ({ status: 404 });
      return atStrangeHost(of);
    },
    /not visible to the credential that Flux would get \(404\): let its account read/,
  ],
  [
    'G6',
    'a redirect elsewhere',
    async () => {
      const of = await subject();
      answer = () => ({
        status: 301,
        headers: { location: 'https://elsewhere.example.com/x' },
      });
      return atStrangeHost(of);
    },
    /sends fetches on to 'elsewhere.example.com', where Flux must not send the credential/,
  ],
  [
    'G7',
    'a branch that is not there',
    async () => {
      const of = await subject();
      return {
        ...of,
        repository: { ...of.repository, defaultBranch: 'trunk' },
      };
    },
    /has no branch 'trunk', which Flux would follow: push it/,
  ],
  [
    'G11',
    'a key that is not registered',
    async () => withSshKey(await subject(), [{ ...DEPLOY_KEY, id: '8' }]),
    /not among the deploy keys .* Give the project a new key/,
  ],
  [
    'G12',
    'host keys that are none of the host',
    async () =>
      withSshKey(await subject(), [DEPLOY_KEY], {
        knownHosts: 'git.example.com ssh-ed25519 AAAAOTHER\n',
      }),
    /host keys pinned .* are none of those/,
  ],
  [
    'G13',
    'a host that is not there',
    async () => {
      const of = await subject();
      return {
        ...of,
        repository: {
          ...of.repository,
          host: absentHost,
          cloneUrl: `http://${absentHost}/platform/shop.git`,
        },
      };
    },
    /cannot be reached \(ECONNREFUSED\).*check that it is up/,
  ],
  [
    'G13',
    'something that is no Git host',
    async () => {
      const of = await subject();
      answer = () => ({ status: 200, body: '<html>Please sign in</html>' });
      return atStrangeHost(of);
    },
    /no Git host. Look for a proxy or sign-in page/,
  ],
  [
    'G13',
    'a host that is unwell',
    async () => {
      const of = await subject();
      answer = () => ({ status: 502 });
      return atStrangeHost(of);
    },
    /answered 502 .*retry when the host is well/,
  ],
  [
    'G14',
    'a connection that is not secure',
    async () => atStrangeHost(await subject(), 'https'),
    /secure connection \(.+\): let .* certificate that the portal and Flux trust/,
  ],
  [
    'G15',
    'a credential in the address',
    async () => {
      const of = await subject();
      return {
        ...of,
        repository: {
          ...of.repository,
          cloneUrl: of.repository.cloneUrl.replace('//', '//me:secret-word@'),
        },
      };
    },
    /user name or password in it: take them out/,
  ],
  [
    'G16',
    'an address that is none',
    async () => {
      const of = await subject();
      return { ...of, repository: { ...of.repository, cloneUrl: 'not a url' } };
    },
    /an address that is no URL/,
  ],
  [
    'G17',
    'an app over another scheme',
    async () => ({
      ...(await subject()),
      credential: {
        authId: 'auth',
        kind: 'github-app',
        appId: '1',
        installationId: '2',
        privateKey: 'PEM',
      },
    }),
    /credential of kind 'github-app' is of no use/,
  ],
  [
    'K4',
    'an overlay that is not in the commit',
    () =>
      subject({
        files: {
          'deploy/overlays/production/kustomization.yaml': GOOD,
          'README.md': 'x',
        },
      }),
    /deploy\/overlays\/development .* does not exist: add it to the template/,
  ],
  [
    'K8',
    'an overlay without a kustomization',
    () =>
      subject({
        files: {
          'deploy/overlays/production/kustomization.yaml': GOOD,
          'deploy/overlays/development/service.yaml': 'kind: Service\n',
        },
      }),
    /deploy\/overlays\/development .* lacks a kustomization.yaml/,
  ],
  [
    'K8',
    'a Flux Kustomization instead of one',
    () =>
      subject({
        files: {
          'deploy/overlays/production/kustomization.yaml': GOOD,
          'deploy/overlays/development/kustomization.yaml':
            'apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\n',
        },
      }),
    /is no kustomization of kustomize.config.k8s.io/,
  ],
  [
    'K11',
    'a kustomization that is no YAML',
    () =>
      subject({
        files: {
          'deploy/overlays/production/kustomization.yaml': GOOD,
          'deploy/overlays/development/kustomization.yaml':
            'resources: [\n- a: b: c\n',
        },
      }),
    /kustomization.yaml .* is not YAML \(.+\): mend it/,
  ],
];

it.each(CAUGHT)('%s: %s', async (id, _, arrange, words) => {
  const of = await arrange();
  const { problems } = await preflight(of);
  expect(problems.map(({ diagnosis }) => diagnosis)).toEqual([id]);
  expect(problems[0].message).toMatch(words);
  const told = JSON.stringify(problems);
  expect(told).not.toContain('secret-word');
  const { password } = { password: 'secret-word', ...of.credential };
  expect(told).not.toContain(password);
});

it('G8 and G10: an empty repository, and a commit that is gone', async () => {
  const { problems } = await preflight(await subject({ empty: true }));
  const text = problems.map(
    ({ diagnosis, message }) => `${diagnosis} ${message}`,
  );
  expect(text.join('\n')).toMatch(/G10 .* is empty: push a first commit/);
  const of = await subject();
  expect(
    await idsOf({
      ...of,
      repository: { ...of.repository, firstCommit: 'b'.repeat(40) },
    }),
  ).toEqual(['G8', 'G8']);
});

it('the rest cannot come about: a source of ours has no such field, and its Secret is written first', async () => {
  const { repository, credential } = await subject();
  const { spec } = gitRepositoryManifest(
    { id: 'id', slug: 'shop' },
    repository,
    credential,
  );
  // G9: no version range. G18: no identity of the cluster. G19: no include.
  // G20: no signature check. G22: no sparse checkout.
  expect(Object.keys(spec).sort()).toEqual([
    'interval',
    'ref',
    'secretRef',
    'timeout',
    'url',
  ]);
  expect(spec.ref).toEqual({ branch: 'main' });
  // G1: its Secret is there before it, see the order of the set-up. G21: the
  // controller's own disk, which no set-up can know.
});

it('tells everything that is wrong in one go', async () => {
  const of = await subject({ files: { 'README.md': 'nothing else' } });
  expect(
    (
      await idsOf({ ...of, credential: basic('token-that-was-revoked') })
    ).sort(),
  ).toEqual(['G4', 'K4', 'K4']);
});

it('refuses a deploy key that may write, and sends no credential to a foreign host', async () => {
  const writing = await preflight(
    withSshKey(await subject(), [{ ...DEPLOY_KEY, readOnly: false }]),
  );
  expect(writing.problems[0].message).toMatch(/may write, and Flux only reads/);

  const asked: string[] = [];
  answer = url => {
    asked.push(url);
    return { status: 200 };
  };
  const of = await subject();
  const { problems } = await preflight({
    ...of,
    repository: {
      ...of.repository,
      cloneUrl: `http://${strangeHost}/platform/shop.git`,
    },
  });
  expect(problems[0].message).toContain(
    `is said to be cloned from '${strangeHost}'`,
  );
  expect(asked).toEqual([]);
});

it('asks the rules for addresses, and sends nothing where they say no', async () => {
  const of = await subject();
  const { problems } = await preflight({
    ...of,
    credential: basic('token-that-was-revoked'),
    checkUrl: async url => {
      throw new InputError(`'${url}' leads to a private address`);
    },
  });
  expect(problems.map(({ message }) => message)).toEqual([
    `'${of.repository.cloneUrl}' leads to a private address`,
  ]);
});

it('does not wait for ever', async () => {
  const silent = createServer(() => {});
  await new Promise<void>(done => silent.listen(0, '127.0.0.1', done));
  const { port } = silent.address() as AddressInfo;
  expect(
    await listRemoteRefs(
      `http://127.0.0.1:${port}/a/b.git`,
      { username: 'a', password: 'b' },
      { deadlineMs: 100 },
    ),
  ).toEqual({ kind: 'unreachable', reason: 'no answer within 0.1 s' });
  silent.closeAllConnections();
  await new Promise(done => silent.close(done));
});
