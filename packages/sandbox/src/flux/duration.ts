const UNITS: Record<string, number> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
};

/**
 * Milliseconds of a duration as Flux writes it in specifications, for example `1m30s`.
 *
 * @returns `fallback` when there is none or it is malformed
 */
export function parseDuration<T>(text: unknown, fallback: T): number | T {
  if (typeof text !== 'string') {
    return fallback;
  }
  const parts = [...text.matchAll(/([0-9]+(?:\.[0-9]+)?)(ms|s|m|h)/g)];
  if (parts.length === 0 || parts.map(part => part[0]).join('') !== text) {
    return fallback;
  }
  return parts.reduce(
    (sum, [, number, unit]) => sum + Number(number) * UNITS[unit],
    0,
  );
}

/** A duration as Go prints it: `5m0s`, `1.25s`, `30ms`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1_000) {
    return milliseconds === 0 ? '0s' : `${milliseconds}ms`;
  }
  const hours = Math.floor(milliseconds / UNITS.h);
  const minutes = Math.floor((milliseconds % UNITS.h) / UNITS.m);
  const seconds = (milliseconds % UNITS.m) / UNITS.s;
  if (hours > 0) {
    return `${hours}h${minutes}m${seconds}s`;
  }
  return minutes > 0 ? `${minutes}m${seconds}s` : `${seconds}s`;
}
