import { spawn } from 'node:child_process';

/** A `git` command that ended with an error. */
export class GitCommandError extends Error {
  constructor(
    readonly subcommand: string,
    readonly exitCode: number | null,
    readonly stderr: string,
  ) {
    super(`git ${subcommand} failed: ${stderr.trim() || `exit ${exitCode}`}`);
    this.name = 'GitCommandError';
  }
}

/** Options of {@link runGit}. */
export interface RunGitOptions {
  /** Directory of a bare repository. */
  gitDir?: string;
  env?: Record<string, string>;
  input?: string | Buffer;
  signal?: AbortSignal;
}

/**
 * Environment in which the machine's own Git settings, hooks and credential
 * helpers have no say, so that the sandbox behaves the same everywhere.
 */
export function gitEnvironment(
  extra: Record<string, string> = {},
): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    LC_ALL: 'C',
    TZ: 'UTC',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_OPTIONAL_LOCKS: '0',
    ...extra,
  };
}

/**
 * Runs `git` to its end.
 *
 * @returns standard output
 * @throws GitCommandError when it exits with anything but 0
 */
export async function runGit(
  args: readonly string[],
  options: RunGitOptions = {},
): Promise<Buffer> {
  return await new Promise((resolve, reject) => {
    const child = spawn(
      'git',
      options.gitDir ? [`--git-dir=${options.gitDir}`, ...args] : [...args],
      { env: gitEnvironment(options.env), signal: options.signal },
    );
    const out: Buffer[] = [];
    const err: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    child.on('error', reject);
    child.on('close', code => {
      if (code === 0) {
        resolve(Buffer.concat(out));
      } else {
        reject(
          new GitCommandError(
            args.find(arg => !arg.startsWith('-')) ?? '',
            code,
            Buffer.concat(err).toString('utf8'),
          ),
        );
      }
    });
    // A command that ends before it has read its input is judged by its exit code.
    child.stdin.on('error', () => {});
    child.stdin.end(options.input);
  });
}
