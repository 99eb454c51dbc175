import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { format } from 'prettier';
import { repositoryRoot } from '../../paths';
import { loadFigures } from './loadFigures';
import type { LoadResult, Use } from './LoadResult';
import type { Dimension, GrowthPoint } from './measureGrowth';
import { renderPlot } from './renderPlot';

const DOCS = join(repositoryRoot, 'docs/benchmarks');

const HEAP_NOISE = 5 * 1024 * 1024;

/** Where results are kept as they were measured. */
export const RESULTS_FOLDER = join(DOCS, 'results');
export const GROWTH_RESULT = 'growth.json';

/** What the figures of a machine with two cores are bounded by, profiled there. */
const LIMITS = `## Where an aim is missed, and what it takes

- **Reads.** A read costs the portal about 5 ms of one core, of which some 3 are Backstage's own: verifying the token, routing, compressing, a line of the log. One process answers some 100 to 200 of them a second, and later than aimed at when it is near that. More processes answer more: replicas share the clusters among them.
- **Changes.** A changed object costs about 1.7 ms: reading the event, judging it, writing state and history. One process takes in some 500 a second where it has a core for itself. What comes faster is coalesced per object and worked off in order: late, and nothing is lost. Here the process shares two cores with the twenty API servers, the database and the viewers, which is why it is late before that.
- **First sync.** It takes about 1.1 ms an object, so that 10,000 are there within the aim and 20,000 are not (see Growth).
- **Rows.** A row is written once for each thing that changes what is true of it; the state of a Kustomization changes with its source's new revision, too.`;

/**
 * Writes the page about the status engine anew from the results that are kept.
 *
 * @returns its path
 */
export async function writeStatusEnginePage(): Promise<string> {
  const files = await readdir(RESULTS_FOLDER);
  const runs: LoadResult[] = [];
  for (const file of files.filter(name => name.startsWith('status-')).sort()) {
    runs.push(JSON.parse(await readFile(join(RESULTS_FOLDER, file), 'utf8')));
  }
  const growth: GrowthPoint[] = files.includes(GROWTH_RESULT)
    ? JSON.parse(await readFile(join(RESULTS_FOLDER, GROWTH_RESULT), 'utf8'))
    : [];
  const sections = [
    '# The status engine under load',
    'Written by `./dev bench status` and `./dev bench growth` from the results they keep in `results/`. The load, the clusters, the database and the portal share the cores of one machine, so that every figure is one of a busy machine; staleness counts from the commit at the API server. The lag of the event loop during the first sync counts from the first row on: before that, the Kubernetes plugin of Backstage loads its client library at the first request that it forwards, which takes a second or two, once in the life of a process.',
    ...runs.map(renderRun),
    LIMITS,
  ];
  if (growth.length > 0) {
    sections.push(await renderGrowth(growth));
  }
  const path = join(DOCS, 'status-engine.md');
  await writeFile(
    path,
    format(`${sections.join('\n\n')}\n`, { parser: 'markdown' }),
  );
  return path;
}

function renderRun(result: LoadResult): string {
  const { burst, peer, ours, steady, rowWrites, firstSync } = result;
  const kept = firstSync.bytesPerObject * result.objects;
  const lines = [
    `## ${result.tier} on ${
      result.database === 'sqlite' ? 'SQLite' : 'PostgreSQL'
    }`,
    `${result.objects} objects in ${result.clusters} clusters, ${round(
      result.changesPerSecond,
    )} changes a second on average, ${result.viewers} viewers, seed ${
      result.seed
    }.`,
    table(
      ['', 'measured', 'aim', ''],
      loadFigures(result).map(({ name, value, unit, target }) => [
        name,
        `${round(value)} ${unit}`,
        `${target} ${unit}`,
        value <= target ? 'reached' : 'missed',
      ]),
    ),
    `The portal used ${round(steady.cpu)} cores and at most ${round(
      steady.memoryMb,
    )} MB${
      // Less is the noise between two starts.
      kept > HEAP_NOISE
        ? `; a synchronised object keeps about ${round(
            firstSync.bytesPerObject / 1024,
          )} KB of its heap`
        : ''
    }. Viewers heard ${round(
      steady.signalsPerViewerPerSecond,
    )} signals a second each, and read ${round(
      steady.readsPerSecond,
    )} times a second together.${
      result.lateChanges > 0
        ? ` ${result.lateChanges} changes could not be written in time by the load itself.`
        : ''
    }`,
  ];
  if (burst) {
    lines.push(
      `Then a burst of ${burst.seconds} s: ${round(
        burst.changesPerSecond,
      )} changes a second were written${
        burst.lateChanges > 0
          ? ` (${burst.lateChanges} more would have been, were the machine faster)`
          : ''
      }. Viewers saw them after ${round(
        burst.visible.p50,
      )} ms (p50) and ${round(burst.visible.p99)} ms (p99), all of them ${round(
        burst.caughtUpMs,
      )} ms after its end; the event loop lagged by ${round(
        burst.eventLoopP99Ms,
      )} ms (p99).`,
    );
  }
  if (rowWrites) {
    lines.push(
      `A new revision of a source also changes what is true of its Kustomization, which is then behind: a row more, unless the Kustomization follows before it is written. Rows written per changed object, history included: ${Object.entries(
        rowWrites.tables,
      )
        .map(([name, count]) => `${name} ${round(count)}`)
        .join(', ')}.`,
    );
  }
  if (peer) {
    lines.push(
      'The request pattern of a plugin that polls from every open page (five kinds from every cluster each ten seconds, whole objects), on the same clusters with the same viewers:',
      table(
        ['', 'this suite', 'polling', 'ratio'],
        [
          ratio(
            'API server requests a second',
            ours,
            peer.use,
            use => use.requestsPerSecond,
          ),
          ratio(
            'bytes from API servers a second',
            ours,
            peer.use,
            use => use.bytesPerSecond,
          ),
          ...(ours.cpu !== undefined
            ? [
                ratio(
                  'cores of the real API servers',
                  ours,
                  peer.use,
                  use => use.cpu ?? 0,
                ),
              ]
            : []),
          [
            'staleness at the viewer, p50',
            `${round(result.visible.p50)} ms`,
            `${round(peer.staleness.p50)} ms`,
            times(peer.staleness.p50, result.visible.p50),
          ],
          [
            'staleness at the viewer, p99',
            `${round(result.visible.p99)} ms`,
            `${round(peer.staleness.p99)} ms`,
            times(peer.staleness.p99, result.visible.p99),
          ],
        ],
      ),
      `The pattern asks for ${round(
        peer.wantedListsPerSecond,
      )} lists a second; ${round(peer.listsPerSecond)} were answered${
        peer.failedListsPerSecond > 0
          ? ` and ${round(
              peer.failedListsPerSecond,
            )} refused (a kind that is not installed) or not answered`
          : ''
      }, a round of one page took ${round(peer.roundP50Ms)} ms (median).`,
    );
  }
  return lines.join('\n\n');
}

