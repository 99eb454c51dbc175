import { toError } from '@backstage/errors';
import {
  type ClusterDocument,
  type FleetPage,
  type FleetQuery,
  GITOPS_SIGNAL_CHANNEL,
  MAX_FLEET_PAGE,
  type ProjectSummaryDocument,
  type ResourceStatus,
} from '@backstage-gitops/plugin-gitops-common';
import type { SignalApi } from '@backstage/plugin-signals-react';
import type { GitopsApi } from '../../api/GitopsApi';
import { restDelay, retryDelay } from '../../api/polling';

/** What the fleet page knows. */
export interface FleetSnapshot {
  phase: 'loading' | 'ready';
  rows: readonly ProjectSummaryDocument[];
  /** Projects that match, also those not read yet. */
  total: number;
  states: Partial<Record<ResourceStatus, number>>;
  /** Absent for those who may not see clusters. */
  clusters?: readonly ClusterDocument[];
  /** There are rows that were not read yet. */
  hasMore: boolean;
  readingMore: boolean;
  /** The rows are those of another question, the answer to this one is awaited. */
  changing: boolean;
  /** Why the last read failed; what was known before stays. */
  error?: Error;
  /** Browser clock at the last answer, in milliseconds. */
  answeredAt?: number;
  /** Portal clock minus browser clock, in milliseconds. */
  clockOffset: number;
}

/** Rows of the first read; enough for a tall screen and some scrolling. */
const FIRST_ROWS = 100;
/** Signals come in bursts: they are waited for this long. */
const SETTLE_MS = 400;
/** Reads that signals cause are at least this far apart. */
const GAP_MS = 2_000;
/** An answer that takes longer is not coming. */
const READ_TIMEOUT_MS = 20_000;

const NOTHING: FleetSnapshot = {
  phase: 'loading',
  rows: [],
  total: 0,
  states: {},
  hasMore: false,
  readingMore: false,
  changing: false,
  clockOffset: 0,
};

/**
 * Keeps the fleet page up to date: one request at a time, one read for a burst of
 * signals, and on a timer, with growing pauses while the portal does not answer.
 * Reads again as many rows as were read, so that nobody loses their place.
 */
export class FleetFeed {
  readonly #api: Pick<GitopsApi, 'listProjects'>;
  readonly #signals: SignalApi | undefined;
  readonly #listeners = new Set<() => void>();
  #snapshot = NOTHING;
  #query: FleetQuery | undefined;
  #cursor: string | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #reading: AbortController | undefined;
  #readAgain = false;
  #readAt = 0;
  #failures = 0;
  #signalSeen = false;
  #unsubscribeSignals: (() => void) | undefined;

  constructor(api: Pick<GitopsApi, 'listProjects'>, signals?: SignalApi) {
    this.#api = api;
    this.#signals = signals;
  }

