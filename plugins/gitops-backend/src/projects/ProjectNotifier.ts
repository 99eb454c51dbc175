import type { LoggerService } from '@backstage/backend-plugin-api';
import { toError } from '@backstage/errors';
import type { SignalsService } from '@backstage/plugin-signals-node';
import {
  GITOPS_SIGNAL_CHANNEL,
  type GitOpsSignal,
} from '@backstage-gitops/plugin-gitops-common';
import type { Knex } from 'knex';
import { readShownVersions } from '../database/shownVersion';

/** Changes of one moment travel together. */
const SETTLE_MS = 10;
/**
 * Signals are at least this far apart: each one costs a message to every open page,
 * whatever it is about, and one to the event bus where there are replicas.
 */
const GAP_MS = 100;

/**
 * Tells open pages that projects have changed, so that they read again. A
 * broadcast reaches everyone, also those who may not see the projects: it carries
 * nothing but ids and versions.
 */
export class ProjectNotifier {
  private readonly pending = new Map<string, number>();
  private timer?: NodeJS.Timeout;
  private sentAt = -Infinity;

  static create(options: {
    /** Absent where the portal has no signals; pages then poll. */
    signals?: SignalsService;
    /** Where versions are read anew; those that were told are sent without it. */
    knex?: Knex;
    logger: LoggerService;
  }): ProjectNotifier {
    return new ProjectNotifier(options.logger, options.signals, options.knex);
  }

  private constructor(
    private readonly logger: LoggerService,
    private readonly signals?: SignalsService,
    private readonly knex?: Knex,
  ) {}

  /**
   * Call it once the change is committed. Of a burst only the newest version of
   * each project is sent.
   */
  notify(projectId: string, version: number): void {
    if (!this.signals) {
      return;
    }
    const known = this.pending.get(projectId) ?? 0;
    this.pending.set(projectId, Math.max(known, version));
    this.timer ??= setTimeout(
      () => void this.flush(),
      Math.max(SETTLE_MS, this.sentAt + GAP_MS - performance.now()),
    );
  }

  /** Sends at once what is waiting; also the last thing to do at shutdown. */
  async flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.pending.size === 0) {
      return;
    }
    this.sentAt = performance.now();
    const told = new Map(this.pending);
    this.pending.clear();
    const message: GitOpsSignal = { versions: await this.newest(told) };
    try {
      await this.signals?.publish({
        recipients: { type: 'broadcast' },
        channel: GITOPS_SIGNAL_CHANNEL,
        message: { ...message },
      });
    } catch (error) {
      // A lost signal only delays a page until its next poll.
      this.logger.debug(
        `Could not announce changes of ${told.size} projects: ${
          toError(error).message
        }`,
      );
    }
  }

  /**
   * Two changes at the same moment do not know of each other's version. Read
   * after both are committed, it includes both.
   */
  private async newest(
    told: ReadonlyMap<string, number>,
  ): Promise<Record<string, number>> {
    const read = this.knex
      ? await readShownVersions(this.knex, [...told.keys()]).catch(
          () => undefined,
        )
      : undefined;
    return Object.fromEntries(
      [...told].map(([id, version]) => [
        id,
        Math.max(version, read?.get(id) ?? 0),
      ]),
    );
  }
}
