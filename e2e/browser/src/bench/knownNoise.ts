// What Backstage's own parts write to the console, word for word.
const KNOWN: readonly string[] = [];

/** Whether a message of the console is Backstage's own, and nothing to mend here. */
export function isKnownNoise(text: string): boolean {
  return KNOWN.includes(text);
}
