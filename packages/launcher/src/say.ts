/** Tells a person what goes on, beside the output proper. */
export function say(text: string): void {
  process.stderr.write(`[dev] ${text}\n`);
}
