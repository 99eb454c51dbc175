import { readFixtures } from '@backstage-gitops/status-fixtures';
import { compareTools, mistakeOf } from './compareTools';
import { PEERS } from './peers';

describe('the comparison of tools', () => {
  it('names how an answer misleads, and lets honest ignorance pass', () => {
    expect(mistakeOf('ready', 'failed')).toBe('called ready, is not');
    expect(mistakeOf('reconciling', 'stalled')).toBe(
      'called in progress, has failed',
    );
    expect(mistakeOf('failed', 'reconciling')).toBe('called failed, is not');
    expect(mistakeOf('reconciling', 'ready')).toBe('other');
    expect(mistakeOf('stalled', 'failed')).toBeUndefined();
    expect(mistakeOf('unknown', 'reconciling')).toBeUndefined();
    expect(mistakeOf('unknown', 'failed')).toBe('other');
  });

  it('finds nothing that we show wrongly, and something with every other rule', async () => {
    const comparisons = compareTools((await readFixtures()).values());
    const mistakes = PEERS.map((_, index) =>
      comparisons.filter(({ answers }) => answers[index].mistake),
    );
    const ours = mistakes.pop();
    expect(ours).toEqual([]);
    for (const theirs of mistakes) {
      expect(theirs.length).toBeGreaterThan(0);
    }
  });
});
