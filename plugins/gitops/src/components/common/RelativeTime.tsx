import { useClockOffset } from '../../hooks/useClockOffset';
import { useLocale } from '../../hooks/useLocale';
import { useTick } from '../../hooks/useTick';
import {
  formatAge,
  formatDistance,
  formatFullTime,
  formatTime,
} from '../../presentation/formatTime';

export interface RelativeTimeProps {
  /** RFC 3339, by the portal's clock. */
  time: string;
}

/** "3 minutes ago", ticking, with the absolute time behind it. */
export function RelativeTime({ time }: RelativeTimeProps) {
  const locale = useLocale();
  const text = useRelativeTime(time);
  return (
    <time dateTime={time} title={formatFullTime(time, locale)}>
      {text}
    </time>
  );
}

/** The hour, with the date where that is another day; its age behind it. */
export function ClockTime({ time }: RelativeTimeProps) {
  const locale = useLocale();
  const age = useRelativeTime(time);
  return (
    <time dateTime={time} title={age}>
      {formatTime(time, locale)}
    </time>
  );
}

/** "In 3 days" or "3 days ago", for what has an end. */
export function Deadline({ time }: RelativeTimeProps) {
  const locale = useLocale();
  const text = useDeadline(time);
  return (
    <time dateTime={time} title={formatFullTime(time, locale)}>
      {text}
    </time>
  );
}

/** The words of {@link Deadline}. */
export function useDeadline(time: string | undefined): string {
  const offset = useClockOffset();
  const locale = useLocale();
  useTick(60_000);
  const left = time ? Date.parse(time) - (Date.now() + offset) : NaN;
  return Number.isNaN(left) ? '' : formatDistance(left, locale);
}

/** The words of {@link RelativeTime}, for use inside a sentence. */
export function useRelativeTime(time: string | undefined): string {
  const offset = useClockOffset();
  const locale = useLocale();
  const now = Date.now() + offset;
  // Seconds are only worth ticking while they are what is shown.
  useTick(time && now - Date.parse(time) < 60_000 ? 1_000 : 15_000);
  return time ? formatAge(time, now, locale) : '';
}
