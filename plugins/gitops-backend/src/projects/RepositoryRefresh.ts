import { setTimeout as delay } from 'node:timers/promises';
import type { LoggerService } from '@backstage/backend-plugin-api';
import { type Config, readDurationFromConfig } from '@backstage/config';
import { InputError, toError } from '@backstage/errors';
import type { RepositoryConflictDocument } from '@backstage-gitops/plugin-gitops-common';
import type {
  GitHostRegistry,
  GitHostRepository,
} from '@backstage-gitops/plugin-gitops-node';
import type { Knex } from 'knex';
import { Duration } from 'luxon';
import type { ProjectStore } from '../database/ProjectStore';
import type { RepositoryStore } from '../database/RepositoryStore';
import type { SyncLogStore } from '../database/SyncLogStore';
import type { Repository } from '../database/tables';
import { now } from '../database/time';
import { withTransaction } from '../database/withTransaction';
import type { EventStore } from '../events/EventStore';
import type { ProjectNotifier } from './ProjectNotifier';
import { findConflict } from './repositoryConflict';

/** As many as one run looks at; the next run goes on with the others. */
const LARGEST_RUN = 1000;
const DEFAULT_EVERY = { hours: 6 };
const DEFAULT_PER_MINUTE = 60;
const MINUTE_MS = 60_000;

/** How often hosts are asked. */
export interface RefreshSettings {
  /** How old the knowledge of a repository may become, in milliseconds. */
  everyMs: number;
  /** Most repositories to ask one host about in a minute. */
  perHostPerMinute: number;
}

/** Reads `gitops.repositories.refresh`. */
export function readRefreshSettings(config: Config): RefreshSettings {
  const refresh = config.getOptionalConfig('gitops.repositories.refresh');
  const every = refresh?.has('every')
    ? readDurationFromConfig(refresh, { key: 'every' })
    : DEFAULT_EVERY;
  const perHostPerMinute =
    refresh?.getOptionalNumber('perHostPerMinute') ?? DEFAULT_PER_MINUTE;
  if (!(perHostPerMinute > 0)) {
    throw new InputError(
      `gitops.repositories.refresh.perHostPerMinute is ${perHostPerMinute}: set a number above 0`,
    );
  }
  return { everyMs: Duration.fromObject(every).toMillis(), perHostPerMinute };
}

/**
 * Asks Git hosts what has become of the repositories, by the host's own id, so
 * that one that was renamed or transferred is still found. A difference is
 * written down and shown. It is never followed: another address or branch may
 * hold anything, and Flux would run it.
 */
export class RepositoryRefresh {
  static create(options: {
    knex: Knex;
    repositories: RepositoryStore;
    projects: ProjectStore;
    syncLogs: SyncLogStore;
    events: EventStore;
    notifier: ProjectNotifier;
    gitHosts: GitHostRegistry;
    logger: LoggerService;
    settings: RefreshSettings;
  }): RepositoryRefresh {
    return new RepositoryRefresh(options);
  }

  private constructor(
    private readonly options: Parameters<typeof RepositoryRefresh.create>[0],
  ) {}

