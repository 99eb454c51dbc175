import type { Clock } from '../Clock';

/** Shorter waits pass by themselves: they only put things together. */
const INSTANT_MS = 20;

/** A clock that a test moves. */
export class ManualClock implements Clock {
  private time: number;
  private readonly timers = new Set<{ at: number; call: () => void }>();

  constructor(start: string = '2026-01-01T00:00:00.000Z') {
    this.time = Date.parse(start);
  }

  now(): number {
    return this.time;
  }

  after(ms: number, call: () => void): () => void {
    if (ms <= INSTANT_MS) {
      const immediate = setImmediate(call);
      return () => clearImmediate(immediate);
    }
    const timer = { at: this.time + ms, call };
    this.timers.add(timer);
    return () => this.timers.delete(timer);
  }

  /** Milliseconds until each timer that is set, shortest first. */
  get pending(): number[] {
    return [...this.timers]
      .map(({ at }) => at - this.time)
      .sort((a, b) => a - b);
  }

  /** Lets time pass; what is due is called in order. */
  advance(ms: number): void {
    const end = this.time + ms;
    for (;;) {
      const [next] = [...this.timers]
        .filter(({ at }) => at <= end)
        .sort((a, b) => a.at - b.at);
      if (!next) {
        break;
      }
      this.timers.delete(next);
      this.time = next.at;
      next.call();
    }
    this.time = end;
  }
}
