import type { LoggerService } from '@backstage/backend-plugin-api';
import { toError } from '@backstage/errors';
import { setImmediate as turn } from 'node:timers/promises';
import { LeaseLostError } from '../database/ClusterSessionStore';
import { Backoff } from './Backoff';
import { sleep, type Clock } from './Clock';

/** Changes that come within this time of each other share a transaction. */
const COALESCE_MS = 10;

interface Waiter {
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * What is to be written, once per key however often it changes meanwhile. Writes
 * come one after the other, in batches, and are tried again until the database
 * takes them; a row that it never takes holds up no other.
 *
 * @internal
 */
export class WriteQueue<T> {
  private pending = new Map<string, T>();
  /** Who waits for the next commit. */
  private waiting: Waiter[] = [];
  private flushing = false;
  private readonly stopped = new AbortController();

  constructor(
    private readonly options: {
      clock: Clock;
      logger: LoggerService;
      /** What is written, for messages. */
      subject: string;
      batchSize: number;
      /** Writes a batch in one transaction. */
      write(batch: readonly T[]): Promise<void>;
      /** It is somebody else's to write by now; the queue has stopped. */
      onLeaseLost(): void;
    },
  ) {}

  get size(): number {
    return this.pending.size;
  }

  /** Writes nothing any more; what waits for a commit is told so. */
  stop(): void {
    this.stopped.abort(new Error('The ingest was stopped'));
    this.settle(waiter => waiter.reject(this.stopped.signal.reason));
  }

  add(key: string, item: T): void {
    if (this.stopped.signal.aborted) {
      return;
    }
    this.pending.set(key, item);
    if (!this.flushing) {
      this.flushing = true;
      this.options.clock.after(COALESCE_MS, () => void this.flush());
    }
  }

  /** Resolves when all that was added before is committed; rejects when stopped. */
  async committed(): Promise<void> {
    if (this.stopped.signal.aborted) {
      throw this.stopped.signal.reason;
    }
    if (!this.flushing && this.pending.size === 0) {
      return;
    }
    await new Promise<void>((resolve, reject) => {
      this.waiting.push({ resolve, reject });
    });
  }

  /** Writes until nothing is left to write. */
  private async flush(): Promise<void> {
    const { batchSize, clock, logger, subject } = this.options;
    const backoff = new Backoff();
    let oneByOne = false;
    while (this.pending.size > 0 && !this.stopped.signal.aborted) {
      const batch = this.pending;
      const waiting = this.waiting;
      this.pending = new Map();
      this.waiting = [];
      const failed = await this.writeAll(batch, oneByOne ? 1 : batchSize);
      if (this.stopped.signal.aborted) {
        waiting.forEach(waiter => waiter.reject(this.stopped.signal.reason));
        break;
      }
      if (failed.size === 0) {
        oneByOne = false;
        backoff.reset();
        waiting.forEach(waiter => waiter.resolve());
        continue;
      }
      if (oneByOne && failed.size < batch.size) {
        // The database works, so it is these rows that do not. They are looked
        // at again with the next news of them; the others must not wait.
        logger.error(
          `Writing ${subject} is given up for ${[...failed.keys()].join(', ')}`,
        );
        waiting.forEach(waiter => waiter.resolve());
        oneByOne = false;
        continue;
      }
      oneByOne = true;
      this.pending = new Map([...failed, ...this.pending]);
      this.waiting = [...waiting, ...this.waiting];
      await sleep(clock, backoff.next(), this.stopped.signal).catch(() => {});
    }
    this.flushing = false;
    if (!this.stopped.signal.aborted) {
      this.settle(waiter => waiter.resolve());
    }
  }

  private settle(how: (waiter: Waiter) => void): void {
    const { waiting } = this;
    this.waiting = [];
    waiting.forEach(how);
  }

  /** @returns what could not be written. */
  private async writeAll(
    items: Map<string, T>,
    size: number,
  ): Promise<Map<string, T>> {
    const { logger, onLeaseLost, subject, write } = this.options;
    const failed = new Map<string, T>();
    const entries = [...items];
    for (let start = 0; start < entries.length; start += size) {
      const batch = entries.slice(start, start + size);
      try {
        await write(batch.map(([, item]) => item));
      } catch (error) {
        if (error instanceof LeaseLostError) {
          this.stop();
          onLeaseLost();
          return failed;
        }
        logger.warn(
          `Writing ${subject} failed for ${
            batch.length
          } of them and is tried again: ${toError(error).message}`,
        );
        batch.forEach(([key, item]) => failed.set(key, item));
      }
      if (this.stopped.signal.aborted) {
        return failed;
      }
      // With a synchronous driver, awaiting the database gives way to nobody.
      await turn();
    }
    return failed;
  }
}
