import { toError } from '@backstage/errors';

const DEADLINE_MS = 20_000;
/** A hundred thousand references. */
const LARGEST_ANSWER = 16 * 1024 * 1024;
const ADVERTISEMENT = 'application/x-git-upload-pack-advertisement';

/** What a Git host says to the first request of a fetch. @internal */
export type RemoteRefs =
  | { kind: 'refs'; refs: ReadonlyMap<string, string> }
  | { kind: 'status'; status: number }
  | { kind: 'redirect'; to: string }
  /** Something answered that is no Git host. */
  | { kind: 'strange' }
  | { kind: 'insecure'; reason: string }
  | { kind: 'unreachable'; reason: string };

/**
 * Asks for the references of a repository as Flux will: Git's smart HTTP, protocol
 * version 0, basic auth. A redirect is not followed, since the credential is for
 * the host that was asked.
 *
 * @param url - Without a credential, as in the source
 * @internal
 */
export async function listRemoteRefs(
  url: string,
  credential: { username: string; password: string },
  options: { signal?: AbortSignal; deadlineMs?: number } = {},
): Promise<RemoteRefs> {
  const { signal, deadlineMs = DEADLINE_MS } = options;
  const deadline = AbortSignal.timeout(deadlineMs);
  const basic = Buffer.from(
    `${credential.username}:${credential.password}`,
  ).toString('base64');
  try {
    const response = await fetch(
      `${url.replace(/\/$/, '')}/info/refs?service=git-upload-pack`,
      {
        headers: { authorization: `Basic ${basic}` },
        redirect: 'manual',
        signal: signal ? AbortSignal.any([signal, deadline]) : deadline,
      },
    );
    if (response.status >= 300 && response.status < 400) {
      await response.body?.cancel();
      return { kind: 'redirect', to: hostOf(response, url) };
    }
    if (!response.ok) {
      await response.body?.cancel();
      return { kind: 'status', status: response.status };
    }
    const refs = response.headers.get('content-type')?.startsWith(ADVERTISEMENT)
      ? parseAdvertisement(await readBody(response))
      : undefined;
    await response.body?.cancel().catch(() => {});
    return refs ? { kind: 'refs', refs } : { kind: 'strange' };
  } catch (error) {
    signal?.throwIfAborted();
    if (deadline.aborted) {
      return {
        kind: 'unreachable',
        reason: `no answer within ${deadlineMs / 1000} s`,
      };
    }
    // `fetch` hides what happened behind "fetch failed".
    const cause = (error as { cause?: unknown }).cause ?? error;
    const { code = '' } = cause as { code?: string };
    const reason = code || toError(cause).message;
    return /CERT|SELF_SIGNED|UNABLE_TO_|TLS|SSL|EPROTO/.test(code)
      ? { kind: 'insecure', reason }
      : { kind: 'unreachable', reason };
  }
}

function hostOf(response: Response, from: string): string {
  const location = response.headers.get('location') ?? '';
  return URL.canParse(location, from) ? new URL(location, from).host : '';
}

async function readBody(response: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.length;
    if (size > LARGEST_ANSWER) {
      break;
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * Reads packet lines (gitprotocol-http, "Smart Server Response").
 *
 * @returns commits by reference, undefined for what is no advertisement
 */
function parseAdvertisement(body: Buffer): Map<string, string> | undefined {
  const refs = new Map<string, string>();
  let offset = 0;
  let service = false;
  while (offset + 4 <= body.length) {
    const length = Number.parseInt(
      body.toString('latin1', offset, offset + 4),
      16,
    );
    if (Number.isNaN(length)) {
      return undefined;
    }
    if (length < 4) {
      offset += 4;
      continue;
    }
    const line = body.toString('utf8', offset + 4, offset + length).trimEnd();
    offset += length;
    if (line === '# service=git-upload-pack') {
      service = true;
      continue;
    }
    const [, commit, ref] = /^([0-9a-f]{40,64}) ([^\0]+)/.exec(line) ?? [];
    // An empty repository has one line, of capabilities and no commit.
    if (commit && ref && ref !== 'capabilities^{}') {
      refs.set(ref, commit);
    }
  }
  return service ? refs : undefined;
}
