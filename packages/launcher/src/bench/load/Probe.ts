import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { repositoryRoot } from '../../paths';

/** A second in the life of the portal's process. */
export interface ProbeSample {
  /** Milliseconds since the epoch. */
  at: number;
  /** Delay of the event loop in milliseconds. */
  p50: number;
  p99: number;
  max: number;
  /** Since the start of the process. */
  cpuSeconds: number;
  /** Bytes. */
  heapUsed: number;
  rss: number;
}

/** Looks into the portal's process from a file that it writes. */
export class Probe {
  constructor(private readonly file: string) {}

  /** What the portal has to be started with. */
  get environment(): Record<string, string> {
    return {
      BENCH_PROBE_FILE: this.file,
      NODE_OPTIONS: `--require ${join(
        repositoryRoot,
        'packages/launcher/src/bench/load/eventLoopProbe.cjs',
      )}`,
    };
  }

  /** Samples between two times of the clock. */
  async between(from: number, to: number): Promise<ProbeSample[]> {
    const text = await readFile(this.file, 'utf8').catch(() => '');
    return text
      .split('\n')
      .filter(Boolean)
      .map(line => JSON.parse(line) as ProbeSample)
      .filter(({ at }) => at >= from && at <= to);
  }
}
