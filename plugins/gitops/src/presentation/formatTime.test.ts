import { formatDistance } from './formatTime';

describe('formatDistance', () => {
  it.each([
    [0, 'now'],
    [-900, 'now'],
    [-59_999, '59 seconds ago'],
    [-60_000, '1 minute ago'],
    [-7_200_000, '2 hours ago'],
    [40 * 86_400_000, 'in 1 month'],
    [-800 * 86_400_000, '2 years ago'],
  ])('tells %d ms as %s', (milliseconds, words) => {
    expect(formatDistance(milliseconds, 'en')).toBe(words);
  });

  it('speaks the language of the reader', () => {
    expect(formatDistance(-120_000, 'de')).toBe('vor 2 Minuten');
  });
});
