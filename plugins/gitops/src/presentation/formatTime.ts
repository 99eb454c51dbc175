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

const HOUR = { timeStyle: 'short' } as const;
const DAY_AND_HOUR = { dateStyle: 'medium', timeStyle: 'short' } as const;
const FULL = { dateStyle: 'long', timeStyle: 'long' } as const;

/**
 * How far a moment is from another one, in the largest unit that fits:
 * `3 minutes ago`, `in 2 days`, `now`.
 *
 * @param milliseconds - below zero for what has passed
 */
export function formatDistance(milliseconds: number, locale?: string): string {
  const [unit, length] =
    UNITS.find(([, each]) => Math.abs(milliseconds) >= each) ??
    UNITS[UNITS.length - 1];
  const number = Math.trunc(milliseconds / length);
  return formatterOf(
    Intl.RelativeTimeFormat,
    locale,
    // "Now" says it better than "0 seconds ago"; "yesterday" would say it worse.
    number === 0 ? { numeric: 'auto' } : undefined,
  ).format(number, unit);
}

/** A moment in the reader's zone and words; the hour alone where it is today. */
export function formatTime(time: string, locale?: string): string {
  const then = new Date(time);
  const isToday = then.toDateString() === new Date().toDateString();
  return formatterOf(
    Intl.DateTimeFormat,
    locale,
    isToday ? HOUR : DAY_AND_HOUR,
  ).format(then);
}

/** A moment to the second, with its zone. */
export function formatFullTime(time: string, locale?: string): string {
  return formatterOf(Intl.DateTimeFormat, locale, FULL).format(new Date(time));
}

/**
 * How long ago something was reported. Clocks differ by a little: nothing that was
 * reported lies in the future.
 *
 * @param now - milliseconds, by the clock that the report is of
 */
export function formatAge(time: string, now: number, locale?: string): string {
  return formatDistance(-Math.max(0, now - Date.parse(time)), locale);
}

const made = new Map<unknown, Map<string, unknown>>();

/** Making one costs a hundred times what using it does: each is made once. */
function formatterOf<Options, Formatter>(
  Kind: new (locale?: string, options?: Options) => Formatter,
  locale: string | undefined,
  options?: Options & object,
): Formatter {
  const kinds = made.get(Kind) ?? new Map<string, unknown>();
  made.set(Kind, kinds);
  const key = `${locale} ${JSON.stringify(options)}`;
  const found = (kinds.get(key) as Formatter) ?? new Kind(locale, options);
  kinds.set(key, found);
  return found;
}
