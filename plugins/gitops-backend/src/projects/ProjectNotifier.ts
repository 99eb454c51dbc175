import type { LoggerService } from '@backstage/backend-plugin-api';
import { toError } from '@backstage/errors';
import type { SignalsService } from '@backstage/plugin-signals-node';
import { GITOPS_SIGNAL_CHANNEL } from '@backstage-gitops/plugin-gitops-common';

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
    logger: LoggerService;
  }): ProjectNotifier {
    return new ProjectNotifier(options.logger, options.signals);
  }

  private constructor(
    private readonly logger: LoggerService,
    private readonly signals?: SignalsService,
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
    const changes = [...this.pending];
    this.pending.clear();
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
}
