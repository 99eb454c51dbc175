/** Named by its algorithm, or long enough to be nothing else. */
const HASH =
  /(?:^|[@/])(?:sha(?:1|256):([0-9a-f]+)|([0-9a-f]{40}(?:[0-9a-f]{24})?))$/;

/**
 * Commit of a Git revision as Flux writes it: `main@sha1:<commit>`,
 * `sha1:<commit>`, or the older `main/<commit>`. For an OCI artifact it is the
 * digest, which is all the revision tells.
 *
 * @public
 */
export function commitOfRevision(
  revision: string | undefined,
): string | undefined {
  const found = HASH.exec(revision ?? '');
  return found?.[1] ?? found?.[2];
}

/** The branch, tag or range in front of the commit of a revision. @public */
export function refOfRevision(
  revision: string | undefined,
): string | undefined {
  const at = revision?.lastIndexOf('@') ?? -1;
  return at > 0 ? revision?.slice(0, at) : undefined;
}

/** Short form of a commit for people: its first seven digits. @public */
export function shortCommit(commit: string): string {
  return commit.slice(0, 7);
}

/** A revision in few characters, for sentences: ref and short commit. @internal */
export function shortRevision(revision: string): string {
  const commit = commitOfRevision(revision);
  if (!commit) {
    return revision;
  }
  const ref = refOfRevision(revision);
  return ref ? `${ref}@${shortCommit(commit)}` : shortCommit(commit);
}
