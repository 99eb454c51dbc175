import { generateKeyPairSync } from 'node:crypto';
import { http, HttpResponse } from 'msw';
import { setupServer } from 'msw/node';
import type {
  GitHostCallOptions,
  GitHostProvider,
  RepositoryLocation,
} from '../GitHostProvider';
import type { GitHostProviderSubject } from './GitHostProviderSubject';

/** An Ed25519 public key as in an `authorized_keys` file. */
function newPublicKey(): string {
  const { publicKey } = generateKeyPairSync('ed25519');
  const field = (bytes: Buffer) =>
    Buffer.concat([Buffer.from([0, 0, 0, bytes.length]), bytes]);
  return `ssh-ed25519 ${Buffer.concat([
    field(Buffer.from('ssh-ed25519')),
    field(publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)),
  ]).toString('base64')}`;
}

/**
 * What all providers of Git hosts promise alike: the same answers, the same errors
 * in the same words, and the same patience. Call it inside a `describe`.
 *
 * @param offers - What only some hosts have.
 */
// eslint-disable-next-line jest/no-export -- these are the tests of several hosts
export function gitHostProviderContract(
  given: () => GitHostProviderSubject,
  offers: { readerTokens: boolean; repositoryTokens: boolean },
): void {
  let subject: GitHostProviderSubject;
  let provider: GitHostProvider;
  let call: GitHostCallOptions;
  const network = setupServer();
  let number = 0;

  beforeAll(() => {
    network.listen({ onUnhandledRequest: 'bypass' });
    subject = given();
    provider = subject.provider();
    call = { credential: { token: subject.token } };
  });
  afterEach(() => network.resetHandlers());
  afterAll(() => network.close());

  async function repository(
    visibility: 'private' | 'public' = 'private',
  ): Promise<RepositoryLocation> {
    number += 1;
    const location = { owner: subject.organization, name: `shop-${number}` };
    await provider.createRepository(
      { ...location, visibility, defaultBranch: 'main', description: 'A shop' },
      call,
    );
    return location;
  }

  async function failure(promise: Promise<unknown>): Promise<Error> {
    const error = await promise.then(
      () => new Error('did not fail'),
      (reason: Error) => reason,
    );
    for (const secret of [subject.token, subject.outsiderToken]) {
      expect(JSON.stringify([error.message, error.stack, error])).not.toContain(
        secret,
      );
    }
    return error;
  }

  describe('accounts', () => {
    it('are known by their token', async () => {
      expect(await provider.whoAmI(call)).toMatchObject({
        id: expect.stringMatching(/^\d+$/),
        username: subject.username,
      });
      const error = await failure(
        provider.whoAmI({ credential: { token: 'wrong-token' } }),
      );
      expect(error.name).toBe('AuthenticationError');
      expect(error.message).toMatch(
        /^Git host '[^']+' answered 401 to tell whose token it was given: .*replace the token$/,
      );
      expect(error.message).not.toContain('wrong-token');
    });

    it('have enough power', async () => {
      const power = await provider.checkPower('create', call);
      expect(power).toMatchObject({
        identity: { username: subject.username },
        missing: [],
      });
    });

    if (offers.readerTokens) {
      it('may be enough to read and too little to create', async () => {
        const reader = { credential: { token: subject.readerToken! } };
        expect(await provider.checkPower('fetch', reader)).toMatchObject({
          missing: [],
          excessive: [],
        });
        const { missing } = await provider.checkPower('create', reader);
        expect(missing.length).toBeGreaterThan(0);
        expect(provider.scopesFor('create')).toEqual(
          expect.arrayContaining(missing),
        );
      });
    }

    it('may create where they belong', async () => {
      await provider.checkMayCreate(subject.username, call);
      await provider.checkMayCreate(subject.organization, call);
      for (const [owner, token] of [
        ['no-such-owner', subject.token],
        [subject.organization, subject.outsiderToken],
      ]) {
        const error = await failure(
          provider.checkMayCreate(owner, { credential: { token } }),
        );
        expect(error.name).toBe('NotAllowedError');
        expect(error.message).toContain(
          `may not create repositories under '${owner}' at Git host '${provider.host}'`,
        );
      }
    });
  });

  describe('repositories', () => {
    it('are created once, private, empty and with their default branch', async () => {
      const location = await repository();
      const found = await provider.getRepository(location, call);
      expect(found).toMatchObject({
        ...location,
        id: expect.stringMatching(/^\d+$/),
        visibility: 'private',
        defaultBranch: 'main',
        empty: true,
        archived: false,
        topics: [],
        cloneUrl: `${subject.url}/${location.owner}/${location.name}.git`,
        url: `${subject.url}/${location.owner}/${location.name}`,
        createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
      });
      const taken = await failure(
        provider.createRepository(
          { ...location, visibility: 'private', defaultBranch: 'main' },
          call,
        ),
      );
      expect(taken.name).toBe('ConflictError');
      expect(taken.message).toContain(
        `create repository '${location.owner}/${location.name}'`,
      );
      const own = { owner: subject.username, name: `own-${location.name}` };
      expect(
        await provider.createRepository(
          { ...own, visibility: 'public', defaultBranch: 'main' },
          call,
        ),
      ).toMatchObject({ ...own, visibility: 'public', empty: true });
      expect(
        await provider.getRepository({ ...location, name: 'none' }, call),
      ).toBeUndefined();
      expect(
        await provider.getRepository(location, {
          credential: { token: subject.outsiderToken },
        }),
      ).toBeUndefined();
    });

    it('are marked with topics, leaving the others', async () => {
      const location = await repository();
      for (const topic of ['one', 'two', 'one']) {
        await provider.addTopic(location, topic, call);
      }
      expect(
        (await provider.getRepository(location, call))?.topics.sort(),
      ).toEqual(['one', 'two']);
    });

    it('are followed by their id and, where only read, by their old name', async () => {
      const location = await repository();
      const before = await provider.getRepository(location, call);
      const id = before?.id ?? '';
      const name = `${location.name}-renamed`;
      await subject.rename(location, name);
      const now = { ...location, name };
      expect(await provider.getRepositoryById(id, call)).toMatchObject({
        id,
        ...now,
      });
      expect(await provider.getRepository(location, call)).toMatchObject({
        id,
        ...now,
      });
      const error = await failure(
        provider.createDeployKey(
          location,
          { title: 'x', publicKey: newPublicKey() },
          call,
        ),
      );
      expect(error.name).toBe('ConflictError');
      await subject.archive(now);
      expect(await provider.getRepositoryById(id, call)).toMatchObject({
        archived: true,
      });
      await subject.remove(now);
      expect(await provider.getRepositoryById(id, call)).toBeUndefined();
      expect(await provider.getRepository(now, call)).toBeUndefined();
    });

    it('are not believed with a clone URL at another host', async () => {
      const location = await repository();
      const found = await fetchJson(subject, provider, location);
      network.use(
        http.get(found.url, () =>
          HttpResponse.json(
            JSON.parse(
              JSON.stringify(found.body).replaceAll(
                `${subject.url}/${location.owner}/${location.name}.git`,
                'https://evil.example/x.git',
              ),
            ),
          ),
        ),
      );
      const error = await failure(provider.getRepository(location, call));
      expect(error.name).toBe('InputError');
      expect(error.message).toMatch(
        /clone URL that is not its own.*evil\.example/,
      );
    });
  });

  describe('contents', () => {
    it('are found at branches and commits', async () => {
      const location = await repository();
      expect(
        await provider.getBranchCommit(location, 'main', call),
      ).toBeUndefined();
      expect(await provider.hasCommit(location, '0'.repeat(40), call)).toBe(
        false,
      );
      const first = await subject.commit(
        location,
        'main',
        'deploy/my file.yaml',
        'ä\n',
      );
      const second = await subject.commit(
        location,
        'main',
        'large',
        'x'.repeat(1_200_000),
      );
      expect(await provider.getRepository(location, call)).toMatchObject({
        empty: false,
        defaultBranch: 'main',
      });
      expect(await provider.getBranchCommit(location, 'main', call)).toBe(
        second,
      );
      expect(
        await provider.getBranchCommit(location, 'feature/none', call),
      ).toBeUndefined();
      const branch = await subject.commit(location, 'feature/a', 'a', 'a');
      expect(await provider.getBranchCommit(location, 'feature/a', call)).toBe(
        branch,
      );
      expect(await provider.hasCommit(location, first, call)).toBe(true);
      expect(await provider.getCommit(location, first, call)).toEqual({
        id: first,
        message: expect.stringContaining('my file'),
        authorName: expect.any(String),
        committedAt: expect.stringMatching(/Z$/),
        url: expect.stringContaining(first),
      });
      expect(provider.commitUrl(location, first)).toBe(
        (await provider.getCommit(location, first, call))?.url,
      );
      expect(
        await provider.getCommit(location, 'f'.repeat(40), call),
      ).toBeUndefined();

      const exists = (ref: string, path: string) =>
        provider.pathExists(location, ref, path, call);
      expect(await exists('main', 'deploy')).toBe(true);
      expect(await exists(first, 'deploy/my file.yaml')).toBe(true);
      expect(await exists(first, 'large')).toBe(false);
      expect(await exists('main', 'gone')).toBe(false);
      expect(await exists('gone', 'deploy')).toBe(false);

      const read = async (ref: string, path: string) =>
        (await provider.readFile(location, ref, path, call))?.toString();
      expect(await read(first, 'deploy/my file.yaml')).toBe('ä\n');
      expect((await read('main', 'large'))?.length).toBe(1_200_000);
      expect(await read('main', 'deploy')).toBeUndefined();
      expect(await read('main', 'gone')).toBeUndefined();
    });

    it('are compared', async () => {
      const location = await repository();
      const first = await subject.commit(location, 'main', 'a', '1');
      const second = await subject.commit(location, 'main', 'b/c', '2');
      const third = await subject.commit(location, 'main', 'd', '3');
      expect(
        await provider.compareCommits(location, first, third, call),
      ).toEqual({
        commits: [
          expect.objectContaining({ id: second, url: expect.any(String) }),
          expect.objectContaining({ id: third }),
        ],
        ahead: 2,
        files: ['b/c', 'd'],
        url: expect.stringContaining('compare'),
      });
      expect(
        await provider.compareCommits(location, third, third, call),
      ).toMatchObject({ commits: [], ahead: 0, files: [] });
      const error = await failure(
        provider.compareCommits(location, first, 'gone', call),
      );
      expect(error.name).toBe('NotFoundError');
      expect(error.message).toContain(`compare '${first}' with 'gone'`);
    });
  });

  describe('keys of a repository', () => {
    it('are made once, read-only, and removed', async () => {
      const location = await repository();
      expect(await provider.listDeployKeys(location, call)).toEqual([]);
      const wish = { title: 'gitops', publicKey: `${newPublicKey()} comment` };
      const made = await provider.createDeployKey(location, wish, call);
      expect(made).toEqual({
        id: expect.stringMatching(/^\d+$/),
        title: 'gitops',
        fingerprint: expect.stringMatching(/^SHA256:[A-Za-z0-9+/]{43}$/),
        readOnly: true,
      });
      expect(await provider.createDeployKey(location, wish, call)).toEqual(
        made,
      );
      expect(await provider.listDeployKeys(location, call)).toEqual([made]);
      const error = await failure(
        provider.createDeployKey(
          location,
          { title: 'another', publicKey: wish.publicKey },
          call,
        ),
      );
      expect(error.name).toBe('InputError');
      await provider.deleteDeployKey(location, made.id, call);
      await provider.deleteDeployKey(location, made.id, call);
      expect(await provider.listDeployKeys(location, call)).toEqual([]);
    });

    it('are found where the answer to their making was lost', async () => {
      const location = await repository();
      const wish = { title: 'lost', publicKey: newPublicKey() };
      let lost = 0;
      network.use(
        http.post(`${subject.url}/*`, async ({ request }) => {
          network.resetHandlers();
          lost += 1;
          await fetch(request);
          return HttpResponse.error();
        }),
      );
      const made = await provider.createDeployKey(location, wish, call);
      expect(lost).toBe(1);
      expect(await provider.listDeployKeys(location, call)).toEqual([made]);
    });
  });

  describe('tokens of a repository', () => {
    const create = (location: RepositoryLocation) =>
      provider.createRepositoryToken(
        location,
        { name: 'gitops', expiresAt: '2027-01-02T00:00:00.000Z' },
        call,
      );

    it('are offered where the host has them', () => {
      expect(provider.repositoryCredentialKinds.includes('project-token')).toBe(
        offers.repositoryTokens,
      );
    });

    if (offers.repositoryTokens) {
      it('are made, listed and revoked', async () => {
        const location = await repository();
        const made = await create(location);
        expect(made).toMatchObject({
          id: expect.any(String),
          token: expect.any(String),
          username: expect.any(String),
          scopes: ['read_repository'],
          expiresAt: '2027-01-02T00:00:00.000Z',
        });
        expect(await provider.listRepositoryTokens(location, call)).toEqual([
          { id: made.id, name: 'gitops' },
        ]);
        await provider.revokeRepositoryToken(location, made.id, call);
        await provider.revokeRepositoryToken(location, made.id, call);
        expect(await provider.listRepositoryTokens(location, call)).toEqual([]);
      });
    } else {
      it('are refused with the alternative', async () => {
        const location = await repository();
        const error = await failure(create(location));
        expect(error.name).toBe('InputError');
        expect(error.message).toMatch(
          /no tokens for one repository: use an SSH key/,
        );
        expect(await provider.listRepositoryTokens(location, call)).toEqual([]);
      });
    }
  });

  describe('pull requests', () => {
    it('are opened once and merged once', async () => {
      const location = await repository();
      await subject.commit(location, 'main', 'a', '1');
      await subject.commit(location, 'promote', 'b', '2');
      const wish = {
        title: 'Promote',
        body: 'why',
        head: 'promote',
        base: 'main',
      };
      const opened = await provider.openPullRequest(location, wish, call);
      expect(opened).toMatchObject({
        number: 1,
        title: 'Promote',
        state: 'open',
        head: 'promote',
        base: 'main',
        url: expect.stringContaining(subject.url),
      });
      expect(
        await provider.openPullRequest(location, wish, call),
      ).toMatchObject({ number: 1, state: 'open' });
      expect(await provider.getPullRequest(location, 1, call)).toMatchObject({
        state: 'open',
        mergeable: true,
        mergeCommit: undefined,
      });
      expect(await provider.getPullRequest(location, 99, call)).toBeUndefined();
      const merged = await provider.mergePullRequest(location, 1, call);
      expect(merged).toMatchObject({
        state: 'merged',
        mergeCommit: expect.stringMatching(/^[0-9a-f]{40}$/),
      });
      expect(await provider.mergePullRequest(location, 1, call)).toEqual(
        merged,
      );
      expect(await provider.getBranchCommit(location, 'main', call)).toBe(
        merged.mergeCommit,
      );
    });

    it('say why they are not opened or merged', async () => {
      const location = await repository();
      await subject.commit(location, 'main', 'a', '1');
      await subject.commit(location, 'theirs', 'same', '2');
      await subject.commit(location, 'main', 'same', '3');
      const { number: one } = await provider.openPullRequest(
        location,
        { title: 'No', head: 'theirs', base: 'main' },
        call,
      );
      expect(await provider.getPullRequest(location, one, call)).toMatchObject({
        mergeable: false,
      });
      const error = await failure(
        provider.mergePullRequest(location, one, call),
      );
      expect(error.name).toBe('ConflictError');
      expect(error.message).toMatch(
        new RegExp(
          `request ${one} of repository '${location.owner}/${location.name}'`,
        ),
      );
      expect(error.message).toContain(subject.url);
      expect(
        (await failure(provider.mergePullRequest(location, 99, call))).message,
      ).toMatch(/There is no open .* request 99/);
      expect(
        (
          await failure(
            provider.openPullRequest(
              location,
              { title: 'No', head: 'gone', base: 'main' },
              call,
            ),
          )
        ).name,
      ).toMatch(/^(InputError|NotFoundError)$/);
    });
  });

  describe('patience', () => {
    const answersOnce = (...answers: (() => Response)[]) => {
      let seen = 0;
      network.use(
        http.all(`${subject.url}/*`, () => {
          seen += 1;
          return answers[seen - 1]?.();
        }),
      );
      return () => seen;
    };

    it('waits as a busy host asks', async () => {
      const began = Date.now();
      const seen = answersOnce(
        () =>
          new HttpResponse('{"message":"slow down"}', {
            status: 429,
            headers: { 'Retry-After': '1' },
          }),
      );
      await provider.whoAmI(call);
      expect(Date.now() - began).toBeGreaterThanOrEqual(950);
      expect(seen()).toBe(2);
    });

    it.each([
      ['Retry-After', () => ({ 'Retry-After': '3600' })],
      [
        'the end of a limit',
        () => ({
          'x-ratelimit-remaining': '0',
          'x-ratelimit-reset': String(Math.ceil(Date.now() / 1000) + 3600),
        }),
      ],
    ])('does not wait longer than a call may take: %s', async (_, headers) => {
      const seen = answersOnce(() =>
        HttpResponse.json(
          { message: 'limit' },
          { status: 403, headers: headers() },
        ),
      );
      const error = await failure(provider.whoAmI(call));
      expect(error.name).toBe('ServiceUnavailableError');
      expect(error.message).toMatch(
        /asks to wait 3\d{3} s before it can tell whose token it was given: try again then/,
      );
      expect(seen()).toBe(1);
    });

    it('repeats what may be repeated, and gives up in time', async () => {
      const seen = answersOnce(
        () => new HttpResponse('<html>', { status: 502 }),
        () => HttpResponse.error(),
      );
      await provider.whoAmI(call);
      expect(seen()).toBe(3);

      network.resetHandlers();
      network.use(
        http.all(`${subject.url}/*`, async () => {
          await new Promise(() => {});
          return new HttpResponse();
        }),
      );
      const hasty = subject.provider({ callMs: 200, attemptMs: 10_000 });
      const error = await failure(hasty.whoAmI(call));
      expect(error.name).toBe('ServiceUnavailableError');
      expect(error.message).toMatch(/gave no answer to .*\(timed out\)/);

      const stop = new AbortController();
      const stopped = failure(
        provider.whoAmI({ ...call, signal: stop.signal }),
      );
      stop.abort(new Error('enough'));
      expect((await stopped).message).toBe('enough');
    });

    it('does not repeat a creation that may have happened', async () => {
      const location = { owner: subject.username, name: 'twice' };
      let posts = 0;
      network.use(
        http.post(`${subject.url}/*`, () => {
          posts += 1;
          return new HttpResponse(null, { status: 502 });
        }),
      );
      const error = await failure(
        provider.createRepository(
          { ...location, visibility: 'private', defaultBranch: 'main' },
          call,
        ),
      );
      expect(error.name).toBe('ServiceUnavailableError');
      expect(posts).toBe(1);
    });

    it('carries no token to another host, and hides one that is repeated', async () => {
      let elsewhere = 0;
      network.use(
        http.all('https://evil.example/*', () => {
          elsewhere += 1;
          return HttpResponse.json({});
        }),
      );
      answersOnce(
        () =>
          new HttpResponse(null, {
            status: 302,
            headers: { location: 'https://evil.example/api' },
          }),
      );
      const redirected = await failure(provider.whoAmI(call));
      expect(redirected.name).toBe('ServiceUnavailableError');
      expect(redirected.message).toContain("on to 'evil.example'");
      expect(elsewhere).toBe(0);

      network.resetHandlers();
      answersOnce(() =>
        HttpResponse.json(
          { message: `bad token ${subject.token}` },
          { status: 401 },
        ),
      );
      expect((await failure(provider.whoAmI(call))).message).toContain(
        'bad token [hidden]',
      );
    });

    it('does not believe what is no answer of such a host', async () => {
      answersOnce(() =>
        HttpResponse.html('<html>A proxy asks you to sign in</html>'),
      );
      const error = await failure(provider.whoAmI(call));
      expect(error.name).toBe('ServiceUnavailableError');
      expect(error.message).toMatch(
        /check that integrations\.(github|gitlab|gitea) names a/,
      );
    });
  });
}

/** The document of a repository as the host gives it, and where it was found. */
async function fetchJson(
  subject: GitHostProviderSubject,
  provider: GitHostProvider,
  { owner, name }: RepositoryLocation,
): Promise<{ url: string; body: unknown }> {
  const url = {
    github: `${subject.url}/repos/${owner}/${name}`,
    gitlab: `${subject.url}/api/v4/projects/${encodeURIComponent(
      `${owner}/${name}`,
    )}`,
    gitea: `${subject.url}/api/v1/repos/${owner}/${name}`,
  }[provider.type];
  const response = await fetch(url, {
    headers: { authorization: `Bearer ${subject.token}` },
  });
  return { url, body: await response.json() };
}
