import type { GitHostAnswer, GitHostSubject } from './GitHostClient';

/** What the parts of the contract share. */
export interface GitHostTools {
  subject(): GitHostSubject;
  /** Calls the REST API as the administrator, or `as` somebody else. */
  call(
    method: string,
    path: string,
    options?: { body?: unknown; as?: string },
  ): Promise<GitHostAnswer>;
  /** A repository of this test's own in the organization. */
  create(
    name: string,
    body?: object,
  ): Promise<{ full: string; path: string; url: string }>;
  /** Adds a file to a branch, the default one if absent. */
  write(
    path: string,
    file: string,
    text: string,
    branch?: string,
  ): Promise<GitHostAnswer>;
  /** Removed at the end. */
  made: string[];
  /** Makes names of this run unique. */
  run: string;
}
