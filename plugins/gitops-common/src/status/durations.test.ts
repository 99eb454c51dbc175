import { parseGoDuration } from './durations';

describe('parseGoDuration', () => {
  it.each([
    ['10m0s', 600_000],
    ['1h2m3.5s', 3_723_500],
    ['90s', 90_000],
    ['1.5h', 5_400_000],
    ['.5s', 500],
    ['250ms', 250],
    ['3µs', 0.003],
    ['0', 0],
    ['0s', 0],
    ['-1m', -60_000],
    ['+1m', 60_000],
  ])('reads %s as %d ms', (text, milliseconds) => {
    expect(parseGoDuration(text)).toBeCloseTo(milliseconds, 9);
  });

  it.each([undefined, '', '10', 's', '10 m', '1d', '10m0', 'x10m', '1m-2s'])(
    'does not read %s',
    text => {
      expect(parseGoDuration(text)).toBeUndefined();
    },
  );
});
