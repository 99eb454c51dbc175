interface Expected {
  change: number;
  at: number;
}

/** Keeps what was changed until it is seen, and how long that took. */
export class StalenessBook {
  /** Milliseconds from each change to its being seen. */
  readonly samples: number[] = [];
  readonly #expected = new Map<string, Expected[]>();

  /** A change was committed at a time of `performance.now()`. */
  expect(key: string, change: number, at: number): void {
    const waiting = this.#expected.get(key);
    if (waiting) {
      waiting.push({ change, at });
    } else {
      this.#expected.set(key, [{ change, at }]);
    }
  }

  /**
   * A change was seen, and with it the older ones of the same key: whoever looks
   * at the newest state is not behind by those that it replaced.
   */
  see(key: string, change: number, at: number): void {
    const waiting = this.#expected.get(key);
    if (!waiting) {
      return;
    }
    const left: Expected[] = [];
    for (const expected of waiting) {
      if (expected.change <= change) {
        this.samples.push(Math.max(0, at - expected.at));
      } else {
        left.push(expected);
      }
    }
    this.#expected.set(key, left);
  }

  /** Changes that nobody has seen yet. */
  get unseen(): number {
    let count = 0;
    for (const waiting of this.#expected.values()) {
      count += waiting.length;
    }
    return count;
  }
}

/** Number of the change that a commit stands for. */
export function changeOf(commit: string | undefined): number {
  return commit ? parseInt(commit.slice(-12), 16) : 0;
}
