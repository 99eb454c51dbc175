import type { GitHost } from './gitHosts';
import { findRepositoryProblems } from './findRepositoryProblems';
import { formatRepositoryUrl, parseRepositoryUrl } from './repositoryUrl';

const HOSTS = [
  { host: 'git.example.com', provider: 'gitea' },
  { host: 'github.example.com', provider: 'github' },
  { host: 'gitlab.example.com', provider: 'gitlab' },
].map(each => ({ ...each, title: each.host })) as GitHost[];

function problems(part: { host?: string; owner?: string; name?: string }) {
  return findRepositoryProblems(
    { host: 'git.example.com', owner: 'platform', name: 'orders', ...part },
    HOSTS,
  );
}

describe('findRepositoryProblems', () => {
  it('takes the names that Gitea takes', () => {
    for (const owner of ['a', '0', 'Platform-Team_1.x', 'x'.repeat(40)]) {
      expect(problems({ owner }).owner).toBeUndefined();
    }
    for (const name of ['a', '_', '.github', 'my-repo_1.x-', 'x'.repeat(100)]) {
      expect(problems({ name }).name).toBeUndefined();
    }
  });

  it('refuses the names that Gitea refuses', () => {
    const owners = [
      '-a',
      '_a',
      'a-',
      'a..b',
      'a-_b',
      'a/b',
      'ä',
      'x'.repeat(41),
    ];
    for (const owner of owners) {
      expect(problems({ owner }).owner).toBe('ownerInvalid');
    }
    const names = [
      '.',
      '..',
      '-',
      'a..b',
      'a b',
      'a/b',
      'ä',
      'a.git',
      'a.WIKI',
    ];
    for (const name of [...names, 'x.rss', 'x.atom', 'x'.repeat(101)]) {
      expect(problems({ name }).name).toBe('nameInvalid');
    }
  });

  it.each([
    ['github', ['a', 'platform-team', 'x'.repeat(39)], 'ownerInvalidGithub'],
    ['gitlab', ['a', 'group/sub.group/_x'], 'ownerInvalidGitlab'],
  ])('knows how owners are spelled at %s', (provider, good, problem) => {
    const host = `${provider}.example.com`;
    for (const owner of good) {
      expect(problems({ host, owner }).owner).toBeUndefined();
    }
    for (const owner of ['a b', '-a', '/a', 'x'.repeat(256)]) {
      expect(problems({ host, owner }).owner).toBe(problem);
    }
  });

  it('asks for what is missing', () => {
    const nothing = { host: '', owner: '', name: '' };
    expect(findRepositoryProblems(nothing, HOSTS)).toEqual({
      host: 'hostMissing',
      owner: 'ownerMissing',
      name: 'nameMissing',
    });
    expect(findRepositoryProblems(nothing, []).host).toBe('noHosts');
  });
});

describe('the URL of a repository', () => {
  it('comes back as it went, whatever was typed and however much', () => {
    const chosen = {
      host: 'git.example.com:3000',
      owner: 'a&b=c',
      name: 'd e?',
    };
    for (const part of [
      chosen,
      { ...chosen, host: '' },
      { ...chosen, owner: '', name: '' },
    ]) {
      expect(parseRepositoryUrl(formatRepositoryUrl(part))).toEqual(part);
    }
    expect(formatRepositoryUrl(parseRepositoryUrl(undefined))).toBeUndefined();
  });
});
