/** When to look at a key again. */
export type Requeue = { afterMs: number } | undefined;

/**
 * Keys waiting to be worked on: one at a time per key, the same key never twice
 * in the queue, later looks by timer.
 */
export class WorkQueue {
  private readonly running = new Set<string>();
  private readonly again = new Set<string>();
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private readonly inFlight = new Set<Promise<void>>();
  private readonly controller = new AbortController();

  /**
   * @param work - handles one key; the signal fires when the queue is stopped
   */
  constructor(
    private readonly work: (
      key: string,
      signal: AbortSignal,
    ) => Promise<Requeue>,
    private readonly onError: (key: string, error: unknown) => void,
  ) {}

  add(key: string): void {
    if (this.controller.signal.aborted) {
      return;
    }
    if (this.running.has(key)) {
      this.again.add(key);
      return;
    }
    this.clearTimer(key);
    this.running.add(key);
    const run = this.run(key).finally(() => this.inFlight.delete(run));
    this.inFlight.add(run);
  }

  /** No timer and no work is left when this resolves. */
  async stop(): Promise<void> {
    this.controller.abort();
    for (const key of [...this.timers.keys()]) {
      this.clearTimer(key);
    }
    await Promise.allSettled(this.inFlight);
  }

  private async run(key: string): Promise<void> {
    // Writes of one moment are answered by one pass.
    await new Promise<void>(resolve => {
      setImmediate(resolve);
    });
    let requeue: Requeue;
    try {
      if (!this.controller.signal.aborted) {
        requeue = await this.work(key, this.controller.signal);
      }
    } catch (error) {
      this.onError(key, error);
      requeue = { afterMs: 1_000 };
    }
    this.running.delete(key);
    if (this.controller.signal.aborted) {
      return;
    }
    if (this.again.delete(key)) {
      this.add(key);
    } else if (requeue) {
      this.timers.set(
        key,
        setTimeout(() => {
          this.timers.delete(key);
          this.add(key);
        }, Math.min(requeue.afterMs, 2 ** 31 - 1)),
      );
    }
  }

  private clearTimer(key: string): void {
    clearTimeout(this.timers.get(key));
    this.timers.delete(key);
  }
}
