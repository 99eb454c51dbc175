/**
 * Work by key, each key once at a time and as late as asked for: the common part of all controllers. Reconciling is synchronous
 * and must be repeatable; a conflict or a vanished object shows up as another event, so a throwing run is tried again later.
 */
export class ReconcileQueue {
  private readonly timers = new Map<
    string,
    { timer: NodeJS.Timeout; due: number }
  >();
  private readonly failures = new Map<string, number>();
  private stopped = false;

  constructor(private readonly reconcile: (key: string) => void) {}

  /** Plans a run; an earlier one that is planned already stands for it. */
  add(key: string, delayMs = 0): void {
    if (this.stopped) {
      return;
    }
    const due = Date.now() + delayMs;
    const planned = this.timers.get(key);
    if (planned) {
      if (planned.due <= due) {
        return;
      }
      clearTimeout(planned.timer);
    }
    const timer = setTimeout(() => this.run(key), delayMs);
    this.timers.set(key, { timer, due });
  }

  /** Drops everything planned; nothing runs afterwards. */
  stop(): void {
    this.stopped = true;
    for (const { timer } of this.timers.values()) {
      clearTimeout(timer);
    }
    this.timers.clear();
  }

  private run(key: string): void {
    this.timers.delete(key);
    try {
      this.reconcile(key);
      this.failures.delete(key);
    } catch {
      // Mostly a namespace or owner that went away in between. The next run sees the new state, or finds nothing to do.
      const attempt = (this.failures.get(key) ?? 0) + 1;
      this.failures.set(key, attempt);
      this.add(key, Math.min(20 * 2 ** attempt, 5_000));
    }
  }
}
