import { DateTime } from 'luxon';
import { useClockOffset } from '../../hooks/useClockOffset';
import { useLocale } from '../../hooks/useLocale';
import { useTick } from '../../hooks/useTick';

export interface RelativeTimeProps {
  /** RFC 3339, by the portal's clock. */
  time: string;
}

/** "3 minutes ago", ticking, with the absolute time behind it. */
export function RelativeTime({ time }: RelativeTimeProps) {
  const locale = useLocale();
  const text = useRelativeTime(time);
  const absolute = DateTime.fromISO(time, { locale }).toLocaleString(
    DateTime.DATETIME_FULL_WITH_SECONDS,
  );
  return (
    <time dateTime={time} title={absolute}>
      {text}
    </time>
  );
}

/** The hour, with the date where that is another day; its age behind it. */
export function ClockTime({ time }: RelativeTimeProps) {
  const locale = useLocale();
  const age = useRelativeTime(time);
  const then = DateTime.fromISO(time, { locale });
  const format = then.hasSame(DateTime.now(), 'day')
    ? DateTime.TIME_SIMPLE
    : DateTime.DATETIME_MED;
  return (
    <time dateTime={time} title={age}>
      {then.toLocaleString(format)}
    </time>
  );
}

/** "In 3 days" or "3 days ago", for what has an end. */
export function Deadline({ time }: RelativeTimeProps) {
  const locale = useLocale();
  const text = useDeadline(time);
  const absolute = DateTime.fromISO(time, { locale }).toLocaleString(
    DateTime.DATETIME_FULL,
  );
  return (
    <time dateTime={time} title={absolute}>
      {text}
    </time>
  );
}

/** The words of {@link Deadline}. */
export function useDeadline(time: string | undefined): string {
  const offset = useClockOffset();
  const locale = useLocale();
  useTick(60_000);
  const base = DateTime.fromMillis(Date.now() + offset);
  return time ? DateTime.fromISO(time).toRelative({ base, locale }) ?? '' : '';
}

/** The words of {@link RelativeTime}, for use inside a sentence. */
export function useRelativeTime(time: string | undefined): string {
  const offset = useClockOffset();
  const locale = useLocale();
  const now = Date.now();
  const then = time ? Date.parse(time) : NaN;
  const age = Math.max(0, now + offset - then);
  // Seconds are only worth ticking while they are what is shown.
  useTick(age < 60_000 ? 1_000 : 15_000);
  if (Number.isNaN(then)) {
    return '';
  }
  const shown = DateTime.fromMillis(then);
  // Clocks differ by a little: nothing that was reported lies in the future.
  const base = DateTime.fromMillis(Math.max(now + offset, then));
  return shown.toRelative({ base, locale }) ?? shown.toISO() ?? '';
}
