import { findRepositoryProblems } from './findRepositoryProblems';
import { formatRepositoryUrl, parseRepositoryUrl } from './repositoryUrl';

const HOSTS = [{ host: 'git.example.com', title: 'git.example.com' }];

function problems(part: { owner?: string; name?: string }) {
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