async function renderGrowth(points: readonly GrowthPoint[]): Promise<string> {
  const images = join(DOCS, 'images');
  await mkdir(images, { recursive: true });
  const sections = [
    '## Growth',
    'Three clusters, 1,000 objects, 20 changes a second and 20 viewers; one of them grows. Both axes are in powers of ten: a level line is a cost that does not grow, a line as steep as the diagonal one that grows in proportion. Staleness is from the commit at the API server to readable by REST; of requests there are none for minutes, apart from watches that end and begin again.',
  ];
  for (const dimension of ['objects', 'clusters', 'viewers'] as Dimension[]) {
    const of = points.filter(point => point.dimension === dimension);
    const curve = (label: string, y: (result: LoadResult) => number) => ({
      label,
      // Nothing has no place on an axis of powers.
      points: of
        .map(({ value, result }) => ({ x: value, y: y(result) }))
        .filter(point => point.y > 0),
    });
    const file = `growth-${dimension}.svg`;
    await writeFile(
      join(images, file),
      renderPlot({
        title: `Cost over ${dimension}`,
        xLabel: dimension,
        curves: [
          curve('staleness p99, ms', ({ readable }) => readable.p99),
          curve('portal CPU, % of a core', ({ steady }) => steady.cpu * 100),
          curve('API server requests/s', ({ ours }) => ours.requestsPerSecond),
          curve('first sync, ms', ({ firstSync }) => firstSync.ms),
        ],
      }),
    );
    sections.push(
      `![Cost over ${dimension}](images/${file})`,
      table(
        [
          dimension,
          'staleness p50',
          'p99',
          'portal CPU',
          'memory',
          'API server requests/s',
          'first sync',
        ],
        of.map(({ value, result }) => [
          String(value),
          `${round(result.readable.p50)} ms`,
          `${round(result.readable.p99)} ms`,
          `${round(result.steady.cpu * 100)} %`,
          `${round(result.steady.memoryMb)} MB`,
          String(round(result.ours.requestsPerSecond)),
          `${round(result.firstSync.ms)} ms`,
        ]),
      ),
      describeGrowth(dimension, of),
    );
  }
  return sections.join('\n\n');
}

/** Words for a curve by its slope on axes of powers. */
const SHAPES: readonly [number, string][] = [
  [0.15, 'flat'],
  [0.7, 'less than linear'],
  [Infinity, 'linear'],
];

/** Says in words what the curve shows: how a cost grew while its cause did. */
function describeGrowth(
  dimension: Dimension,
  points: readonly GrowthPoint[],
): string {
  const [first, last] = [points[0], points[points.length - 1]];
  if (!first || first === last) {
    return '';
  }
  const grown = last.value / first.value;
  const word = (of: (result: LoadResult) => number) => {
    const [from, to] = [of(first.result), of(last.result)];
    if (!(from > 0 && to > 0)) {
      return `from ${round(from)} to ${round(to)}`;
    }
    const factor = to / from;
    const power = Math.log(factor) / Math.log(grown);
    const [, shape] = SHAPES.find(([most]) => power < most)!;
    return `${shape} (×${round(factor)})`;
  };
  return `From ${first.value} to ${last.value} ${dimension} (×${round(
    grown,
  )}): staleness p99 ${word(({ readable }) => readable.p99)}, portal CPU ${word(
    ({ steady }) => steady.cpu,
  )}, memory ${word(
    ({ steady }) => steady.memoryMb,
  )}, API server requests a second ${word(
    ({ ours }) => ours.requestsPerSecond,
  )}, first sync ${word(({ firstSync }) => firstSync.ms)}.`;
}

function ratio(
  name: string,
  ours: Use,
  peer: Use,
  of: (use: Use) => number,
): string[] {
  return [
    name,
    String(round(of(ours))),
    String(round(of(peer))),
    times(of(peer), of(ours)),
  ];
}

function times(more: number, less: number): string {
  return less > 0 ? `${round(more / less)} ×` : '-';
}

function table(head: string[], rows: string[][]): string {
  return [head, head.map(() => '---'), ...rows]
    .map(row => `| ${row.join(' | ')} |`)
    .join('\n');
}

function round(value: number): number {
  return Math.abs(value) >= 100
    ? Math.round(value)
    : Math.round(value * 100) / 100;
}
