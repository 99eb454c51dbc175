import type { Visibility } from '@backstage-gitops/plugin-gitops-common';
import { delay, http, HttpResponse } from 'msw';
import { setupServer } from 'msw/node';
import { GiteaProvider } from './GiteaProvider';

const BASE = 'https://git.example.com';
const API = `${BASE}/api/v1`;
const TOKEN = 'token-that-must-stay-hidden';
const credential = { token: TOKEN };
const location = { owner: 'team', name: 'shop' };

const repository = {
  id: 7,
  name: 'shop',
  owner: { login: 'team' },
  html_url: `${BASE}/team/shop`,
  clone_url: `${BASE}/team/shop.git`,
  default_branch: 'main',
  private: true,
  internal: false,
  empty: true,
  archived: false,
  created_at: '2026-02-03T04:05:06+01:00',
};

const server = setupServer();
beforeAll(() => server.listen({ onUnhandledRequest: 'error' }));
afterEach(() => server.resetHandlers());
afterAll(() => server.close());

const provider = new GiteaProvider({
  host: 'git.example.com',
  baseUrl: `${BASE}/`,
  limits: { attemptMs: 150, callMs: 2_000, retryMs: 5 },
});

/** Answers in turn; the last one stands. Counts the requests. */
function answers(...list: (() => Response | Promise<Response>)[]) {
  const seen: Request[] = [];
  const resolver = ({ request }: { request: Request }) => {
    seen.push(request);
    return list[Math.min(seen.length, list.length) - 1]();
  };
  return { seen, resolver };
}

const refusal =
  (status: number, message = 'no') =>
  () =>
    HttpResponse.json({ message, url: `${API}/swagger` }, { status });

async function failure(promise: Promise<unknown>): Promise<Error> {
  const error = await promise.then(
    () => new Error('did not fail'),
    (reason: Error) => reason,
  );
  expect(error.message).not.toContain(TOKEN);
  return error;
}

