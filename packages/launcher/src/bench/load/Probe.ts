import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
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
    const samples = await this.#lines<ProbeSample>();
    return samples.filter(({ at }) => at >= from && at <= to);
  }

  /** Bytes of the heap that are in use, garbage left out. */
  async liveHeap(pid: number): Promise<number> {
    const from = Date.now();
    process.kill(pid, 'SIGUSR2');
    for (;;) {
      const lines = await this.#lines<{
        collectedAt?: number;
        heapUsed: number;
      }>();
      const found = lines.find(({ collectedAt = 0 }) => collectedAt >= from);
      if (found) {
        return found.heapUsed;
      }
      if (Date.now() - from > 30_000) {
        throw new Error('the portal did not tell of its heap within 30 s');
      }
      await delay(50);
    }
  }

  async #lines<T>(): Promise<T[]> {
    const text = await readFile(this.file, 'utf8').catch(() => '');
    return (
      text
        .split('\n')
        // The last one may be half written.
        .slice(0, -1)
        .map(line => JSON.parse(line) as T)
    );
  }
}
