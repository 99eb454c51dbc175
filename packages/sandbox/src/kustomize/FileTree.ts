import { posix } from 'node:path';

/** Files of one revision of a repository, read only. */
export class FileTree {
  private readonly directories = new Map<string, Set<string>>([
    ['', new Set()],
  ]);

  /**
   * @param root - where messages say that the tree is, for example `/tmp/kustomization-1`
   * @param files - contents by path relative to the root
   */
  constructor(
    readonly root: string,
    private readonly files: ReadonlyMap<string, Buffer>,
  ) {
    for (const path of files.keys()) {
      let child = path;
      while (child !== '') {
        const parent = posix.dirname(child) === '.' ? '' : posix.dirname(child);
        const siblings = this.directories.get(parent) ?? new Set();
        siblings.add(posix.basename(child));
        this.directories.set(parent, siblings);
        child = parent;
      }
    }
  }

  /**
   * Joins paths below the root.
   *
   * @returns undefined when the result would be outside of it
   */
  static join(base: string, path: string): string | undefined {
    if (posix.isAbsolute(path)) {
      return undefined;
    }
    const joined = posix.normalize(posix.join(base || '.', path));
    if (joined === '..' || joined.startsWith('../')) {
      return undefined;
    }
    return joined === '.' ? '' : joined.replace(/\/$/, '');
  }

  /** Path as messages show it. */
  show(path: string): string {
    return path ? `${this.root}/${path}` : this.root;
  }

  isFile(path: string): boolean {
    return this.files.has(path);
  }

  isDirectory(path: string): boolean {
    return this.directories.has(path);
  }

  exists(path: string): boolean {
    return this.isFile(path) || this.isDirectory(path);
  }

  read(path: string): Buffer | undefined {
    return this.files.get(path);
  }

  /** Names in a directory, in order. */
  list(path: string): string[] {
    return [...(this.directories.get(path) ?? [])].sort();
  }
}
