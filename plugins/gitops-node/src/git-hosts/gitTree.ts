import type { ContentFile } from '@backstage-gitops/plugin-gitops-common';
import {
  MAX_CONTENT_BYTES,
  MAX_CONTENT_FILES,
} from '@backstage-gitops/plugin-gitops-common';
import { InputError } from '@backstage/errors';

/** A directory on its way to becoming a Git tree. */
export interface Directory {
  files: Map<string, { content: Buffer; executable: boolean }>;
  directories: Map<string, Directory>;
}

// Git reads these two as `.git` on file systems that ignore case or keep 8.3 names.
const GIT_DIRECTORY = /^(\.git|git~1)$/i;

/**
 * Arranges files as the directories of a commit.
 *
 * @throws InputError for too many or too heavy files, for a path that leaves the
 * repository or that Git refuses, and for one that is given twice or is both a
 * file and a directory.
 * @public
 */
export function arrangeFiles(files: readonly ContentFile[]): Directory {
  if (files.length === 0) {
    throw new InputError('A first commit needs at least one file');
  }
  if (files.length > MAX_CONTENT_FILES) {
    throw new InputError(
      `The rendered template has ${files.length} files, at most ${MAX_CONTENT_FILES} are taken: leave some out of the skeleton`,
    );
  }
  const root = emptyDirectory();
  let bytes = 0;
  for (const file of files) {
    const content = Buffer.from(file.content, 'base64');
    bytes += content.length;
    if (bytes > MAX_CONTENT_BYTES) {
      throw new InputError(
        `The rendered template weighs more than ${MAX_CONTENT_BYTES} bytes: leave large files out of the skeleton`,
      );
    }
    const segments = safeSegments(file.path);
    const name = segments.pop()!;
    let directory = root;
    for (const segment of segments) {
      if (directory.files.has(segment)) {
        throw clash(file.path);
      }
      let next = directory.directories.get(segment);
      if (!next) {
        next = emptyDirectory();
        directory.directories.set(segment, next);
      }
      directory = next;
    }
    if (directory.files.has(name) || directory.directories.has(name)) {
      throw clash(file.path);
    }
    directory.files.set(name, { content, executable: !!file.executable });
  }
  return root;
}

function emptyDirectory(): Directory {
  return { files: new Map(), directories: new Map() };
}

function safeSegments(path: string): string[] {
  const segments = path.split('/');
  const unsafe =
    path.includes('\\') ||
    /\p{Cc}/u.test(path) ||
    segments.some(
      segment =>
        segment === '' ||
        segment === '.' ||
        segment === '..' ||
        GIT_DIRECTORY.test(segment),
    );
  if (unsafe) {
    throw new InputError(
      `File path ${JSON.stringify(
        path,
      )} is refused: paths are relative, use '/', and hold no empty, '.', '..' or '.git' part`,
    );
  }
  return segments;
}

function clash(path: string): InputError {
  return new InputError(
    `File path '${path}' is given twice or names both a file and a directory`,
  );
}
