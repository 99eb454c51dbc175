const UNITS: Record<string, number> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

const TERM = /(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g;

/**
 * Reads a duration as Go's `time.ParseDuration` does, for example `10m0s`.
 *
 * @returns Milliseconds, or undefined when the text is not a duration.
 * @public
 */
export function parseGoDuration(text: string | undefined): number | undefined {
  if (text === undefined) {
    return undefined;
  }
  if (/^[+-]?0$/.test(text)) {
    return 0;
  }
  const sign = text.startsWith('-') ? -1 : 1;
  const unsigned = text.replace(/^[+-]/, '');
  let milliseconds = 0;
  let read = 0;
  for (const [term, amount, unit] of unsigned.matchAll(TERM)) {
    milliseconds += Number(amount) * UNITS[unit];
    read += term.length;
  }
  // Terms that do not add up to the whole text leave something unreadable.
  if (read === 0 || read !== unsigned.length) {
    return undefined;
  }
  return sign * milliseconds;
}
