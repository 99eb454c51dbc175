import { ResponseError, toError } from '@backstage/errors';
import {
  GITOPS_SIGNAL_CHANNEL,
  type GitOpsSignal,
  type ProjectDocument,
} from '@backstage-gitops/plugin-gitops-common';
import type { SignalApi } from '@backstage/plugin-signals-react';
import { keepSettled } from '../presentation/keepSettled';
import { POLLING, restDelay, retryDelay } from './polling';

/** What a page knows about one entity's project. */
export interface ProjectSnapshot {
  /** `absent`: there is no project, or the user may not see it. */
  phase: 'loading' | 'ready' | 'absent';
  project?: ProjectDocument;
  /** Why the last read failed; what was known before stays. */
  error?: Error;
  /** Browser clock at the last answer, in milliseconds. */
  answeredAt?: number;
  /** Portal clock minus browser clock, in milliseconds. */
  clockOffset: number;
}

/** An answer that takes longer is not coming. */
const READ_TIMEOUT_MS = 20_000;
/** Fast reads after a request end here, whatever became of it. */
const CLOSE_LIMIT_MS = 120_000;
/** Kept this long without a viewer, so that going from card to tab asks nothing. */
const LINGER_MS = 30_000;

export interface ProjectFeedOptions {
  read: (signal: AbortSignal) => Promise<ProjectDocument>;
  signals?: SignalApi;
  /** Called when nobody has looked for a while. */
  onIdle?: () => void;
}

/**
 * Keeps one entity's project up to date for everything on the page that shows
 * it: one read at a time, on signals that announce a newer version and, where
 * those are missing, on a timer that rests while the page is hidden.
 */
export class ProjectFeed {
  readonly #options: ProjectFeedOptions;
  readonly #listeners = new Set<() => void>();
  #snapshot: ProjectSnapshot = { phase: 'loading', clockOffset: 0 };
  #started = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lingerTimer: ReturnType<typeof setTimeout> | undefined;
  #unsubscribeSignals: (() => void) | undefined;
  #reading: Promise<void> | undefined;
  #abort: AbortController | undefined;
  #readAgain = false;
  #failures = 0;
  #announced = 0;
  #announcedTries = 0;
  #signalSeen = false;
  #closeUntil = 0;

  constructor(options: ProjectFeedOptions) {
    this.#options = options;
  }

  readonly getSnapshot = (): ProjectSnapshot => this.#snapshot;

  /**
   * Reads for a viewer that is about to come: what is drawn for the first time is on
   * screen only when all that is around it is drawn, too. May be called again and
   * again; lets go if nobody comes.
   */
  prepare(): void {
    if (!this.#started) {
      this.#start();
      this.#lingerTimer = setTimeout(() => this.#stop(), LINGER_MS);
    }
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    clearTimeout(this.#lingerTimer);
    if (!this.#started) {
      this.#start();
    } else if (this.#listeners.size === 1) {
      this.#resume();
    }
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) {
        clearTimeout(this.#timer);
        this.#lingerTimer = setTimeout(() => this.#stop(), LINGER_MS);
      }
    };
  };

  /** Reads now, or once more right after the read that is under way. */
  readonly refresh = async (): Promise<void> => {
    if (this.#reading) {
      this.#readAgain = true;
    }
    await this.#readNow();
  };

  /** Reads often for a while: something was asked for and its end is awaited. */
  readonly watchClosely = (): void => {
    this.#closeUntil = Date.now() + CLOSE_LIMIT_MS;
    this.#schedule();
  };

