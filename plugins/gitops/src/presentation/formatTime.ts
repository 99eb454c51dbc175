import { DateTime } from 'luxon';

/** A moment in the reader's zone and words; the hour alone where it is today. */
export function formatTime(time: string, locale?: string): string {
  const then = DateTime.fromISO(time, { locale });
  return then.toLocaleString(
    then.hasSame(DateTime.now(), 'day')
      ? DateTime.TIME_SIMPLE
      : DateTime.DATETIME_MED,
  );
}
