import { toError } from '@backstage/errors';
import {
  phrase,
  sayInEnglish,
  type SentenceId,
  type Wording,
} from '@backstage-gitops/plugin-gitops-common';
import { wordingOf } from './wordedError';

/**
 * What people are told of a credential, a connection or a cluster.
 *
 * @internal
 */
export interface Notice {
  message: string;
  /** What it says, for other languages; absent for the words of others. */
  wording?: Wording;
}

/** A sentence of the portal's own. @internal */
export function notice(
  id: SentenceId,
  values?: Wording['values'],
): Required<Notice> {
  const wording = phrase(id, values);
  return { message: sayInEnglish(wording), wording };
}

/**
 * What is stored of a notice, both parts of it: written again, or for nothing at
 * all, neither keeps what it was before.
 *
 * A portal of before the wordings writes messages alone. The wording that it leaves
 * beside one is of another message, and is not told.
 *
 * @internal
 */
export function noticeOf({ message, wording }: Partial<Notice>): {
  message: string | undefined;
  wording: Wording | undefined;
} {
  const belongs = wording && sayInEnglish(wording) === message;
  return { message, wording: belongs ? wording : undefined };
}

/** Words of others as they are, the portal's own in English. @internal */
export function inEnglish(words: string | Wording): string {
  return typeof words === 'string' ? words : sayInEnglish(words);
}

/** What an error says. @internal */
export function noticeOfError(thrown: unknown): Notice {
  const error = toError(thrown);
  return { message: error.message, wording: wordingOf(error) };
}
