import { commitOfRevision, refOfRevision, shortCommit } from './revisions';

const SHA1 = 'a1'.repeat(20);
const SHA256 = 'b2'.repeat(32);

describe('revisions', () => {
  it.each([
    [`main@sha1:${SHA1}`, 'main', SHA1],
    [`feature/a@b@sha1:${SHA1}`, 'feature/a@b', SHA1],
    [`sha1:${SHA1}`, undefined, SHA1],
    [`main/${SHA1}`, undefined, SHA1],
    [`latest@sha256:${SHA256}`, 'latest', SHA256],
    ['1.2.3', undefined, undefined],
    ['main@sha1:abc', 'main', 'abc'],
    ['release/abc', undefined, undefined],
    [undefined, undefined, undefined],
  ])('%s: ref %s, commit %s', (revision, ref, commit) => {
    expect(refOfRevision(revision)).toBe(ref);
    expect(commitOfRevision(revision)).toBe(commit);
  });

  it('shortens a commit as people write it', () => {
    expect(shortCommit(SHA1)).toBe('a1a1a1a');
  });
});
