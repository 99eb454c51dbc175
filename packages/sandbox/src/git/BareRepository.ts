import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { GitCommandError, runGit } from './git';

/** A person and a moment, as a commit names them. */
export interface Signature {
  name: string;
  email: string;
  /** RFC 3339 */
  date: string;
}

/** One commit. */
export interface Commit {
  sha: string;
  tree: string;
  parents: string[];
  author: Signature;
  committer: Signature;
  message: string;
}

/** One entry of a tree; `path` is relative to the tree that was asked for. */
export interface TreeEntry {
  mode: string;
  type: 'blob' | 'tree' | 'commit';
  sha: string;
  size: number;
  path: string;
}

const FIELD = '\x1f';
const COMMIT_FORMAT = [
  '%H',
  '%T',
  '%P',
  '%an',
  '%ae',
  '%aI',
  '%cn',
  '%ce',
  '%cI',
  '%B',
].join(FIELD);

function parseCommit(record: string): Commit {
  const [sha, tree, parents, an, ae, ad, cn, ce, cd, ...message] =
    record.split(FIELD);
  return {
    sha,
    tree,
    parents: parents ? parents.split(' ') : [],
    author: { name: an, email: ae, date: ad },
    committer: { name: cn, email: ce, date: cd },
    message: message.join(FIELD),
  };
}

/** Questions to a bare repository, answered by `git` itself. */
export class BareRepository {
  constructor(readonly directory: string) {}

  private async text(args: string[]): Promise<string> {
    return (await runGit(args, { gitDir: this.directory })).toString('utf8');
  }

  private async textOrNothing(args: string[]): Promise<string | undefined> {
    try {
      return await this.text(args);
    } catch (error) {
      if (error instanceof GitCommandError) {
        return undefined;
      }
      throw error;
    }
  }

  /** Branches and the commits they point at, by name. */
  async branches(): Promise<{ name: string; sha: string }[]> {
    const out = await this.text([
      'for-each-ref',
      '--sort=refname',
      '--format=%(objectname) %(refname:lstrip=2)',
      'refs/heads',
    ]);
    return out
      .split('\n')
      .filter(Boolean)
      .map(line => ({
        sha: line.slice(0, line.indexOf(' ')),
        name: line.slice(line.indexOf(' ') + 1),
      }));
  }

  /** Commit behind a branch, a tag or a (short) commit id. */
  async resolve(ref: string): Promise<string | undefined> {
    if (ref.startsWith('-')) {
      return undefined;
    }
    const candidates = /^[0-9a-f]{4,40}$/.test(ref)
      ? [ref]
      : [`refs/heads/${ref}`, `refs/tags/${ref}`, ref];
    for (const candidate of candidates) {
      const out = await this.textOrNothing([
        'rev-parse',
        '--quiet',
        '--verify',
        '--end-of-options',
        `${candidate}^{commit}`,
      ]);
      if (out) {
        return out.trim();
      }
    }
    // A branch may be named like a commit id.
    return (
      await this.textOrNothing([
        'rev-parse',
        '--quiet',
        '--verify',
        '--end-of-options',
        `refs/heads/${ref}^{commit}`,
      ])
    )?.trim();
  }

  /**
   * Newest first.
   *
   * @param sha - A commit, or a range `from..to`.
   */
  async log(
    sha: string,
    options: { limit?: number; skip?: number; path?: string } = {},
  ): Promise<Commit[]> {
    const out = await this.text([
      'log',
      '-z',
      `--format=${COMMIT_FORMAT}`,
      `--max-count=${options.limit ?? 50}`,
      `--skip=${options.skip ?? 0}`,
      sha,
      '--',
      ...(options.path ? [`:(literal)${options.path}`] : []),
    ]);
    return out.split('\0').filter(Boolean).map(parseCommit);
  }

  async commit(sha: string): Promise<Commit> {
    const [commit] = await this.log(sha, { limit: 1 });
    return commit;
  }

  async countCommits(sha: string, path?: string): Promise<number> {
    return Number(
      await this.text([
        'rev-list',
        '--count',
        sha,
        '--',
        ...(path ? [`:(literal)${path}`] : []),
      ]),
    );
  }

  async tree(
    treeish: string,
    options: { recursive?: boolean } = {},
  ): Promise<TreeEntry[]> {
    const out = await this.text([
      'ls-tree',
      '-z',
      '--long',
      ...(options.recursive ? ['-r', '-t'] : []),
      treeish,
    ]);
    return out
      .split('\0')
      .filter(Boolean)
      .map(line => {
        const tab = line.indexOf('\t');
        const [mode, type, sha, size] = line.slice(0, tab).split(/\s+/);
        return {
          mode,
          type: type as TreeEntry['type'],
          sha,
          size: size === '-' ? 0 : Number(size),
          path: line.slice(tab + 1),
        };
      });
  }

