import type { TLSSocket } from 'node:tls';
import type { Socket } from 'node:net';
import { type ErrorLike, isError, toError } from '@backstage/errors';
import {
  phrase,
  sayInEnglish,
  type Wording,
} from '@backstage-gitops/plugin-gitops-common';
import { Agent, buildConnector, fetch as undiciFetch } from 'undici';

/** Limits of one request, in milliseconds. @internal */
export interface SendLimits {
  connectMs: number;
  /** From the first attempt to connect to the last byte of the answer. */
  answerMs: number;
}

/** @internal */
export const DEFAULT_SEND_LIMITS: SendLimits = {
  connectMs: 5_000,
  answerMs: 15_000,
};

/** No byte of the request left: it may be sent again. @internal */
export class NotSentError extends Error {
  readonly wording: Wording;

  constructor(cause: unknown) {
    const wording = phrase('gitHostUnreached', { reason: reasonOf(cause) });
    super(sayInEnglish(wording), { cause });
    this.name = 'NotSentError';
    this.wording = wording;
  }
}

/** The host may have acted, and what it answered is not known. @internal */
export class AnswerLostError extends Error {
  readonly wording: Wording;

  constructor(cause: unknown) {
    const wording = phrase('gitHostBrokeOff', { reason: reasonOf(cause) });
    super(sayInEnglish(wording), { cause });
    this.name = 'AnswerLostError';
    this.wording = wording;
  }
}

const LARGEST_ANSWER = 64 * 1024;
const WITHOUT_BODY = new Set([204, 205, 304]);

/**
 * Sends a request exactly once, on a connection of its own: a kept one that the
 * host has closed meanwhile looks like a lost answer. Redirects are not followed,
 * and the answer is read to its end.
 *
 * @throws NotSentError when nothing was sent, AnswerLostError when that is not sure
 * @internal
 */
export async function sendOnce(
  url: string,
  request: { method: string; headers: Record<string, string>; body?: string },
  limits: SendLimits,
): Promise<Response> {
  let connected = false;
  const connect = buildConnector({ timeout: limits.connectMs });
  const agent = new Agent({
    connect: (options, done) =>
      connect(
        options,
        (...result: [Error, null] | [null, Socket | TLSSocket]) => {
          connected ||= result[0] === null;
          done(...result);
        },
      ),
  });
  try {
    const response = await undiciFetch(url, {
      ...request,
      redirect: 'manual',
      dispatcher: agent,
      signal: AbortSignal.timeout(limits.answerMs),
    });
    const text = await readText(response.body ?? []);
    return new Response(WITHOUT_BODY.has(response.status) ? null : text, {
      status: response.status,
      headers: [...response.headers],
    });
  } catch (error) {
    throw connected ? new AnswerLostError(error) : new NotSentError(error);
  } finally {
    await agent.destroy();
  }
}

async function readText(body: AsyncIterable<Uint8Array> | []): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > LARGEST_ANSWER) {
      throw new Error('the answer is too long');
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The innermost cause; the messages of `fetch` itself say nothing. */
function reasonOf(error: unknown): string | Wording {
  let known: ErrorLike = toError(error);
  while (isError(known.cause)) {
    known = known.cause;
  }
  if (known.name === 'TimeoutError') {
    return phrase('gitHostTimedOut');
  }
  const { code } = known as { code?: unknown };
  return typeof code === 'string' ? code : known.message;
}
