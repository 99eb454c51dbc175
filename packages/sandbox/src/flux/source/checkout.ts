import { runGit, GitCommandError } from '../../git/git';
import { RemoteError } from './RemoteError';
import { RemoteRepository } from './RemoteRepository';

/** `spec.ref` of a GitRepository. */
export interface GitReference {
  branch?: string;
  tag?: string;
  name?: string;
  commit?: string;
}

/** What a checkout found. */
export type Checkout =
  | { kind: 'empty' }
  /** The revision of last time still stands; nothing was fetched. */
  | { kind: 'unchanged'; revision: string }
  | { kind: 'fetched'; revision: string; commit: string; subject: string };

async function commitIn(gitDir: string, object: string): Promise<string> {
  const out = await runGit(
    ['rev-parse', '--verify', '--quiet', `${object}^{commit}`],
    { gitDir },
  );
  return out.toString('utf8').trim();
}

async function subjectOf(gitDir: string, commit: string): Promise<string> {
  const out = await runGit(['show', '-s', '--format=%s', commit], { gitDir });
  const subject = out.toString('utf8').trim();
  return subject.length > 50 ? `${subject.slice(0, 50)}...` : subject;
}

/** Says what was attempted when a remote failed; other errors stay as they are. */
function failed(attempt: string, url: string, error: unknown): unknown {
  return error instanceof RemoteError
    ? new RemoteError(`unable to ${attempt} '${url}': ${error.message}`)
    : error;
}

/**
 * Determines the revision that a reference stands for and fetches it.
 *
 * @param lastRevision - revision of the artifact there is, if it may be kept
 * @throws RemoteError with the message that source-controller reports
 */
export async function checkout(options: {
  url: string;
  remote: RemoteRepository;
  ref: GitReference;
  gitDir: string;
  lastRevision?: string;
}): Promise<Checkout> {
  const { url, remote, ref, gitDir, lastRevision } = options;
  const branch = ref.branch || 'master';
  const missing = (name: string) =>
    new RemoteError(
      `unable to clone '${url}': couldn't find remote ref "${name}"`,
    );
  const nothingThere = () =>
    new RemoteError(
      `unable to clone: remote repository is empty: git repository: '${url}'`,
    );

  let refs;
  try {
    refs = await remote.listRefs();
  } catch (error) {
    const attempt = lastRevision || ref.name ? 'list remote for' : 'clone';
    throw failed(attempt, url, error);
  }

  if (ref.commit) {
    if (refs.size === 0) {
      throw nothingThere();
    }
    if (ref.branch && !refs.has(`refs/heads/${ref.branch}`)) {
      throw missing(`refs/heads/${ref.branch}`);
    }
    await remote
      .fetch(
        gitDir,
        ref.branch
          ? [`+refs/heads/${ref.branch}:refs/heads/${ref.branch}`]
          : ['+refs/heads/*:refs/heads/*'],
      )
      .catch(error => {
        throw failed('clone', url, error);
      });
    try {
      const commit = await commitIn(gitDir, ref.commit);
      return {
        kind: 'fetched',
        commit,
        revision: ref.branch
          ? `${ref.branch}@sha1:${commit}`
          : `sha1:${commit}`,
        subject: await subjectOf(gitDir, commit),
      };
    } catch (error) {
      throw error instanceof GitCommandError
        ? new RemoteError(
            `unable to resolve commit object for '${ref.commit}': object not found`,
          )
        : error;
    }
  }

  let full = `refs/heads/${branch}`;
  let label = branch;
  if (ref.name) {
    full = ref.name;
    label = ref.name;
  } else if (ref.tag) {
    full = `refs/tags/${ref.tag}`;
    label = ref.tag;
  }
  if (ref.name && !refs.has(full)) {
    throw new RemoteError(
      `unable to resolve ref '${full}' to a specific commit`,
    );
  }
  if (refs.size === 0) {
    if (full.startsWith('refs/tags/')) {
      throw nothingThere();
    }
    return { kind: 'empty' };
  }
  const object = refs.get(`${full}^{}`) ?? refs.get(full);
  if (!object) {
    throw missing(full);
  }
  const revision = `${label}@sha1:${object}`;
  if (revision === lastRevision) {
    return { kind: 'unchanged', revision };
  }
  await remote.fetch(gitDir, [`+${full}:${full}`], 1).catch(error => {
    throw failed('clone', url, error);
  });
  const commit = await commitIn(gitDir, full);
  return {
    kind: 'fetched',
    commit,
    revision: `${label}@sha1:${commit}`,
    subject: await subjectOf(gitDir, commit),
  };
}