  /** Entry at a path of a commit; the root has the path ''. */
  async entryAt(commit: string, path: string): Promise<TreeEntry | undefined> {
    if (path === '') {
      const tree = await this.textOrNothing(['rev-parse', `${commit}^{tree}`]);
      return tree
        ? { mode: '040000', type: 'tree', sha: tree.trim(), size: 0, path: '' }
        : undefined;
    }
    const parent = path.split('/').slice(0, -1).join('/');
    const siblings = await this.textOrNothing([
      'ls-tree',
      '-z',
      '--long',
      commit,
      `:(literal)${path}`,
    ]);
    const line = siblings?.split('\0')[0];
    if (!line) {
      return undefined;
    }
    const tab = line.indexOf('\t');
    const [mode, type, sha, size] = line.slice(0, tab).split(/\s+/);
    return {
      mode,
      type: type as TreeEntry['type'],
      sha,
      size: size === '-' ? 0 : Number(size),
      path: parent ? path.slice(parent.length + 1) : path,
    };
  }

  async blob(sha: string): Promise<Buffer> {
    return await runGit(['cat-file', 'blob', sha], { gitDir: this.directory });
  }

  /** Tree that a merge of two commits would make; undefined when they conflict. */
  async mergeTree(base: string, head: string): Promise<string | undefined> {
    return (
      await this.textOrNothing(['merge-tree', '--write-tree', base, head])
    )?.trim();
  }

  /**
   * Merges a commit into a branch.
   *
   * @throws GitCommandError when the branch has moved meanwhile
   */
  async merge(options: {
    branch: string;
    base: string;
    head: string;
    tree: string;
    message: string;
    committer: Signature;
  }): Promise<string> {
    const { base, head, committer } = options;
    const commit = (
      await runGit(['commit-tree', options.tree, '-p', base, '-p', head], {
        gitDir: this.directory,
        input: options.message,
        env: {
          GIT_AUTHOR_NAME: committer.name,
          GIT_AUTHOR_EMAIL: committer.email,
          GIT_AUTHOR_DATE: committer.date,
          GIT_COMMITTER_NAME: committer.name,
          GIT_COMMITTER_EMAIL: committer.email,
          GIT_COMMITTER_DATE: committer.date,
        },
      })
    )
      .toString('utf8')
      .trim();
    await this.text([
      'update-ref',
      `refs/heads/${options.branch}`,
      commit,
      base,
    ]);
    return commit;
  }

  /** Names of the files a commit changed, with the kind of change. */
  async changedFiles(
    sha: string,
  ): Promise<{ filename: string; status: string }[]> {
    const out = await this.text([
      'diff-tree',
      '--root',
      '--no-commit-id',
      '--name-status',
      '-r',
      '-z',
      '--no-renames',
      sha,
    ]);
    const fields = out.split('\0').filter(Boolean);
    const words: Record<string, string> = {
      A: 'added',
      D: 'removed',
      M: 'modified',
    };
    const files = [];
    for (let i = 0; i + 1 < fields.length; i += 2) {
      files.push({
        status: words[fields[i]] ?? 'modified',
        filename: fields[i + 1],
      });
    }
    return files;
  }

  /** Unified diff of a commit against its first parent. */
  async diff(sha: string): Promise<string> {
    return await this.text([
      'diff-tree',
      '--root',
      '--no-commit-id',
      '--patch',
      '-r',
      sha,
    ]);
  }

  /** Kilobytes on disk. */
  async size(): Promise<number> {
    const out = await this.text(['count-objects', '-v']);
    const number = (key: string) =>
      Number(new RegExp(`^${key}: (\\d+)$`, 'm').exec(out)?.[1] ?? 0);
    return number('size') + number('size-pack');
  }

  async createBranch(name: string, sha: string): Promise<void> {
    await this.text(['update-ref', `refs/heads/${name}`, sha, '0'.repeat(40)]);
  }

  /**
   * Commits one changed, added or removed file on top of a branch, or as the
   * first commit of an empty repository.
   *
   * @throws GitCommandError when the branch has moved meanwhile
   */
  async commitFile(options: {
    branch: string;
    parent: string | undefined;
    path: string;
    /** Undefined removes the file. */
    content: Buffer | undefined;
    message: string;
    author: Signature;
    committer: Signature;
  }): Promise<string> {
    const { parent, author, committer } = options;
    const index = join(this.directory, `index-${randomUUID()}`);
    const env = {
      GIT_INDEX_FILE: index,
      GIT_AUTHOR_NAME: author.name,
      GIT_AUTHOR_EMAIL: author.email,
      GIT_AUTHOR_DATE: author.date,
      GIT_COMMITTER_NAME: committer.name,
      GIT_COMMITTER_EMAIL: committer.email,
      GIT_COMMITTER_DATE: committer.date,
    };
    const git = async (args: string[], input?: Buffer | string) =>
      (await runGit(args, { gitDir: this.directory, env, input }))
        .toString('utf8')
        .trim();
    try {
      await git(parent ? ['read-tree', parent] : ['read-tree', '--empty']);
      const removal = `0 ${'0'.repeat(40)}\t${options.path}\0`;
      const entry = options.content
        ? `100644 ${await git(
            ['hash-object', '-w', '--stdin'],
            options.content,
          )}\t${options.path}\0`
        : removal;
      await git(['update-index', '-z', '--index-info'], entry);
      const tree = await git(['write-tree']);
      const commit = await git(
        ['commit-tree', tree, ...(parent ? ['-p', parent] : [])],
        options.message,
      );
      await git([
        'update-ref',
        `refs/heads/${options.branch}`,
        commit,
        parent ?? '0'.repeat(40),
      ]);
      return commit;
    } finally {
      await rm(index, { force: true });
    }
  }
}
