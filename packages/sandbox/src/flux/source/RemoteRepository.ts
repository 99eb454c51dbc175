import { existsSync } from 'node:fs';
import { GitCommandError, runGit } from '../../git/git';
import { AuthOptions } from './authOptions';
import { RemoteError } from './RemoteError';

/** Name of a reference -> commit or tag object. */
export type Refs = Map<string, string>;

const DIALLING: Record<string, string> = {
  ECONNREFUSED: 'connect: connection refused',
  ECONNRESET: 'read: connection reset by peer',
  EHOSTUNREACH: 'connect: no route to host',
  ENETUNREACH: 'connect: network is unreachable',
  ETIMEDOUT: 'i/o timeout',
  UND_ERR_CONNECT_TIMEOUT: 'i/o timeout',
};

interface Cause {
  name?: string;
  code?: string;
  message?: string;
  cause?: unknown;
  errors?: unknown[];
}

/** An error and what is behind it; of several attempts at a connection the first. */
function causes(error: unknown): Cause[] {
  const chain: Cause[] = [];
  let current: unknown = error;
  while (typeof current === 'object' && current !== null && chain.length < 5) {
    const cause: Cause = current;
    chain.push(cause);
    current = cause.errors?.[0] ?? cause.cause;
  }
  return chain;
}

/** The words Go has for a request that got no answer. */
function describeNetworkError(url: URL, error: unknown): string {
  const chain = causes(error);
  if (
    chain.some(({ name }) => name === 'TimeoutError' || name === 'AbortError')
  ) {
    return 'context deadline exceeded';
  }
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  const codes = chain.map(({ code }) => code ?? '');
  if (codes.some(code => code === 'ENOTFOUND' || code === 'EAI_AGAIN')) {
    return `dial tcp: lookup ${url.hostname}: no such host`;
  }
  const code = codes.find(candidate => DIALLING[candidate]);
  if (code) {
    return `dial tcp ${url.hostname}:${port}: ${DIALLING[code]}`;
  }
  const last = chain[chain.length - 1];
  return /certificate|self.signed/i.test(last?.message ?? '')
    ? `tls: failed to verify certificate: x509: ${last.message}`
    : last?.message ?? 'unknown error';
}

function parsePacketLines(body: Buffer): string[] {
  const lines: string[] = [];
  let at = 0;
  while (at + 4 <= body.length) {
    const length = parseInt(body.toString('latin1', at, at + 4), 16);
    if (Number.isNaN(length)) {
      throw new RemoteError('pkt-line 1: invalid pkt-len found');
    }
    if (length < 4) {
      at += 4;
      continue;
    }
    lines.push(body.toString('utf8', at + 4, at + length).replace(/\n$/, ''));
    at += length;
  }
  return lines;
}

/** One Git repository at an HTTP address, as go-git sees it. */
export class RemoteRepository {
  constructor(
    private readonly url: string,
    private readonly auth: AuthOptions,
    private readonly signal: AbortSignal,
  ) {}

  /**
   * References that the repository advertises.
   *
   * @returns an empty map for an empty repository
   * @throws RemoteError
   */
  async listRefs(): Promise<Refs> {
    const address = new URL(this.url);
    const shown = `${this.url.replace(
      /\/\/[^/@]*@/,
      '//',
    )}/info/refs?service=git-upload-pack`;
    address.username = '';
    address.password = '';
    address.pathname = `${address.pathname.replace(/\/$/, '')}/info/refs`;
    address.search = '?service=git-upload-pack';
    let response: Response;
    let body: Buffer;
    try {
      response = await fetch(address, {
        headers: {
          accept: '*/*',
          'user-agent': 'git/2.0 (sandbox source-controller)',
          ...(this.auth.authorization
            ? { authorization: this.auth.authorization }
            : {}),
        },
        signal: this.signal,
      });
      body = Buffer.from(await response.arrayBuffer());
    } catch (error) {
      throw new RemoteError(
        `Get "${shown}": ${describeNetworkError(address, error)}`,
      );
    }
    const text = body.toString('utf8');
    switch (response.status) {
      case 200:
        break;
      case 401:
        throw new RemoteError(`authentication required: ${text}`);
      case 403:
        throw new RemoteError(`authorization failed: ${text}`);
      case 404:
        throw new RemoteError(`repository not found: ${text}`);
      default:
        throw new RemoteError(
          `unexpected client error: unexpected requesting "${shown}" status code: ${response.status}`,
        );
    }
    const refs: Refs = new Map();
    for (const line of parsePacketLines(body)) {
      const [, id, name] =
        /^([0-9a-f]{40}) ([^\0]+)(?:\0.*)?$/s.exec(line) ?? [];
      if (id && name && name !== 'capabilities^{}') {
        refs.set(name, id);
      }
    }
    return refs;
  }

  /**
   * Brings one reference, or everything, into a bare repository on this machine.
   *
   * @throws RemoteError
   */
  async fetch(gitDir: string, refspecs: readonly string[], depth?: number) {
    if (!existsSync(gitDir)) {
      await runGit(['init', '--quiet', '--bare', gitDir]);
    }
    const { authorization } = this.auth;
    // Handed over by environment, since arguments can be read by every process.
    const env: Record<string, string> = authorization
      ? {
          GIT_CONFIG_COUNT: '1',
          GIT_CONFIG_KEY_0: 'http.extraHeader',
          GIT_CONFIG_VALUE_0: `Authorization: ${authorization}`,
        }
      : {};
    const url = new URL(this.url);
    url.username = '';
    url.password = '';
    try {
      await runGit(
        [
          'fetch',
          '--quiet',
          '--force',
          '--no-tags',
          '--no-write-fetch-head',
          '--no-auto-gc',
          ...(depth ? [`--depth=${depth}`] : []),
          url.toString(),
          ...refspecs,
        ],
        { gitDir, env, signal: this.signal },
      );
    } catch (error) {
      if (error instanceof GitCommandError) {
        throw new RemoteError(error.stderr.trim() || error.message);
      }
      if (causes(error)[0]?.name === 'AbortError') {
        throw new RemoteError('context deadline exceeded');
      }
      throw error;
    }
  }
}
