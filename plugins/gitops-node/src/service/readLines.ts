/** Longest line that is accepted, in characters. */
const MAX_LINE = 1024 * 1024;

/**
 * Splits a body into lines. Chunks may end anywhere, also inside a character.
 * What follows the last line break is not a line: it was cut.
 *
 * @returns the cut-off remainder, empty after a clean end
 */
export async function* readLines(
  body: AsyncIterable<Uint8Array>,
): AsyncGenerator<string, string> {
  const decoder = new TextDecoder('utf-8');
  let pending = '';
  for await (const chunk of body) {
    pending += decoder.decode(chunk, { stream: true });
    let end = pending.indexOf('\n');
    while (end >= 0) {
      const line = pending.slice(0, end).trim();
      pending = pending.slice(end + 1);
      if (line) {
        yield line;
      }
      end = pending.indexOf('\n');
    }
    if (pending.length > MAX_LINE) {
      throw new Error(`a line is longer than ${MAX_LINE} characters`);
    }
  }
  return (pending + decoder.decode()).trim();
}
