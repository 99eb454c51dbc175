import { constants, type Dirent, promises as fs } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { isChildPath } from '@backstage/backend-plugin-api';
import { InputError } from '@backstage/errors';
import {
  type ContentFile,
  MAX_CONTENT_BYTES,
  MAX_CONTENT_FILES,
} from '@backstage-gitops/plugin-gitops-common';

const ANY_EXECUTE_BIT =
  constants.S_IXUSR | constants.S_IXGRP | constants.S_IXOTH;

/**
 * Reads a directory as the files of a first commit, in a fixed order: the same
 * directory gives the same list. What Git keeps for itself (`.git`) is left out.
 *
 * A symbolic link to a file inside the directory becomes a copy of that file;
 * every other link is refused, because what it shows is not part of the template.
 *
 * @throws InputError that names the path, when there is nothing to read, too
 * much of it, or something that is not a file
 */
export async function readContentFiles(root: string): Promise<ContentFile[]> {
  const stats = await fs.stat(root).catch(() => undefined);
  if (!stats?.isDirectory()) {
    throw new InputError(
      'There is no directory to take the files from: check sourcePath, and that a step before this one (for example fetch:template) wrote to it',
    );
  }
  const realRoot = await fs.realpath(root);
  const files: ContentFile[] = [];
  let bytes = 0;
  for await (const { path, realPath } of walk(realRoot, realRoot)) {
    const { size, mode } = await fs.stat(realPath);
    bytes += size;
    if (files.length === MAX_CONTENT_FILES) {
      throw new InputError(
        `The template has more than ${MAX_CONTENT_FILES} files, which is the most a first commit may have`,
      );
    }
    if (bytes > MAX_CONTENT_BYTES) {
      throw new InputError(
        `The template weighs more than ${
          MAX_CONTENT_BYTES / 1024 / 1024
        } MiB, which is the most a first commit may weigh; '${path}' is where it becomes too much`,
      );
    }
    const content = await fs.readFile(realPath);
    files.push({
      path,
      content: content.toString('base64'),
      // eslint-disable-next-line no-bitwise
      ...(mode & ANY_EXECUTE_BIT ? { executable: true } : {}),
    });
  }
  if (files.length === 0) {
    throw new InputError(
      'There are no files for the first commit: a step before this one (for example fetch:template) has to write them to the workspace. A task that is resumed or retried may have lost them: run the template again',
    );
  }
  return files;
}

async function* walk(
  root: string,
  directory: string,
): AsyncGenerator<{ path: string; realPath: string }> {
  const entries = await fs.readdir(directory, { withFileTypes: true });
  entries.sort(byName);
  for (const entry of entries) {
    if (entry.name === '.git') {
      continue;
    }
    const absolute = join(directory, entry.name);
    const path = relative(root, absolute).split(sep).join('/');
    if (entry.isDirectory()) {
      yield* walk(root, absolute);
    } else if (entry.isFile()) {
      yield { path, realPath: absolute };
    } else if (entry.isSymbolicLink()) {
      yield { path, realPath: await followLink(root, absolute, path) };
    } else {
      throw new InputError(`'${path}' is neither a file nor a directory`);
    }
  }
}

async function followLink(
  root: string,
  link: string,
  path: string,
): Promise<string> {
  const target = await fs.realpath(link).catch(() => undefined);
  if (!target) {
    throw new InputError(
      `The symbolic link '${path}' points to nothing: take it out of the template`,
    );
  }
  const inside =
    isChildPath(root, target) &&
    !relative(root, target).split(sep).includes('.git');
  if (!inside) {
    throw new InputError(
      `The symbolic link '${path}' points out of the template: replace it with what it stands for`,
    );
  }
  if (!(await fs.stat(target)).isFile()) {
    throw new InputError(
      `The symbolic link '${path}' does not point to a file: replace it with what it stands for`,
    );
  }
  return target;
}

/** By code unit, so that the order does not depend on the machine's language. */
function byName(a: Dirent, b: Dirent): number {
  if (a.name === b.name) {
    return 0;
  }
  return a.name < b.name ? -1 : 1;
}
