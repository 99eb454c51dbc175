import { Signature } from '../BareRepository';
import { StoredRepository } from '../GitHostState';
import { ApiContext } from './ApiContext';
import { ApiError } from './ApiError';

/** A change of one file, as the contents API takes it. */
export interface FileCommit {
  path: string;
  /** Undefined removes the file. */
  content: Buffer | undefined;
  message: string;
  branch?: string;
  newBranch?: string;
  author?: { name?: string; email?: string };
  committer?: { name?: string; email?: string };
  date?: string;
}

/**
 * Commits one file on top of a branch, in the name of the caller.
 *
 * @returns the commit's id
 * @throws ApiError 404 when the branch does not exist in a repository with commits
 */
export async function commitFile(
  context: ApiContext,
  repository: StoredRepository,
  change: FileCommit,
): Promise<string> {
  const user = context.signedIn;
  const bare = context.bare(repository);
  const branch = change.branch || repository.defaultBranch;
  const branches = await bare.branches();
  const base = branches.find(other => other.name === branch);
  if (!base && branches.length > 0) {
    throw new ApiError(404, `branch does not exist [name: ${branch}]`);
  }
  const target = change.newBranch || branch;
  if (target !== branch && branches.some(other => other.name === target)) {
    throw new ApiError(422, `branch already exists [name: ${target}]`);
  }
  if (target !== branch && base) {
    await bare.createBranch(target, base.sha);
  }
  const now = change.date ?? new Date().toISOString();
  const signature = (person: FileCommit['author']): Signature => ({
    name: person?.name || user.fullName || user.username,
    email: person?.email || user.email || `${user.username}@sandbox.invalid`,
    date: now,
  });
  const sha = await bare.commitFile({
    branch: target,
    parent: base?.sha,
    path: change.path,
    content: change.content,
    message: change.message,
    author: signature(change.author ?? change.committer),
    committer: signature(change.committer ?? change.author),
  });
  context.host.state.changeRepository(repository.id, {
    updatedAt: new Date().toISOString(),
  });
  if (!base && target !== repository.defaultBranch) {
    await context.host.setDefaultBranch(repository, target);
  }
  return sha;
}
