import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import * as git from 'isomorphic-git';
import http from 'isomorphic-git/http/node';
import { readTar } from '../../flux/source/readTar';
import { eventually } from '../../kubernetes/contract/ContractClient';
import { gitEnvironment } from '../git';
import { basic, callGitHost, GitHostSubject } from './GitHostClient';
import { gitHostChangeContract } from './gitHostChangeContract';
import { gitHostKeyContract } from './gitHostKeyContract';
import type { GitHostTools } from './GitHostTools';

export type { GitHostSubject } from './GitHostClient';

/** Runs the git client; its output, or its complaint. */
async function runClient(
  folder: string,
  args: string[],
  authorization?: string,
): Promise<{ ok: boolean; text: string }> {
  const env = gitEnvironment(
    authorization
      ? {
          GIT_CONFIG_COUNT: '1',
          GIT_CONFIG_KEY_0: 'http.extraHeader',
          GIT_CONFIG_VALUE_0: `Authorization: ${authorization}`,
        }
      : {},
  );
  return await new Promise(resolve => {
    execFile('git', args, { cwd: folder, env }, (error, out, complaint) =>
      resolve({ ok: !error, text: out + complaint }),
    );
  });
}

/**
 * What the portal relies on from a Git host that speaks Gitea's API, held alike
 * against the sandbox and a real Gitea. Call it inside a `describe`; `subject`
 * is asked once, before the first test.
 */