  #start() {
    this.#started = true;
    document.addEventListener('visibilitychange', this.#onVisibilityChange);
    const subscription = this.#options.signals?.subscribe(
      GITOPS_SIGNAL_CHANNEL,
      message => this.#onSignal(message),
    );
    this.#unsubscribeSignals = () => subscription?.unsubscribe();
    void this.#readNow();
  }

  #stop() {
    this.#started = false;
    clearTimeout(this.#timer);
    document.removeEventListener('visibilitychange', this.#onVisibilityChange);
    this.#unsubscribeSignals?.();
    this.#readAgain = false;
    this.#abort?.abort();
    this.#options.onIdle?.();
  }

  /** A viewer came back: what is older than one round, or announced as old, is read again. */
  #resume() {
    const { answeredAt, project, error } = this.#snapshot;
    const age = Date.now() - (answeredAt ?? 0);
    if (
      error ||
      age >= POLLING.unsignalled ||
      this.#announced > (project?.version ?? 0)
    ) {
      void this.#readNow();
    } else {
      this.#schedule();
    }
  }

  readonly #onVisibilityChange = () => {
    if (!this.#watched()) {
      clearTimeout(this.#timer);
    } else {
      this.#resume();
    }
  };

  #onSignal(message: unknown) {
    const signal = parseSignal(message);
    if (!signal) {
      return;
    }
    this.#signalSeen = true;
    const { project } = this.#snapshot;
    const version = project && signal.versions[project.id];
    if (!project || typeof version !== 'number') {
      return;
    }
    if (version > Math.max(project.version, this.#announced)) {
      this.#announced = version;
      this.#announcedTries = 0;
      if (this.#watched()) {
        void this.refresh();
      }
    }
  }

  #watched(): boolean {
    return this.#listeners.size > 0 && document.visibilityState !== 'hidden';
  }

  #readNow(): Promise<void> {
    clearTimeout(this.#timer);
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
      if (this.#readAgain) {
        this.#readAgain = false;
        void this.#readNow();
      } else {
        this.#schedule();
      }
    });
    return this.#reading;
  }

  async #read(): Promise<void> {
    const controller = new AbortController();
    this.#abort = controller;
    let timedOut = false;
    const timeout = setTimeout(() => {
      timedOut = true;
      controller.abort();
    }, READ_TIMEOUT_MS);
    try {
      const project = await this.#options.read(controller.signal);
      this.#failures = 0;
      this.#accept(project);
    } catch (thrown) {
      if (controller.signal.aborted && !timedOut) {
        return;
      }
      const error = timedOut
        ? new Error(
            `The portal did not answer within ${
              READ_TIMEOUT_MS / 1000
            } seconds`,
          )
        : toError(thrown);
      if (isNotFound(error)) {
        this.#failures = 0;
        this.#publish({
          phase: 'absent',
          answeredAt: Date.now(),
          clockOffset: this.#snapshot.clockOffset,
        });
      } else {
        this.#failures += 1;
        this.#publish({ ...this.#snapshot, error });
      }
    } finally {
      clearTimeout(timeout);
    }
  }

  #accept(project: ProjectDocument) {
    const known = this.#snapshot.project;
    const answeredAt = Date.now();
    // Replicas may answer from different moments: what was seen once is not
    // taken back. A project of another id is another project.
    if (known && known.id === project.id && project.version < known.version) {
      this.#publish({ ...this.#snapshot, error: undefined });
      return;
    }
    if (known?.id !== project.id) {
      this.#announced = 0;
    }
    if (project.version < this.#announced) {
      this.#announcedTries += 1;
    }
    this.#publish({
      phase: 'ready',
      project: keepSettled(project, known),
      answeredAt,
      clockOffset: Date.parse(project.serverTime) - answeredAt || 0,
    });
  }

  #publish(snapshot: ProjectSnapshot) {
    this.#snapshot = snapshot;
    for (const listener of this.#listeners) {
      listener();
    }
  }

  #schedule() {
    clearTimeout(this.#timer);
    if (this.#watched() && !this.#reading) {
      this.#timer = setTimeout(() => void this.#readNow(), this.#delay());
    }
  }

  #delay(): number {
    const { project, phase } = this.#snapshot;
    if (this.#failures > 0) {
      return retryDelay(this.#failures);
    }
    if (phase === 'absent') {
      return POLLING.absent;
    }
    if (project && project.version < this.#announced) {
      return Math.min(
        POLLING.behindSignal * 2 ** this.#announcedTries,
        POLLING.unsignalled,
      );
    }
    if (
      Date.now() < this.#closeUntil ||
      (project?.status === 'initializing' && project.initialization.running)
    ) {
      return POLLING.close;
    }
    return restDelay(this.#signalSeen, project?.clusters);
  }
}

/** Version of each changed project, or undefined for what is no signal of ours. */
function parseSignal(message: unknown): GitOpsSignal | undefined {
  const { versions } = (message ?? {}) as Partial<GitOpsSignal>;
  return typeof versions === 'object' && versions !== null
    ? { versions }
    : undefined;
}

function isNotFound(error: Error): boolean {
  return error instanceof ResponseError && error.statusCode === 404;
}
