// The card is on every entity page: what the browser formats by itself weighs
// nothing there.

/** Milliseconds of the units that ages are told in, largest first. */
const UNITS = [
  ['year', 365 * 86_400_000],
  ['month', 30 * 86_400_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const;

/**
 * How far a moment is from another one, in the largest unit that fits:
 * `3 minutes ago`, `in 2 days`.
 *
 * @param milliseconds - below zero for what has passed
 */
export function formatDistance(milliseconds: number, locale?: string): string {
  const [unit, length] =
    UNITS.find(([, each]) => Math.abs(milliseconds) >= each) ??
    UNITS[UNITS.length - 1];
  const number = Math.trunc(milliseconds / length);
  return new Intl.RelativeTimeFormat(locale).format(
    // Zero would be told as what comes.
    number === 0 && milliseconds <= 0 ? -0 : number,
    unit,
  );
}

/** A moment in the reader's zone and words; the hour alone where it is today. */
export function formatTime(time: string, locale?: string): string {
  const then = new Date(time);
  const isToday = then.toDateString() === new Date().toDateString();
  return new Intl.DateTimeFormat(locale, {
    dateStyle: isToday ? undefined : 'medium',
    timeStyle: 'short',
  }).format(then);
}

/** A moment to the second, with its zone. */
export function formatFullTime(time: string, locale?: string): string {
  return new Intl.DateTimeFormat(locale, {
    dateStyle: 'long',
    timeStyle: 'long',
  }).format(new Date(time));
}
