/** Writes milliseconds as people read them: `0.4 sec`, `12 sec`, `2 min 5 sec`. */
export function formatDuration(milliseconds: number, locale?: string): string {
  const seconds = Math.max(0, milliseconds) / 1000;
  if (seconds < 60) {
    return unit(seconds, 'second', locale, seconds < 10 ? 1 : 0);
  }
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) {
    return `${unit(minutes, 'minute', locale)} ${unit(
      whole % 60,
      'second',
      locale,
    )}`;
  }
  return `${unit(Math.floor(minutes / 60), 'hour', locale)} ${unit(
    minutes % 60,
    'minute',
    locale,
  )}`;
}

function unit(
  value: number,
  name: 'second' | 'minute' | 'hour',
  locale: string | undefined,
  digits = 0,
): string {
  return new Intl.NumberFormat(locale, {
    style: 'unit',
    unit: name,
    unitDisplay: 'short',
    maximumFractionDigits: digits,
  }).format(value);
}
