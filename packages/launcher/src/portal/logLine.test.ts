import { parseLogLine } from './logLine';

describe('parseLogLine', () => {
  it('takes a line of the logger apart, coloured or not', () => {
    const line = {
      text: '2026-01-31T12:00:00.123Z gitops warn Cluster is away cluster="a"',
      plugin: 'gitops',
      level: 'warn',
      message: 'Cluster is away cluster="a"',
    };
    expect(parseLogLine(line.text)).toEqual(line);
    expect(
      parseLogLine(
        '\u001b[2m2026-01-31T12:00:00.123Z\u001b[22m \u001b[34mgitops\u001b[39m \u001b[33mwarn\u001b[39m Cluster is away \u001b[36mcluster\u001b[39m="a"',
      ),
    ).toEqual(line);
  });

  it.each([
    '    at Object.<anonymous> (src/index.ts:1:1)',
    'warn: not one of the logger',
    '',
  ])('keeps any other line as it is: %j', text => {
    expect(parseLogLine(text)).toEqual({ text, message: text });
  });
});
