import { startGitHost, type RunningGitHost } from '@backstage-gitops/sandbox';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { GiteaProvider } from './gitea/GiteaProvider';
import type { FirstCommit, GitHostRepository } from './GitHostProvider';
import { firstCommitId } from './pushFirstCommit';

const run = promisify(execFile);
jest.setTimeout(60_000);

let directory: string;
let host: RunningGitHost;
let gitea: GiteaProvider;
let call: { credential: { token: string } };

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'gitops-push-test-'));
  host = await startGitHost({ dataDir: join(directory, 'host') });
  gitea = new GiteaProvider({ host: host.host, baseUrl: host.url });
  call = { credential: { token: host.admin.token } };
});

afterAll(async () => {
  await host.stop();
  await rm(directory, { recursive: true, force: true });
});

const base64 = (text: string) => Buffer.from(text).toString('base64');
const commit: FirstCommit = {
  branch: 'main',
  files: [
    { path: 'README.md', content: base64('# Shop\n') },
    { path: 'bin/start', content: base64('#!/bin/sh\n'), executable: true },
    // Sorts apart as a name and as a directory.
    { path: 'bin-old', content: '' },
    { path: 'bin.d/ü', content: base64('\u0000\u0001') },
  ],
  message: 'Create shop',
  author: { name: 'Portal', email: 'portal@example.com' },
  timestamp: '2026-01-02T03:04:05.678Z',
};

async function repository(name: string): Promise<GitHostRepository> {
  return gitea.createRepository(
    {
      owner: 'platform',
      name,
      visibility: 'private',
      defaultBranch: 'main',
    },
    call,
  );
}

async function left(): Promise<string[]> {
  const names = await readdir(tmpdir());
  return names.filter(name => /^gitops-push-[^-]*$/.test(name));
}

describe('pushing a first commit', () => {
  it('pushes what was given, as the same commit each time', async () => {
    const before = await left();
    const target = await repository('same');
    expect(target.empty).toBe(true);
    const pushed = await gitea.pushFirstCommit(target, commit, call);
    expect(pushed.commit).toBe(await firstCommitId(commit));
    expect(await gitea.pushFirstCommit(target, commit, call)).toEqual(pushed);

    expect(await gitea.getBranchCommit(target, 'main', call)).toBe(
      pushed.commit,
    );
    expect(await gitea.hasCommit(target, pushed.commit, call)).toBe(true);
    expect(await gitea.hasCommit(target, 'f'.repeat(40), call)).toBe(false);
    expect(await gitea.pathExists(target, pushed.commit, 'bin', call)).toBe(
      true,
    );
    expect(await gitea.pathExists(target, pushed.commit, 'deploy', call)).toBe(
      false,
    );

    const clone = join(directory, 'clone');
    await run('git', [
      '-c',
      `http.extraHeader=Authorization: token ${host.admin.token}`,
      'clone',
      '--quiet',
      target.cloneUrl,
      clone,
    ]);
    const git = async (...args: string[]) =>
      (await run('git', ['-C', clone, '-c', 'core.quotePath=off', ...args]))
        .stdout;
    await git('fsck', '--strict');
    const listed = await git(
      'ls-tree',
      '-r',
      '--format=%(objectmode) %(path)',
      'HEAD',
    );
    expect(listed.trim().split('\n')).toEqual([
      '100644 README.md',
      '100644 bin-old',
      '100644 bin.d/ü',
      '100755 bin/start',
    ]);
    expect(await git('log', '--format=%an <%ae> %aI %cn %cI %B')).toBe(
      'Portal <portal@example.com> 2026-01-02T03:04:05+00:00 Portal 2026-01-02T03:04:05+00:00 Create shop\n\n',
    );
    expect(await left()).toEqual(before);
  });

  it('is found by two pushes at the same time', async () => {
    const target = await repository('race');
    const [one, two] = await Promise.all([
      gitea.pushFirstCommit(target, commit, call),
      gitea.pushFirstCommit(target, commit, call),
    ]);
    expect(one).toEqual(two);
  });

  it('does not push over what is there', async () => {
    const before = await left();
    const target = await repository('taken');
    await gitea.pushFirstCommit(target, commit, call);
    await expect(
      gitea.pushFirstCommit(target, { ...commit, message: 'Another' }, call),
    ).rejects.toMatchObject({
      name: 'ConflictError',
      message: expect.stringMatching(/'main' of repository 'platform\/taken'/),
    });
    expect(await left()).toEqual(before);
  });

  it('says who was refused, without the token, and leaves nothing behind', async () => {
    const before = await left();
    const target = await repository('refused');
    const token = 'no-such-token';
    const error = await gitea
      .pushFirstCommit(target, commit, { credential: { token } })
      .catch(reason => reason);
    expect(error.name).toMatch(/AuthenticationError|NotAllowedError/);
    expect(error.message).not.toContain(token);

    const stopped = new AbortController();
    stopped.abort(new Error('enough'));
    await expect(
      gitea.pushFirstCommit(target, commit, {
        ...call,
        signal: stopped.signal,
      }),
    ).rejects.toThrow('enough');
    await expect(
      gitea.pushFirstCommit(
        target,
        { ...commit, files: [{ path: '../x', content: '' }] },
        call,
      ),
    ).rejects.toMatchObject({ name: 'InputError' });
    expect(await left()).toEqual(before);
  });
});