  readonly getSnapshot = (): FleetSnapshot => this.#snapshot;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) {
      this.#start();
    }
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) {
        this.#stop();
      }
    };
  };

  /** Asks something else. The rows stay until the answer is there. */
  readonly ask = (query: FleetQuery): void => {
    this.#query = query;
    this.#cursor = undefined;
    this.#failures = 0;
    this.#publish({
      changing: this.#snapshot.phase === 'ready',
      error: undefined,
    });
    this.#cancel();
    this.refresh();
  };

  /** Reads now, or once more right after the read that is under way. */
  readonly refresh = (): void => {
    if (this.#reading) {
      this.#readAgain = true;
    } else {
      void this.#work(call => this.#readFromStart(call));
    }
  };

  /** Reads the rows that follow. Does nothing while another read is under way. */
  readonly readMore = (): void => {
    if (this.#cursor && !this.#reading && this.#failures === 0) {
      this.#publish({ readingMore: true });
      void this.#work(call => this.#readOn(call));
    }
  };

  #start() {
    document.addEventListener('visibilitychange', this.#onVisibilityChange);
    const subscription = this.#signals?.subscribe(GITOPS_SIGNAL_CHANNEL, () => {
      this.#signalSeen = true;
      this.#onSignal();
    });
    this.#unsubscribeSignals = () => subscription?.unsubscribe();
    if (this.#query) {
      this.refresh();
    }
  }

  #stop() {
    document.removeEventListener('visibilitychange', this.#onVisibilityChange);
    this.#unsubscribeSignals?.();
    this.#cancel();
  }

  readonly #onVisibilityChange = () => {
    clearTimeout(this.#timer);
    if (this.#watched() && this.#query) {
      this.refresh();
    }
  };

  #onSignal() {
    if (!this.#watched() || !this.#query) {
      return;
    }
    if (this.#reading) {
      this.#readAgain = true;
      return;
    }
    this.#schedule(Math.max(SETTLE_MS, this.#readAt + GAP_MS - Date.now()));
  }

  #watched(): boolean {
    return this.#listeners.size > 0 && document.visibilityState !== 'hidden';
  }

  #cancel() {
    clearTimeout(this.#timer);
    this.#reading?.abort();
    this.#reading = undefined;
    this.#readAgain = false;
  }

  async #work(read: (call: AbortController) => Promise<void>): Promise<void> {
    clearTimeout(this.#timer);
    const call = new AbortController();
    this.#reading = call;
    this.#readAt = Date.now();
    try {
      await read(call);
      this.#failures = 0;
    } catch (thrown) {
      if (this.#reading === call) {
        this.#failures += 1;
        this.#publish({ error: toError(thrown), readingMore: false });
      }
    }
    if (this.#reading !== call) {
      return; // Another question has taken over.
    }
    this.#reading = undefined;
    if (this.#watched()) {
      const again = this.#readAgain && this.#failures === 0;
      this.#schedule(again ? GAP_MS : this.#pause());
    }
    this.#readAgain = false;
  }

  async #readFromStart(call: AbortController): Promise<void> {
    const wanted = this.#snapshot.changing
      ? FIRST_ROWS
      : Math.max(this.#snapshot.rows.length, FIRST_ROWS);
    const first = await this.#read(call, undefined, wanted);
    const rows = [...first.items];
    let cursor = first.nextCursor;
    while (cursor && rows.length < wanted) {
      const page = await this.#read(call, cursor, wanted - rows.length);
      rows.push(...page.items);
      cursor = page.nextCursor;
    }
    const answeredAt = Date.now();
    this.#cursor = cursor;
    this.#publish({
      phase: 'ready',
      rows: distinct(rows),
      total: first.total ?? rows.length,
      states: first.states ?? {},
      clusters: first.clusters,
      hasMore: cursor !== undefined,
      readingMore: false,
      changing: false,
      error: undefined,
      answeredAt,
      clockOffset:
        portalTime(first.clusters, answeredAt) - answeredAt ||
        this.#snapshot.clockOffset,
    });
  }

  async #readOn(call: AbortController): Promise<void> {
    const page = await this.#read(call, this.#cursor, MAX_FLEET_PAGE);
    this.#cursor = page.nextCursor;
    this.#publish({
      rows: distinct([...this.#snapshot.rows, ...page.items]),
      hasMore: page.nextCursor !== undefined,
      readingMore: false,
      error: undefined,
    });
  }

  async #read(
    call: AbortController,
    cursor: string | undefined,
    limit: number,
  ): Promise<FleetPage> {
    let timedOut = false;
    const timeout = setTimeout(() => {
      timedOut = true;
      call.abort();
    }, READ_TIMEOUT_MS);
    try {
      const page = await this.#api.listProjects(
        { ...this.#query, cursor, limit: Math.min(limit, MAX_FLEET_PAGE) },
        { signal: call.signal },
      );
      if (call.signal.aborted) {
        throw new Error('This read was called off');
      }
      return page;
    } catch (thrown) {
      throw timedOut
        ? new Error(
            `The portal did not answer within ${
              READ_TIMEOUT_MS / 1000
            } seconds`,
          )
        : thrown;
    } finally {
      clearTimeout(timeout);
    }
  }

  #publish(part: Partial<FleetSnapshot>) {
    this.#snapshot = { ...this.#snapshot, ...part };
    for (const listener of this.#listeners) {
      listener();
    }
  }

  #schedule(delay: number) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.refresh, delay);
  }

  #pause(): number {
    return this.#failures > 0
      ? retryDelay(this.#failures)
      : restDelay(this.#signalSeen, this.#snapshot.clusters);
  }
}

/** Rows move between pages while they are read: the first place counts. */
function distinct(rows: ProjectSummaryDocument[]): ProjectSummaryDocument[] {
  const bySlug = new Map<string, ProjectSummaryDocument>();
  for (const row of rows) {
    if (!bySlug.has(row.slug)) {
      bySlug.set(row.slug, row);
    }
  }
  return [...bySlug.values()];
}

/** The portal's clock as the ages in its answer tell it. */
function portalTime(
  clusters: readonly ClusterDocument[] | undefined,
  otherwise: number,
): number {
  for (const { lastSyncedAt, ageMs } of clusters ?? []) {
    if (lastSyncedAt !== undefined && ageMs !== undefined) {
      return Date.parse(lastSyncedAt) + ageMs;
    }
  }
  return otherwise;
}
