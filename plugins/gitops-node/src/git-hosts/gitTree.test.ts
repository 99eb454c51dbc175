import {
  MAX_CONTENT_BYTES,
  MAX_CONTENT_FILES,
} from '@backstage-gitops/plugin-gitops-common';
import { arrangeFiles } from './gitTree';

const file = (path: string, content = '') => ({ path, content });

describe('arrangeFiles', () => {
  it('arranges files as directories', () => {
    const root = arrangeFiles([
      {
        ...file('bin/run', Buffer.from('#!').toString('base64')),
        executable: true,
      },
      file('README.md'),
      file('bin.txt'),
    ]);
    expect([...root.files.keys()]).toEqual(['README.md', 'bin.txt']);
    expect(root.directories.get('bin')!.files.get('run')).toEqual({
      content: Buffer.from('#!'),
      executable: true,
    });
  });

  it.each([
    '../evil',
    'a/../../evil',
    '/etc/passwd',
    'a//b',
    './a',
    'a/',
    'a\\b',
    'a\nb',
    '.git/config',
    'a/.GIT/hooks/post-checkout',
    'git~1/config',
  ])('refuses the path %j', path => {
    expect(() => arrangeFiles([file(path)])).toThrow(/is refused/);
  });

  it('refuses what cannot be one tree, or is too much', () => {
    expect(() => arrangeFiles([file('a'), file('a')])).toThrow(/given twice/);
    expect(() => arrangeFiles([file('a'), file('a/b')])).toThrow(/'a\/b'/);
    expect(() => arrangeFiles([file('a/b'), file('a')])).toThrow(/'a'/);
    expect(() => arrangeFiles([])).toThrow(/at least one file/);
    const many = Array.from({ length: MAX_CONTENT_FILES + 1 }, (_, index) =>
      file(`f${index}`),
    );
    expect(() => arrangeFiles(many)).toThrow(/at most 1000/);
    const heavy = Buffer.alloc(MAX_CONTENT_BYTES / 2 + 1).toString('base64');
    expect(() => arrangeFiles([file('a', heavy), file('b', heavy)])).toThrow(
      /weighs more/,
    );
  });
});