  /**
   * Looks at those that are due, at each host one after the other and all hosts at
   * the same time. A host that does not answer is left until the next run.
   *
   * @returns how many it looked at
   */
  async run(options: { signal?: AbortSignal } = {}): Promise<number> {
    const { repositories, settings } = this.options;
    const due = await repositories.listDue({
      olderThanMs: settings.everyMs,
      limit: LARGEST_RUN,
    });
    const byHost = new Map<string, Repository[]>();
    for (const repository of due) {
      const list = byHost.get(repository.host) ?? [];
      byHost.set(repository.host, [...list, repository]);
    }
    const counts = await Promise.all(
      [...byHost.values()].map(list => this.runHost(list, options.signal)),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  }

  private async runHost(
    due: readonly Repository[],
    signal: AbortSignal | undefined,
  ): Promise<number> {
    const gapMs = MINUTE_MS / this.options.settings.perHostPerMinute;
    let looked = 0;
    for (const repository of due) {
      signal?.throwIfAborted();
      const startedAt = Date.now();
      looked += 1;
      if (!(await this.refresh(repository, signal))) {
        break;
      }
      if (looked < due.length) {
        const rest = Math.max(0, startedAt + gapMs - Date.now());
        await delay(rest, undefined, { signal });
      }
    }
    return looked;
  }

  /** @returns false when the host had better be left alone for now */
  private async refresh(
    repository: Repository,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const startedAt = now();
    let actual: GitHostRepository | undefined;
    try {
      actual = await this.ask(repository, signal);
    } catch (error) {
      signal?.throwIfAborted();
      const { name, message } = toError(error);
      await this.recordFailure(repository, startedAt, message);
      return name !== 'ServiceUnavailableError';
    }
    await this.record(repository, startedAt, actual);
    return true;
  }

  private async ask(
    { host, owner, providerRepositoryId }: Repository,
    signal: AbortSignal | undefined,
  ): Promise<GitHostRepository | undefined> {
    const provider = this.options.gitHosts.get(host);
    const credential = await provider.portalCredential(owner, { signal });
    if (!credential) {
      throw new InputError(
        `The portal has no token for Git host '${host}', so it cannot see what becomes of repositories there: give it one in integrations`,
      );
    }
    return provider.getRepositoryById(providerRepositoryId, {
      credential,
      signal,
    });
  }

  private async record(
    { id }: Repository,
    startedAt: string,
    actual: GitHostRepository | undefined,
  ): Promise<void> {
    const { knex, repositories, projects, events, notifier, logger } =
      this.options;
    const changed = await withTransaction(knex, async trx => {
      // What it is compared with is what stands there now.
      const recorded = await repositories.getForUpdate(trx, id);
      if (!recorded) {
        return undefined;
      }
      const before = recorded.conflict;
      const found = findConflict(recorded, actual);
      const conflict: RepositoryConflictDocument | undefined = found && {
        ...found,
        since: isSame(before, found) ? before!.since : now(),
      };
      await repositories.update(trx, id, { conflict, lastRefreshedAt: now() });
      await this.log(trx, recorded, startedAt, {
        status: conflict ? 'conflict' : 'succeeded',
        error: conflict?.message,
      });
      if (isSame(before, conflict)) {
        return undefined;
      }
      const { projectId } = recorded;
      await events.append(trx, {
        eventType: 'project',
        action: conflict ? 'repository-conflict' : 'repository-conflict-ended',
        severity: conflict ? 'warning' : 'info',
        projectId,
        resourceType: 'repository',
        resourceId: id,
        message:
          conflict?.message ??
          `Repository '${recorded.owner}/${recorded.name}' at '${recorded.host}' is again as it was recorded`,
        metadata: {
          kind: conflict?.kind ?? before?.kind,
          ...(conflict && {
            recorded: conflict.recorded,
            actual: conflict.actual,
          }),
        },
      });
      const version = await projects.bumpVersion(trx, projectId);
      return { projectId, version, conflict };
    });
    if (changed) {
      notifier.notify(changed.projectId, changed.version);
      if (changed.conflict) {
        logger.info(changed.conflict.message);
      }
    }
  }

  private async recordFailure(
    repository: Repository,
    startedAt: string,
    error: string,
  ): Promise<void> {
    const { knex, repositories } = this.options;
    await withTransaction(knex, async trx => {
      // At the end of the queue, so that one that always fails holds nobody up.
      // What is known of it stays.
      if (await repositories.getForUpdate(trx, repository.id)) {
        await repositories.update(trx, repository.id, {
          lastRefreshedAt: now(),
        });
        await this.log(trx, repository, startedAt, { status: 'failed', error });
      }
    });
  }

  private async log(
    trx: Knex,
    { projectId, provider, host }: Repository,
    startedAt: string,
    outcome: { status: 'succeeded' | 'failed' | 'conflict'; error?: string },
  ): Promise<void> {
    await this.options.syncLogs.append(trx, {
      projectId,
      provider,
      host,
      syncType: 'repository',
      action: 'refresh',
      ...outcome,
      startedAt,
      finishedAt: now(),
    });
  }
}

function isSame(
  one: Pick<RepositoryConflictDocument, 'kind' | 'actual'> | undefined,
  other: Pick<RepositoryConflictDocument, 'kind' | 'actual'> | undefined,
): boolean {
  return one?.kind === other?.kind && one?.actual === other?.actual;
}
