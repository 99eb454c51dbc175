import { phrase } from '@backstage-gitops/plugin-gitops-common';
import { wordedError } from '../words/wordedError';

/** A watch event of a large object is about 3 MB at most (etcd limits 1.5). */
const MAX_LINE_BYTES = 16 * 1024 * 1024;
const NEWLINE = 0x0a;

/** The stream is not what a watch writes. @internal */
export class MalformedStreamError extends Error {
  override name = 'MalformedStreamError';
}

/** @internal */
export function malformedLine(
  how: `clusterLine${'Endless' | 'NotUtf8' | 'NotJson' | 'Unknown'}`,
): MalformedStreamError {
  return wordedError(MalformedStreamError, phrase(how));
}

/**
 * Splits a body into lines. It splits bytes, not text, so that a character
 * that arrives in two pieces stays whole. A last line without an end is what a
 * torn connection leaves behind; it is dropped.
 *
 * @throws MalformedStreamError when a line is not UTF-8 or has no end.
 * @internal
 */
export async function* readLines(
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let pieces: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body) {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(NEWLINE, start);
      const piece = chunk.subarray(start, end < 0 ? undefined : end);
      pieces.push(piece);
      length += piece.length;
      if (length > MAX_LINE_BYTES) {
        throw malformedLine('clusterLineEndless');
      }
      if (end < 0) {
        break;
      }
      const line = pieces.length === 1 ? piece : Buffer.concat(pieces, length);
      pieces = [];
      length = 0;
      start = end + 1;
      if (line.length > 0) {
        yield decode(decoder, line);
      }
    }
  }
}

function decode(decoder: TextDecoder, line: Uint8Array): string {
  try {
    return decoder.decode(line);
  } catch {
    throw malformedLine('clusterLineNotUtf8');
  }
}