export function gitHostContract(subject: () => GitHostSubject): void {
  let host: GitHostSubject;
  let admin: string;
  let outsider: string;
  let folder: string;
  const run = randomBytes(4).toString('hex');
  const made: string[] = [];

  const call = (
    method: string,
    path: string,
    options: { body?: unknown; as?: string } = {},
  ) =>
    callGitHost(host, method, `/api/v1${path}`, {
      body: options.body,
      authorization: 'as' in options ? options.as : admin,
    });

  /** A repository of this test's own in the organization. */
  const create = async (name: string, body: object = { private: true }) => {
    const full = `${name}-${run}`;
    const answer = await call('POST', `/orgs/${host.organization}/repos`, {
      body: { name: full, default_branch: 'main', ...body },
    });
    expect(answer.status).toBe(201);
    const path = `/repos/${host.organization}/${full}`;
    made.push(path);
    return { full, path, url: `${host.url}/${host.organization}/${full}.git` };
  };

  const write = (path: string, file: string, text: string, branch?: string) =>
    call('POST', `${path}/contents/${file}`, {
      body: {
        content: Buffer.from(text).toString('base64'),
        message: `Add ${file}`,
        ...(branch ? { branch } : {}),
      },
    });

  /** The API learns of a push a moment after the client has been told of its success. */
  const expectBranch = (path: string, commit: string) =>
    eventually(async () => {
      const { status, body } = await call('GET', `${path}/branches/main`);
      expect([status, body.commit?.id]).toEqual([200, commit]);
    });

  beforeAll(async () => {
    host = subject();
    admin = `token ${host.admin.token}`;
    outsider = basic(host.outsider);
    folder = await mkdtemp(join(tmpdir(), 'git-host-contract-'));
  });

  afterAll(async () => {
    for (const path of made) {
      await call('DELETE', path);
    }
    await rm(folder, { recursive: true, force: true });
  });

  describe('who is asking', () => {
    it('is known by token, bearer token, password, and token as password', async () => {
      for (const as of [
        admin,
        `Bearer ${host.admin.token}`,
        basic(host.admin),
        basic({ username: host.admin.username, password: host.admin.token }),
      ]) {
        const { status, body } = await call('GET', '/user', { as });
        expect([status, body.login]).toEqual([200, host.admin.username]);
      }
    });

    it('is refused without a valid sign-in', async () => {
      expect((await call('GET', '/user', { as: undefined })).status).toBe(401);
      expect((await call('GET', '/user', { as: 'token wrong' })).status).toBe(
        401,
      );
      expect((await call('GET', '/version')).body.version).toEqual(
        expect.any(String),
      );
    });

    it('has tokens with scopes, made with the password only', async () => {
      const { username } = host.outsider;
      const path = `/users/${username}/tokens`;
      const body = { name: `reader-${run}`, scopes: ['read:repository'] };
      expect((await call('POST', path, { body, as: 'token x' })).status).toBe(
        401,
      );
      const made201 = await call('POST', path, { body, as: outsider });
      expect(made201.status).toBe(201);
      expect(made201.body).toMatchObject({
        name: body.name,
        sha1: expect.stringMatching(/^[0-9a-f]{40}$/),
        scopes: ['read:repository'],
      });
      expect((await call('POST', path, { body, as: outsider })).status).toBe(
        400,
      );
      const reader = `token ${made201.body.sha1}`;
      const refused = await call('POST', '/user/repos', {
        body: { name: 'x' },
        as: reader,
      });
      expect(refused.status).toBe(403);
      expect(refused.body.message).toContain('required scope');
      const removal = await call('DELETE', `${path}/${body.name}`, {
        as: outsider,
      });
      expect(removal.status).toBe(204);
      expect((await call('GET', `/repos/search`, { as: reader })).status).toBe(
        401,
      );
    });

    it('finds users and organizations', async () => {
      const { username } = host.outsider;
      expect((await call('GET', `/users/${username}`)).body.login).toBe(
        username,
      );
      expect((await call('GET', `/users/nobody-${run}`)).status).toBe(404);
      const organization = await call('GET', `/orgs/${host.organization}`);
      expect(organization.body).toMatchObject({ name: host.organization });
      expect((await call('GET', `/orgs/none-${run}`)).status).toBe(404);
      const permissions = `/orgs/${host.organization}/permissions`;
      expect(
        (await call('GET', `/users/${host.admin.username}${permissions}`)).body,
      ).toMatchObject({ can_create_repository: true });
      expect(
        (
          await call('GET', `/users/${username}${permissions}`, {
            as: outsider,
          })
        ).body,
      ).toMatchObject({ can_create_repository: false });
    });
  });

  describe('a repository', () => {
    it('is created private and empty, once, by those who may', async () => {
      const { full, path } = await create('created', {
        private: true,
        description: 'What it is',
      });
      const { body } = await call('GET', path);
      expect(body).toMatchObject({
        name: full,
        full_name: `${host.organization}/${full}`,
        owner: { login: host.organization },
        description: 'What it is',
        private: true,
        empty: true,
        archived: false,
        default_branch: 'main',
        html_url: `${host.url}/${host.organization}/${full}`,
        clone_url: `${host.url}/${host.organization}/${full}.git`,
        permissions: { admin: true, push: true, pull: true },
      });
      expect(Date.parse(body.created_at)).not.toBeNaN();
      const again = (name: string, as = admin) =>
        call('POST', `/orgs/${host.organization}/repos`, {
          body: { name },
          as,
        });
      expect((await again(full)).status).toBe(409);
      expect((await again('bad name/x')).status).toBe(422);
      expect((await again('')).status).toBe(422);
      expect((await again(`other-${run}`, outsider)).status).toBe(403);
      expect((await again(`other-${run}`, '')).status).toBe(401);
    });

    it('is hidden from those who may not see it', async () => {
      const { path } = await create('hidden');
      for (const as of [outsider, undefined]) {
        expect((await call('GET', path, { as })).status).toBe(404);
        expect((await call('GET', `${path}/branches`, { as })).status).toBe(
          404,
        );
      }
      const { path: open } = await create('open', { private: false });
      expect((await call('GET', open, { as: undefined })).status).toBe(200);
      expect(
        (await call('PATCH', open, { body: {}, as: outsider })).status,
      ).toBe(403);
      expect((await call('DELETE', open, { as: outsider })).status).toBe(403);
    });

    it('answers for its emptiness, and gets files', async () => {
      const { path } = await create('files');
      expect((await call('GET', `${path}/branches`)).body).toBeNull();
      expect((await call('GET', `${path}/branches/main`)).status).toBe(404);
      expect((await call('GET', `${path}/commits`)).status).toBe(409);

      const first = await write(path, 'docs/a%20b.txt', 'hello\n');
      expect(first.status).toBe(201);
      const { sha } = first.body.commit;
      expect((await call('GET', path)).body.empty).toBe(false);
      expect((await call('GET', `${path}/branches/main`)).body).toMatchObject({
        name: 'main',
        commit: { id: sha },
      });
      const file = await call('GET', `${path}/contents/docs/a%20b.txt`);
      expect(file.body).toMatchObject({
        name: 'a b.txt',
        path: 'docs/a b.txt',
        type: 'file',
        size: 6,
        encoding: 'base64',
        content: Buffer.from('hello\n').toString('base64'),
      });
      expect(
        (await call('GET', `${path}/contents/docs?ref=main`)).body,
      ).toMatchObject([{ path: 'docs/a b.txt', type: 'file' }]);
      expect((await call('GET', `${path}/contents/gone`)).status).toBe(404);
      expect((await call('GET', `${path}/contents/docs?ref=gone`)).status).toBe(
        404,
      );
      expect(
        (await call('GET', `${path}/raw/docs/a%20b.txt`)).bytes.toString(),
      ).toBe('hello\n');

      expect((await write(path, 'docs/a%20b.txt', 'x')).status).toBe(422);
      const changed = await call('PUT', `${path}/contents/docs/a%20b.txt`, {
        body: {
          content: Buffer.from('changed').toString('base64'),
          sha: file.body.sha,
        },
      });
      expect(changed.status).toBe(200);
      const commits = await call('GET', `${path}/commits?limit=1`);
      expect(commits.body.map((commit: any) => commit.sha)).toEqual([
        changed.body.commit.sha,
      ]);
      expect(commits.headers.get('x-total-count')).toBe('2');
      for (const ref of ['main', changed.body.commit.sha]) {
        expect(
          (await call('GET', `${path}/git/commits/${ref}`)).body,
        ).toMatchObject({
          sha: changed.body.commit.sha,
          parents: [{ sha }],
          commit: { tree: { sha: expect.any(String) } },
        });
      }
      expect(
        (await call('GET', `${path}/git/commits/${'0'.repeat(40)}`)).status,
      ).toBe(404);
      const tree = await call('GET', `${path}/git/trees/main?recursive=1`);
      expect(tree.body.tree).toMatchObject([
        { path: 'docs', type: 'tree' },
        { path: 'docs/a b.txt', type: 'blob', mode: '100644' },
      ]);
      const archive = await call('GET', `${path}/archive/main.tar.gz`);
      const files = readTar(gunzipSync(archive.bytes));
      expect(
        [...files].map(([name, bytes]) => [
          name.slice(name.indexOf('/') + 1),
          bytes.toString(),
        ]),
      ).toEqual([['docs/a b.txt', 'changed']]);
    });

    it('has topics', async () => {
      const { path, full } = await create('topics');
      expect((await call('GET', `${path}/topics`)).body).toEqual({
        topics: [],
      });
      for (const topic of ['gitops', 'gitops', 'x1']) {
        expect((await call('PUT', `${path}/topics/${topic}`)).status).toBe(204);
      }
      expect((await call('GET', `${path}/topics`)).body.topics.sort()).toEqual([
        'gitops',
        'x1',
      ]);
      expect((await call('PUT', `${path}/topics/-bad`)).status).toBe(422);
      expect((await call('DELETE', `${path}/topics/x1`)).status).toBe(204);
      expect((await call('DELETE', `${path}/topics/x1`)).status).toBe(404);
      const found = await call('GET', `/repos/search?q=${full}`);
      expect(found.body.data.map((repository: any) => repository.name)).toEqual(
        [full],
      );
    });

    it('is renamed, archived and deleted', async () => {
      const { path, full } = await create('changing');
      const renamed = await call('PATCH', path, {
        body: { name: `renamed-${run}`, description: 'new' },
      });
      expect(renamed.body).toMatchObject({
        name: `renamed-${run}`,
        description: 'new',
      });
      const now = path.replace(full, `renamed-${run}`);
      made.push(now);
      expect(
        (await call('PATCH', now, { body: { archived: true } })).body.archived,
      ).toBe(true);
      expect((await write(now, 'a', 'a')).status).toBe(423);
      expect((await call('DELETE', now)).status).toBe(204);
      expect((await call('GET', now)).status).toBe(404);
    });
  });

  const tools: GitHostTools = {
    subject: () => host,
    call,
    create,
    write,
    made,
    run,
  };
  gitHostKeyContract(tools);
  gitHostChangeContract(tools);

  describe('Git over HTTP', () => {
    const refsOf = (url: string, service: string, authorization?: string) =>
      callGitHost(
        host,
        'GET',
        `${url.slice(host.url.length)}/info/refs?service=git-${service}`,
        { authorization },
      );

    it('asks for a sign-in, and hides what may not be seen', async () => {
      const { url } = await create('git-hidden');
      const none = url.replace(run, 'none');
      for (const address of [url, none]) {
        const answer = await refsOf(address, 'upload-pack');
        expect(answer.status).toBe(401);
        expect(answer.headers.get('www-authenticate')).toMatch(/^Basic realm=/);
        expect((await refsOf(address, 'upload-pack', outsider)).status).toBe(
          404,
        );
      }
      expect(
        (
          await refsOf(
            url,
            'upload-pack',
            basic({ username: 'nobody', password: 'wrong' }),
          )
        ).status,
      ).toBe(401);
      expect((await refsOf(none, 'upload-pack', admin)).status).toBe(404);
    });

    it('pushes and clones with the git client, in every protocol version', async () => {
      const { url, path } = await create('git-client');
      const work = join(folder, 'client');
      const authorization = basic({
        username: host.admin.username,
        password: host.admin.token,
      });
      const client = (...args: string[]) =>
        runClient(work, args, authorization);
      const empty = await runClient(
        folder,
        ['clone', '-q', url, work],
        authorization,
      );
      expect(empty).toMatchObject({ ok: true });
      // Larger than what the client sends in one piece, so that it comes in chunks.
      const large = randomBytes(3 * 1024 * 1024);
      await writeFile(join(work, 'large.bin'), large);
      await client('checkout', '-q', '-b', 'main');
      await client('add', '.');
      await client(
        ...['-c', 'user.name=a', '-c', 'user.email=a@b.example'],
        ...['commit', '-q', '-m', 'First'],
      );
      const refused = await runClient(work, ['push', url, 'main']);
      expect(refused.ok).toBe(false);
      expect(await client('push', '-q', 'origin', 'main')).toMatchObject({
        ok: true,
      });
      const head = (await client('rev-parse', 'HEAD')).text.trim();
      await expectBranch(path, head);
      for (const version of ['0', '1', '2']) {
        const copy = join(folder, `client-v${version}`);
        const clone = await runClient(
          folder,
          ['-c', `protocol.version=${version}`, 'clone', '-q', url, copy],
          authorization,
        );
        expect(clone).toEqual({ ok: true, text: '' });
        expect(large.equals(await readFile(join(copy, 'large.bin')))).toBe(
          true,
        );
      }
    });

    it('pushes and clones with isomorphic-git', async () => {
      const { url, path } = await create('isomorphic');
      const dir = join(folder, 'isomorphic');
      const onAuth = () => ({
        username: host.admin.username,
        password: host.admin.token,
      });
      await git.init({ fs, dir, defaultBranch: 'main' });
      await writeFile(join(dir, 'a.txt'), 'a');
      await git.add({ fs, dir, filepath: 'a.txt' });
      const commit = await git.commit({
        fs,
        dir,
        message: 'First',
        author: { name: 'a', email: 'a@b.example' },
      });
      await git.push({ fs, http, dir, url, ref: 'main', onAuth });
      await expectBranch(path, commit);
      const copy = join(folder, 'isomorphic-copy');
      await git.clone({ fs, http, dir: copy, url, onAuth });
      expect(await git.currentBranch({ fs, dir: copy })).toBe('main');
      expect(await git.resolveRef({ fs, dir: copy, ref: 'HEAD' })).toBe(commit);
    });

    it('lets everybody clone what is public, and only those with the right push', async () => {
      const { url, path } = await create('git-public', { private: false });
      expect((await write(path, 'a.txt', 'a')).status).toBe(201);
      const copy = join(folder, 'public');
      expect(await runClient(folder, ['clone', '-q', url, copy])).toMatchObject(
        { ok: true },
      );
      expect((await refsOf(url, 'receive-pack')).status).toBe(401);
      const push = (authorization: string) =>
        runClient(copy, ['push', url, 'HEAD:refs/heads/other'], authorization);
      expect((await push(outsider)).ok).toBe(false);
      const token = await call('POST', `/users/${host.admin.username}/tokens`, {
        body: { name: `pull-${run}`, scopes: ['read:repository'] },
        as: basic(host.admin),
      });
      const reader = basic({
        username: host.admin.username,
        password: token.body.sha1,
      });
      expect((await push(reader)).text).toContain('403');
      await call('DELETE', `/users/${host.admin.username}/tokens/pull-${run}`, {
        as: basic(host.admin),
      });
      expect((await call('GET', `${path}/branches/other`)).status).toBe(404);
    });
  });
}
