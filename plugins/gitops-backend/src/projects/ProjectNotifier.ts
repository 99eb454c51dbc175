import type { LoggerService } from '@backstage/backend-plugin-api';
import { toError } from '@backstage/errors';
import type { SignalsService } from '@backstage/plugin-signals-node';
import { GITOPS_SIGNAL_CHANNEL } from '@backstage-gitops/plugin-gitops-common';
import type { Knex } from 'knex';
import { readShownVersions } from '../database/shownVersion';

const COALESCE_MS = 50;

/**
 * Tells open pages that a project has changed, so that they read again. A
 * broadcast reaches everyone, also those who may not see the project: it carries
 * nothing but an id and a version.
 */
export class ProjectNotifier {
  private readonly pending = new Map<string, number>();
  private timer?: NodeJS.Timeout;

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
    this.timer ??= setTimeout(() => void this.flush(), COALESCE_MS);
  }

  /** Sends at once what is waiting; also the last thing to do at shutdown. */
  async flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    const told = new Map(this.pending);
    this.pending.clear();
    const changes = await this.newest(told);
    await Promise.all(
      changes.map(async ([projectId, version]) => {
        try {
          await this.signals?.publish({
            recipients: { type: 'broadcast' },
            channel: GITOPS_SIGNAL_CHANNEL,
            message: { projectId, version },
          });
        } catch (error) {
          // A lost signal only delays a page until its next poll.
          this.logger.debug(
            `Could not announce version ${version} of project ${projectId}: ${
              toError(error).message
            }`,
          );
        }
      }),
    );
  }

  /**
   * Two changes at the same moment do not know of each other's version. Read
   * after both are committed, it includes both.
   */
  private async newest(
    told: ReadonlyMap<string, number>,
  ): Promise<[string, number][]> {
    const read =
      this.knex && told.size > 0
        ? await readShownVersions(this.knex, [...told.keys()]).catch(
            () => undefined,
          )
        : undefined;
    return [...told].map(([id, version]) => [
      id,
      Math.max(version, read?.get(id) ?? 0),
    ]);
  }
}
