import { eventually } from '../../kubernetes/contract/ContractClient';
import { basic } from './GitHostClient';
import type { GitHostTools } from './GitHostTools';

/** Where a repository is, what differs in it, and bringing changes together. */
export function gitHostChangeContract(tools: GitHostTools): void {
  const { call, create, write, made, run } = tools;

  const commitOf = async (answer: ReturnType<typeof write>) => {
    const { status, body } = await answer;
    expect(status).toBe(201);
    return body.commit.sha as string;
  };

  /** Adds a file on a new branch. */
  const branchOff = async (
    path: string,
    branch: string,
    file: string,
    text: string,
  ) =>
    commitOf(
      call('POST', `${path}/contents/${file}`, {
        body: {
          content: Buffer.from(text).toString('base64'),
          message: `Add ${file}`,
          new_branch: branch,
        },
      }),
    );

  /** A host that looks in the background says no until it has looked. */
  const expectMergeable = (path: string, mergeable: boolean) =>
    eventually(async () => {
      expect((await call('GET', path)).body.mergeable).toBe(mergeable);
    });

  describe('a repository that moves', () => {
    it('is found by its id, and by its old name through a redirect', async () => {
      const { path, full } = await create('moving');
      const { id } = (await call('GET', path)).body;
      const byId = () => call('GET', `/repositories/${id}`);
      expect((await byId()).body).toMatchObject({ id, name: full });

      const name = `moved-${run}`;
      const now = path.replace(full, name);
      made.push(now);
      await call('PATCH', path, { body: { name } });
      expect((await byId()).body).toMatchObject({ id, name });
      const { url } = tools.subject();
      const old = await fetch(`${url}/api/v1${path}`, {
        redirect: 'manual',
        headers: { authorization: `token ${tools.subject().admin.token}` },
      });
      expect(old.status).toBe(301);
      expect(
        new URL(old.headers.get('location') ?? '', `${url}/`).pathname,
      ).toBe(`/api/v1${now}`);

      const owner = tools.subject().admin.username;
      const handed = await call('POST', `${now}/transfer`, {
        body: { new_owner: owner },
      });
      expect(handed.status).toBe(202);
      made.push(`/repos/${owner}/${name}`);
      expect((await byId()).body).toMatchObject({
        id,
        name,
        owner: { login: owner },
      });

      await call('PATCH', `/repos/${owner}/${name}`, {
        body: { archived: true },
      });
      expect((await byId()).body.archived).toBe(true);
      const as = basic(tools.subject().outsider);
      expect((await call('GET', `/repositories/${id}`, { as })).status).toBe(
        404,
      );
      await call('DELETE', `/repos/${owner}/${name}`);
      expect((await byId()).status).toBe(404);
    });
  });

  describe('two commits', () => {
    it('are compared: what the second has and the first lacks, newest first', async () => {
      const { path } = await create('compared');
      const first = await commitOf(write(path, 'a.txt', 'a'));
      const second = await commitOf(write(path, 'b/c.txt', 'b'));
      const third = await commitOf(write(path, 'd.txt', 'd'));
      const { status, body } = await call(
        'GET',
        `${path}/compare/${first}...${third}`,
      );
      expect(status).toBe(200);
      expect(body).toMatchObject({
        total_commits: 2,
        commits: [
          {
            sha: third,
            html_url: expect.stringContaining(third),
            commit: {
              message: expect.stringContaining('Add d.txt'),
              committer: { date: expect.any(String) },
            },
            files: [{ filename: 'd.txt' }],
          },
          { sha: second, files: [{ filename: 'b/c.txt' }] },
        ],
      });
      expect(
        (await call('GET', `${path}/compare/${third}...${first}`)).body
          .total_commits,
      ).toBe(0);
      expect(
        (await call('GET', `${path}/compare/${first}...nothing`)).status,
      ).toBe(404);
    });
  });

  describe('a pull request', () => {
    it('is opened once, merged as it was seen, and then known as merged', async () => {
      const { path } = await create('pulled');
      const base = await commitOf(write(path, 'a.txt', 'a'));
      const head = await branchOff(path, 'change', 'b.txt', 'b');
      const pulls = `${path}/pulls`;
      const body = {
        title: 'Promote',
        body: 'why',
        head: 'change',
        base: 'main',
      };
      const opened = await call('POST', pulls, { body });
      expect([opened.status, opened.body]).toEqual([
        201,
        expect.objectContaining({
          number: 1,
          title: 'Promote',
          state: 'open',
          merged: false,
          html_url: expect.stringMatching(/\/pulls\/1$/),
          head: expect.objectContaining({ ref: 'change', sha: head }),
          base: expect.objectContaining({ ref: 'main', sha: base }),
        }),
      ]);
      expect((await call('POST', pulls, { body })).status).toBe(409);
      expect((await call('GET', `${pulls}?state=open`)).body).toMatchObject([
        { number: 1, head: { ref: 'change' }, base: { ref: 'main' } },
      ]);
      expect(
        (await call('POST', pulls, { body: { ...body, head: 'gone' } })).status,
      ).toBe(404);
      expect(
        (await call('POST', pulls, { body: { ...body, head: 'main' } })).status,
      ).toBe(422);

      const one = `${pulls}/1`;
      await expectMergeable(one, true);
      const merge = (commit: string) =>
        call('POST', `${one}/merge`, {
          body: { Do: 'merge', head_commit_id: commit },
        });
      expect((await merge(base)).status).toBe(409);
      // A refusal makes Gitea look again, and it says "later" meanwhile.
      await eventually(async () =>
        expect((await merge(head)).status).toBe(200),
      );
      const merged = (await call('GET', one)).body;
      expect(merged).toMatchObject({
        state: 'closed',
        merged: true,
        merge_commit_sha: expect.stringMatching(/^[0-9a-f]{40}$/),
      });
      await eventually(async () =>
        expect(
          (
            await call('GET', `${path}/branches/main`)
          ).body.commit.id,
        ).toBe(merged.merge_commit_sha),
      );
      expect((await merge(head)).status).toBe(405);
      expect((await call('GET', `${pulls}/99`)).status).toBe(404);
    });

    it('is not merged when its branches conflict, or by those who may not', async () => {
      const { path } = await create('conflicting', { private: false });
      await commitOf(write(path, 'a.txt', 'a'));
      await branchOff(path, 'theirs', 'same.txt', 'theirs');
      await commitOf(write(path, 'same.txt', 'ours'));
      const pulls = `${path}/pulls`;
      const opened = await call('POST', pulls, {
        body: { title: 'No', head: 'theirs', base: 'main' },
      });
      expect(opened.status).toBe(201);
      const one = `${pulls}/${opened.body.number}`;
      await expectMergeable(one, false);
      await eventually(async () => {
        const refused = await call('POST', `${one}/merge`, {
          body: { Do: 'merge' },
        });
        expect(refused.status).toBe(405);
      });
      const as = basic(tools.subject().outsider);
      expect(
        (await call('POST', `${one}/merge`, { body: { Do: 'merge' }, as }))
          .status,
      ).toBe(405);
      await call('PATCH', one, { body: { state: 'closed' } });
      expect((await call('GET', one)).body).toMatchObject({
        state: 'closed',
        merged: false,
      });
      expect(
        (await call('POST', `${one}/merge`, { body: { Do: 'merge' } })).status,
      ).toBe(404);
    });
  });
}
