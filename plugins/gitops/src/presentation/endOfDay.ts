import { DateTime } from 'luxon';

/** A token lives through the whole of the day that its host names. */
export function endOfDay(day: string): DateTime | undefined {
  const date = DateTime.fromISO(day);
  return day && date.isValid ? date.endOf('day') : undefined;
}