describe('GiteaProvider', () => {
  it('tells who a token belongs to, with a token and with a password', async () => {
    const { seen, resolver } = answers(() =>
      HttpResponse.json({
        id: 3,
        login: 'maria',
        email: '',
        avatar_url: `${BASE}/a.png`,
      }),
    );
    server.use(http.get(`${API}/user`, resolver));

    await expect(provider.whoAmI({ credential })).resolves.toEqual({
      id: '3',
      username: 'maria',
      email: undefined,
      avatarUrl: `${BASE}/a.png`,
    });
    await provider.whoAmI({ credential: { token: 'pw', username: 'maria' } });
    expect(seen.map(request => request.headers.get('authorization'))).toEqual([
      `token ${TOKEN}`,
      `Basic ${Buffer.from('maria:pw').toString('base64')}`,
    ]);
  });

  it('lets an account create under itself and under organizations that allow it', async () => {
    server.use(
      http.get(`${API}/user`, () =>
        HttpResponse.json({ id: 3, login: 'Maria' }),
      ),
      http.get(`${API}/users/Maria/orgs/:org/permissions`, ({ params }) =>
        params.org === 'unknown'
          ? refusal(404)()
          : HttpResponse.json({
              can_create_repository: params.org === 'team',
            }),
      ),
    );
    await provider.checkMayCreate('maria', { credential });
    await provider.checkMayCreate('team', { credential });
    for (const owner of ['others', 'unknown']) {
      const error = await failure(
        provider.checkMayCreate(owner, { credential }),
      );
      expect(error.name).toBe('NotAllowedError');
      expect(error.message).toContain(`under '${owner}'`);
    }
  });

  it('reads a repository with its topics, and none as undefined', async () => {
    server.use(
      http.get(`${API}/repos/team/shop`, () => HttpResponse.json(repository)),
      http.get(`${API}/repos/team/shop/topics`, () =>
        HttpResponse.json({ topics: ['gitops-1'] }),
      ),
      http.get(`${API}/repos/team/none`, refusal(404)),
    );
    await expect(
      provider.getRepository(location, { credential }),
    ).resolves.toEqual({
      id: '7',
      owner: 'team',
      name: 'shop',
      url: `${BASE}/team/shop`,
      cloneUrl: `${BASE}/team/shop.git`,
      defaultBranch: 'main',
      visibility: 'private',
      empty: true,
      archived: false,
      createdAt: '2026-02-03T03:05:06.000Z',
      topics: ['gitops-1'],
    });
    await expect(
      provider.getRepository({ ...location, name: 'none' }, { credential }),
    ).resolves.toBeUndefined();
  });

  it('creates where the owner is, privately, and marks with a topic', async () => {
    const bodies: unknown[] = [];
    const create = async ({ request }: { request: Request }) => {
      bodies.push([new URL(request.url).pathname, await request.json()]);
      return HttpResponse.json(repository, { status: 201 });
    };
    server.use(
      http.get(`${API}/user`, () =>
        HttpResponse.json({ id: 3, login: 'maria' }),
      ),
      http.post(`${API}/orgs/team/repos`, create),
      http.post(`${API}/user/repos`, create),
      http.put(
        `${API}/repos/team/shop/topics/gitops-1`,
        () => new HttpResponse(null, { status: 204 }),
      ),
    );
    const wish = {
      name: 'shop',
      visibility: 'private' as Visibility,
      defaultBranch: 'trunk',
    };
    await provider.createRepository({ ...wish, owner: 'team' }, { credential });
    await provider.createRepository(
      { ...wish, owner: 'maria', description: 'A shop' },
      { credential },
    );
    await provider.addTopic(location, 'gitops-1', { credential });
    const sent = {
      name: 'shop',
      description: '',
      private: true,
      default_branch: 'trunk',
      auto_init: false,
    };
    expect(bodies).toEqual([
      ['/api/v1/orgs/team/repos', sent],
      ['/api/v1/user/repos', { ...sent, description: 'A shop' }],
    ]);

    const error = await failure(
      provider.createRepository(
        { ...wish, owner: 'team', visibility: 'internal' },
        { credential },
      ),
    );
    expect(error.message).toMatch(/visibility 'internal'.*private, public/);
  });

  it('looks for branches, commits and paths', async () => {
    server.use(
      http.get(`${API}/repos/team/shop/branches/main`, () =>
        HttpResponse.json({ name: 'main', commit: { id: 'abc' } }),
      ),
      http.get(`${API}/repos/team/shop/branches/other`, refusal(404)),
      http.get(`${API}/repos/team/shop/git/commits/:sha`, ({ params }) =>
        params.sha === 'abc' ? HttpResponse.json({}) : refusal(404)(),
      ),
      http.get(
        `${API}/repos/team/shop/contents/deploy/my%20dir`,
        ({ request }) =>
          new URL(request.url).searchParams.get('ref') === 'abc'
            ? HttpResponse.json([])
            : refusal(404)(),
      ),
    );
    const call = { credential };
    expect(await provider.getBranchCommit(location, 'main', call)).toBe('abc');
    expect(
      await provider.getBranchCommit(location, 'other', call),
    ).toBeUndefined();
    expect(await provider.hasCommit(location, 'abc', call)).toBe(true);
    expect(await provider.hasCommit(location, 'def', call)).toBe(false);
    const path = 'deploy/my dir';
    expect(await provider.pathExists(location, 'abc', path, call)).toBe(true);
    expect(await provider.pathExists(location, 'def', path, call)).toBe(false);
  });

  it.each([
    [401, 'AuthenticationError', /connect the Git account again/],
    [403, 'NotAllowedError', /lacks the right/],
    [409, 'ConflictError', /create repository 'team\/shop'.*no/],
    [422, 'InputError', /create repository 'team\/shop'.*no/],
    [500, 'ServiceUnavailableError', /answered 500/],
  ])(
    'turns %i into %s without repeating the call',
    async (status, name, text) => {
      const { seen, resolver } = answers(refusal(status));
      server.use(
        http.get(`${API}/user`, () => HttpResponse.json({ id: 3, login: 'x' })),
        http.post(`${API}/orgs/team/repos`, resolver),
      );
      const error = await failure(
        provider.createRepository(
          { ...location, visibility: 'private', defaultBranch: 'main' },
          { credential },
        ),
      );
      expect(error.name).toBe(name);
      expect(error.message).toMatch(text);
      expect(error.message).toContain("'git.example.com'");
      expect(seen).toHaveLength(1);
    },
  );

  it('hides the token where the host repeats it', async () => {
    server.use(http.get(`${API}/user`, refusal(401, `invalid token ${TOKEN}`)));
    const error = await failure(provider.whoAmI({ credential }));
    expect(error.message).toContain('invalid token [hidden]');
  });

  it('waits as a busy host asks, also for a creation', async () => {
    const times: number[] = [];
    const { resolver } = answers(
      () => {
        times.push(Date.now());
        return new HttpResponse(null, {
          status: 429,
          headers: { 'Retry-After': '1' },
        });
      },
      () => {
        times.push(Date.now());
        return HttpResponse.json(repository, { status: 201 });
      },
    );
    server.use(
      http.get(`${API}/user`, () => HttpResponse.json({ id: 3, login: 'x' })),
      http.post(`${API}/orgs/team/repos`, resolver),
    );
    await provider.createRepository(
      { ...location, visibility: 'private', defaultBranch: 'main' },
      { credential },
    );
    expect(times[1] - times[0]).toBeGreaterThanOrEqual(950);
  });

  it('does not wait longer than a call may take', async () => {
    const { seen, resolver } = answers(
      () =>
        new HttpResponse(null, {
          status: 429,
          headers: {
            'Retry-After': new Date(Date.now() + 60_000).toUTCString(),
          },
        }),
    );
    server.use(http.get(`${API}/user`, resolver));
    const error = await failure(provider.whoAmI({ credential }));
    expect(error.name).toBe('ServiceUnavailableError');
    expect(error.message).toMatch(/asks to wait \d+ s/);
    expect(seen).toHaveLength(1);
  });

  it('repeats a read after a broken answer, and gives up after six', async () => {
    const mended = answers(
      refusal(502),
      () => HttpResponse.error(),
      () => HttpResponse.json({ id: 3, login: 'maria' }),
    );
    server.use(http.get(`${API}/user`, mended.resolver));
    await expect(provider.whoAmI({ credential })).resolves.toMatchObject({
      username: 'maria',
    });
    expect(mended.seen).toHaveLength(3);

    const broken = answers(() => HttpResponse.error());
    server.use(http.get(`${API}/user`, broken.resolver));
    const error = await failure(provider.whoAmI({ credential }));
    expect(error.name).toBe('ServiceUnavailableError');
    expect(error.message).toContain("'git.example.com' gave no answer");
    expect(broken.seen).toHaveLength(6);
  });

  it('gives up on a host that never answers, and at once when the caller stops', async () => {
    const silent = new GiteaProvider({
      host: 'git.example.com',
      baseUrl: BASE,
      limits: { attemptMs: 10_000, callMs: 100, retryMs: 5 },
    });
    server.use(
      http.get(`${API}/user`, async () => {
        await delay('infinite');
        return new HttpResponse();
      }),
    );
    const error = await failure(silent.whoAmI({ credential }));
    expect(error.name).toBe('ServiceUnavailableError');
    expect(error.message).toContain('timed out');

    const controller = new AbortController();
    const stopped = failure(
      provider.whoAmI({ credential, signal: controller.signal }),
    );
    controller.abort(new Error('enough'));
    expect((await stopped).message).toBe('enough');
  });

  it('does not believe an answer that is not Gitea’s', async () => {
    server.use(
      http.get(`${API}/user`, () => HttpResponse.text('<html>proxy</html>')),
    );
    const error = await failure(provider.whoAmI({ credential }));
    expect(error.name).toBe('ServiceUnavailableError');
    expect(error.message).toContain('integrations.gitea');
  });

  it.each([
    [401, 'AuthenticationError'],
    [403, 'NotAllowedError'],
    [503, 'ServiceUnavailableError'],
  ])('turns %i of a push into %s', async (status, name) => {
    server.use(
      http.get(`${BASE}/team/shop.git/info/refs`, refusal(status, TOKEN)),
    );
    const error = await failure(
      provider.pushFirstCommit(
        {
          id: '7',
          ...location,
          url: '',
          cloneUrl: 'https://elsewhere.example.com/team/shop.git',
          defaultBranch: 'main',
          visibility: 'private',
          empty: true,
          archived: false,
          createdAt: '2026-01-01T00:00:00Z',
          topics: [],
        },
        {
          branch: 'main',
          files: [{ path: 'a', content: '' }],
          message: 'first',
          author: { name: 'a', email: 'a@b' },
          timestamp: '2026-01-01T00:00:00Z',
        },
        { credential },
      ),
    );
    expect(error.name).toBe(name);
    expect(error.message).toContain("'team/shop'");
  });
});
