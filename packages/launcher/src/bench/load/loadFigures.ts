import type { Figure } from '../Figure';
import type { LoadResult } from './LoadResult';

/** What a run came to, beside what the product aims at. */
export function loadFigures(result: LoadResult): Figure[] {
  const { firstSync, readable, visible, reads, steady, rowWrites } = result;
  const figures: Figure[] = [
    {
      name: `first sync of ${result.objects} objects`,
      value: firstSync.ms,
      unit: 'ms',
      target: 15_000,
    },
    {
      name: 'event-loop lag meanwhile, p99',
      value: firstSync.eventLoopP99Ms,
      unit: 'ms',
      target: 100,
    },
    {
      name: 'extra memory',
      // Two starts of a portal differ by more than a few objects take.
      value: Math.max(0, firstSync.extraMemoryMb),
      unit: 'MB',
      target: 150,
    },
    {
      name: 'commit to readable, p50',
      value: readable.p50,
      unit: 'ms',
      target: 50,
    },
    {
      name: 'commit to readable, p99',
      value: readable.p99,
      unit: 'ms',
      target: 500,
    },
    {
      name: 'commit to seen by a viewer, p99',
      value: visible.p99,
      unit: 'ms',
      target: 1500,
    },
    {
      name: 'changes never seen by a viewer',
      value: result.unseenChanges,
      unit: '',
      target: 0,
    },
    ...reads.flatMap(({ askedPerSecond, answeredPerSecond, p99, failed }) => [
      {
        name: `REST read p99, ${askedPerSecond} a second asked, ${Math.round(
          answeredPerSecond,
        )} answered`,
        value: p99,
        unit: 'ms',
        target: 50,
      },
      ...(failed > 0
        ? [
            {
              name: `failed reads of ${askedPerSecond} a second`,
              value: failed,
              unit: '',
              target: 0,
            },
          ]
        : []),
    ]),
    {
      name: 'event-loop lag under load, p99',
      value: steady.eventLoopP99Ms,
      unit: 'ms',
      target: 100,
    },
  ];
  if (result.burst) {
    figures.push({
      name: 'changes of the burst never seen by a viewer',
      value: result.burst.unseenChanges,
      unit: '',
      target: 0,
    });
  }
  if (rowWrites) {
    figures.push({
      name: 'rows of state written per changed object',
      // History is another matter: a deployment is kept because it happened.
      value:
        (rowWrites.tables.gitops_resources ?? 0) +
        (rowWrites.tables.projects ?? 0),
      unit: '',
      target: 1.05,
    });
  }
  return figures;
}
