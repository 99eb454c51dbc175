import type { ResourceStatus } from '@backstage-gitops/plugin-gitops-common';
import type { StatusFixture } from '@backstage-gitops/status-fixtures';
import { PEERS } from './peers';

/** How a wrong answer misleads. */
export const MISTAKES = [
  'called ready, is not',
  'called in progress, has failed',
  'called failed, is not',
  'other',
] as const;

export type Mistake = (typeof MISTAKES)[number];

const FAILED: ResourceStatus[] = ['failed', 'stalled'];

/**
 * What is wrong with an answer. `failed` and `stalled` count as the same word,
 * and who says `unknown` of something under way misleads nobody.
 *
 * @returns Undefined for a right answer.
 */
export function mistakeOf(
  shown: ResourceStatus,
  truth: ResourceStatus,
): Mistake | undefined {
  const failed = FAILED.includes(truth);
  if (
    shown === truth ||
    (failed && FAILED.includes(shown)) ||
    (truth === 'reconciling' && shown === 'unknown')
  ) {
    return undefined;
  }
  if (shown === 'ready') {
    return 'called ready, is not';
  }
  if (failed && shown === 'reconciling') {
    return 'called in progress, has failed';
  }
  return FAILED.includes(shown) ? 'called failed, is not' : 'other';
}

/** One recorded moment, and what every tool shows of it. */
export interface Comparison {
  fixture: StatusFixture;
  answers: { shown: ResourceStatus; mistake?: Mistake }[];
}

export function compareTools(fixtures: Iterable<StatusFixture>): Comparison[] {
  return [...fixtures].map(fixture => ({
    fixture,
    answers: PEERS.map(({ show }) => {
      const shown = show(fixture);
      return { shown, mistake: mistakeOf(shown, fixture.expected.status) };
    }),
  }));
}
