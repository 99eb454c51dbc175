import {
  AuthenticationError,
  ConflictError,
  NotAllowedError,
  ServiceUnavailableError,
} from '@backstage/errors';
import fs from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as git from 'isomorphic-git';
import type { HttpClient } from 'isomorphic-git';
import { describe } from './http/gitHostErrors';
import type { FirstCommit } from './GitHostProvider';
import type { Directory } from './gitTree';
import { arrangeFiles } from './gitTree';

/** Where and how a first commit is pushed. @public */
export interface PushTarget {
  /** Address that Git pushes to, without credentials. */
  url: string;
  username: string;
  /** Password or token; never part of an error. */
  password: string;
  /** How errors call the repository: `owner/name`. */
  repository: string;
  host: string;
  /** Longest time for the whole push, in milliseconds. */
  timeoutMs: number;
  signal?: AbortSignal;
}

/**
 * Makes a commit without parents and pushes it. The same input always makes the
 * same commit id, so that a second push finds its own work and does nothing.
 *
 * The objects are written into a bare temporary repository: no path of the input
 * ever becomes a path on this machine.
 *
 * @returns the commit id
 * @throws ConflictError when the branch points elsewhere, InputError for files
 * that cannot be a commit, AuthenticationError and NotAllowedError for a refused
 * credential, ServiceUnavailableError when the host does not answer.
 * @public
 */
export async function pushFirstCommit(
  target: PushTarget,
  commit: FirstCommit,
): Promise<{ commit: string }> {
  const ref = `refs/heads/${commit.branch}`;
  const deadline = AbortSignal.timeout(target.timeoutMs);
  const http = fetchClient(
    target.signal ? AbortSignal.any([target.signal, deadline]) : deadline,
  );
  const headers = {
    Authorization: `Basic ${Buffer.from(
      `${target.username}:${target.password}`,
    ).toString('base64')}`,
  };

  const remoteCommit = async () => {
    const refs = await git.listServerRefs({
      http,
      url: target.url,
      headers,
      forPush: true,
      protocolVersion: 1,
      prefix: ref,
    });
    return refs.find(found => found.ref === ref)?.oid;
  };

  return withCommit(commit, async (gitdir, oid) => {
    try {
      const before = await remoteCommit();
      if (before === oid) {
        return { commit: oid };
      }
      if (before !== undefined) {
        throw elsewhere(target, commit.branch, before);
      }
      let failure: unknown;
      try {
        const result = await git.push({
          fs,
          http,
          gitdir,
          url: target.url,
          ref: commit.branch,
          remoteRef: ref,
          headers,
        });
        if (result.ok && result.refs[ref]?.ok !== false) {
          return { commit: oid };
        }
        failure = new Error(
          result.refs[ref]?.error ?? result.error ?? 'the push was refused',
        );
      } catch (error) {
        failure = error;
      }
      // The answer of a push can be lost after it took effect, and another run
      // can have been faster: what the branch says now decides.
      target.signal?.throwIfAborted();
      const after = await remoteCommit();
      if (after === oid) {
        return { commit: oid };
      }
      if (after !== undefined) {
        throw elsewhere(target, commit.branch, after);
      }
      throw failure;
    } catch (error) {
      target.signal?.throwIfAborted();
      throw pushError(target, error);
    }
  });
}

/**
 * The id that a first commit will have, without pushing it: what is about to be
 * pushed can be written down before, and recognised after, an interruption.
 *
 * @throws InputError for files that cannot be a commit
 * @public
 */
export async function firstCommitId(commit: FirstCommit): Promise<string> {
  return withCommit(commit, async (_, oid) => oid);
}

/** Makes the commit in a temporary repository that is gone afterwards. */
async function withCommit<T>(
  commit: FirstCommit,
  use: (gitdir: string, oid: string) => Promise<T>,
): Promise<T> {
  const root = arrangeFiles(commit.files);
  const gitdir = await mkdtemp(join(tmpdir(), 'gitops-push-'));
  try {
    await git.init({ fs, gitdir, bare: true, defaultBranch: commit.branch });
    const person = {
      ...commit.author,
      timestamp: Math.floor(Date.parse(commit.timestamp) / 1000),
      timezoneOffset: 0,
    };
    const oid = await git.commit({
      fs,
      gitdir,
      message: commit.message,
      author: person,
      committer: person,
      tree: await writeDirectory(gitdir, root),
      parent: [],
      ref: `refs/heads/${commit.branch}`,
    });
    return await use(gitdir, oid);
  } finally {
    await rm(gitdir, { recursive: true, force: true });
  }
}

async function writeDirectory(
  gitdir: string,
  directory: Directory,
): Promise<string> {
  const tree: git.TreeEntry[] = [];
  for (const [path, file] of directory.files) {
    tree.push({
      path,
      type: 'blob',
      mode: file.executable ? '100755' : '100644',
      oid: await git.writeBlob({ fs, gitdir, blob: file.content }),
    });
  }
  for (const [path, child] of directory.directories) {
    tree.push({
      path,
      type: 'tree',
      mode: '040000',
      oid: await writeDirectory(gitdir, child),
    });
  }
  return git.writeTree({ fs, gitdir, tree });
}

/** Git's HTTP over `fetch`, which can be stopped by a signal. */
function fetchClient(signal: AbortSignal): HttpClient {
  return {
    async request({ url, method = 'GET', headers = {}, body }) {
      const chunks: Uint8Array[] = [];
      for await (const chunk of body ?? []) {
        chunks.push(chunk);
      }
      const response = await fetch(url, {
        method,
        headers,
        redirect: 'error',
        ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
        signal,
      });
      return {
        url: response.url,
        method,
        statusCode: response.status,
        statusMessage: response.statusText,
        headers: Object.fromEntries(response.headers),
        body: singleChunk(new Uint8Array(await response.arrayBuffer())),
      };
    },
  };
}

async function* singleChunk(chunk: Uint8Array) {
  yield chunk;
}

function elsewhere(target: PushTarget, branch: string, commit: string): Error {
  return new ConflictError(
    `Branch '${branch}' of repository '${target.repository}' at '${target.host}' already points at ${commit}, which this set-up did not push: choose another repository name, or remove that branch`,
  );
}

const KNOWN_ERRORS = new Set(['ConflictError', 'InputError']);

function pushError(target: PushTarget, error: unknown): Error {
  if (error instanceof Error && KNOWN_ERRORS.has(error.name)) {
    return error;
  }
  const where = `repository '${target.repository}' at Git host '${target.host}'`;
  if (error instanceof git.Errors.HttpError) {
    switch (error.data.statusCode) {
      case 401:
        return new AuthenticationError(
          `Pushing to ${where} was refused (401): the token is wrong or has expired, replace it`,
        );
      case 403:
      case 404:
        return new NotAllowedError(
          `Pushing to ${where} was refused (${error.data.statusCode}): the account needs write access to the repository`,
        );
      default:
        return new ServiceUnavailableError(
          `Pushing to ${where} failed with status ${error.data.statusCode}: try again when the host is well`,
        );
    }
  }
  return new ServiceUnavailableError(
    `Pushing to ${where} failed (${describe(error).replaceAll(
      target.password,
      '[hidden]',
    )}): check that the host is up, then try again`,
  );
}
