import type { LoggerService } from '@backstage/backend-plugin-api';
import { ConflictError, toError } from '@backstage/errors';
import type { ValidationStatus } from '@backstage-gitops/plugin-gitops-common';
import type { GitHostRegistry } from '@backstage-gitops/plugin-gitops-node';
import type { Knex } from 'knex';
import type {
  GitAuth,
  GitAuthStore,
  Validation,
} from '../../database/GitAuthStore';
import type { ProjectStore } from '../../database/ProjectStore';
import type { RepositoryStore } from '../../database/RepositoryStore';
import type { SyncLogStore } from '../../database/SyncLogStore';
import type { Repository } from '../../database/tables';
import { now } from '../../database/time';
import { withTransaction } from '../../database/withTransaction';
import type { EventStore } from '../../events/EventStore';
import type { ProjectNotifier } from '../../projects/ProjectNotifier';
import type { CredentialFactory } from '../CredentialFactory';
import { checkGithubApp } from '../kinds/githubApp';
import { notice, noticeOfError } from '../../words/notice';
import { probeRepository } from './probeRepository';

/** Checks in one run, so that a host is not asked about everything at once. */
const CHECKS_PER_RUN = 50;
const DAY_MS = 24 * 60 * 60_000;

/** How a change of the state is called in the history. */
const EVENTS: Partial<Record<ValidationStatus, string>> = {
  valid: 'credential-valid',
  invalid: 'credential-invalid',
  expired: 'credential-expired',
};

/** When credentials are looked at. @internal */
export interface ValidationPace {
  /** How old the last check may be, in milliseconds. */
  intervalMs: number;
  /** Days before its end at which an event is written. */
  expiryWarningDays: readonly number[];
}

/**
 * Finds out at the hosts whether credentials still work, and tells in time that one
 * will end.
 *
 * @internal
 */
export class CredentialValidator {
  private readonly options: {
    knex: Knex;
    logger: LoggerService;
    gitHosts: GitHostRegistry;
    projects: ProjectStore;
    repositories: RepositoryStore;
    gitAuths: GitAuthStore;
    syncLogs: SyncLogStore;
    events: EventStore;
    notifier: ProjectNotifier;
    credentials: CredentialFactory;
    pace: ValidationPace;
  };

  constructor(options: CredentialValidator['options']) {
    this.options = options;
  }

  /** How long before its end a credential is first warned about, in milliseconds. */
  get earliestWarningMs(): number {
    return Math.max(0, ...this.options.pace.expiryWarningDays) * DAY_MS;
  }

  /**
   * Checks the credential of a project now.
   *
   * @throws ServiceUnavailableError when the host does not answer
   */
  async validate(
    projectId: string,
    options: { signal?: AbortSignal } = {},
  ): Promise<Validation> {
    const { gitAuths, repositories } = this.options;
    const auth = await gitAuths.getByProject(projectId);
    const repository = await repositories.getByProject(projectId);
    if (!auth || !repository) {
      throw new ConflictError(
        'There is no credential to check yet: finish the set-up of the project first',
      );
    }
    const startedAt = now();
    const found = await this.check(auth, repository, options.signal);
    await this.record(auth, repository, found, startedAt);
    return found;
  }

  /**
   * Checks those that were not checked for long, the longest ago first.
   *
   * @returns how many were checked
   */
  async validateDue(options: { signal?: AbortSignal } = {}): Promise<number> {
    const { gitAuths, pace } = this.options;
    const due = await gitAuths.findUnvalidated({
      before: new Date(Date.now() - pace.intervalMs).toISOString(),
      limit: CHECKS_PER_RUN,
    });
    return this.validateEach(due, options);
  }

  /**
   * Looks again at credentials that read with a connection and did not work: it has
   * another token now, perhaps because its account was connected again.
   *
   * @returns how many were checked
   */
  async validateConnection(
    connectionId: string,
    options: { signal?: AbortSignal } = {},
  ): Promise<number> {
    const { gitAuths } = this.options;
    const projectIds = await gitAuths.listProjectsOfConnection(connectionId);
    const auths = await Promise.all(
      projectIds.map(id => gitAuths.getByProject(id)),
    );
    return this.validateEach(
      auths.flatMap(auth =>
        auth && auth.validationStatus !== 'valid' ? [auth] : [],
      ),
      options,
    );
  }

  private async validateEach(
    auths: readonly Pick<GitAuth, 'projectId'>[],
    options: { signal?: AbortSignal },
  ): Promise<number> {
    const { repositories, logger } = this.options;
    const silent = new Set<string>();
    let checked = 0;
    for (const auth of auths) {
      options.signal?.throwIfAborted();
      const repository = await repositories.getByProject(auth.projectId);
      if (!repository || silent.has(repository.host)) {
        continue;
      }
      try {
        await this.validate(auth.projectId, options);
        checked += 1;
      } catch (error) {
        options.signal?.throwIfAborted();
        // Each further question would wait as long to hear the same.
        silent.add(repository.host);
        logger.debug(
          `Credentials at ${repository.host} are not checked now: ${
            toError(error).message
          }`,
        );
      }
    }
    return checked;
  }

  /**
   * Writes an event for each credential that comes near its end, once per threshold.
   *
   * @returns how many were warned about
   */
  async warnOfExpiry(): Promise<number> {
    const { knex, gitAuths, events, pace } = this.options;
    const thresholds = [...pace.expiryWarningDays].sort((a, b) => a - b);
    const furthest = thresholds.at(-1);
    if (furthest === undefined) {
      return 0;
    }
    const ending = await gitAuths.findExpiring({
      before: new Date(Date.now() + furthest * DAY_MS).toISOString(),
    });
    let warned = 0;
    for (const auth of ending) {
      const left = Date.parse(auth.expiresAt!) - Date.now();
      const threshold = thresholds.find(days => left <= days * DAY_MS)!;
      const isNew = await withTransaction(knex, async trx => {
        if (!(await gitAuths.setExpiryWarning(trx, auth.id, threshold))) {
          return false;
        }
        await events.append(trx, {
          eventType: 'project',
          action: 'credential-expiring',
          severity: 'warning',
          projectId: auth.projectId,
          resourceType: 'credential',
          resourceId: auth.id,
          message: `The credential that Flux reads the repository with ends at ${auth.expiresAt}: replace it before, no new commit is deployed after`,
          metadata: { expiresAt: auth.expiresAt, days: threshold },
        });
        return true;
      });
      if (isNew) {
        await this.tell(auth.projectId);
        warned += 1;
      }
    }
    return warned;
  }

  private async check(
    auth: GitAuth,
    repository: Repository,
    signal: AbortSignal | undefined,
  ): Promise<Validation> {
    const { gitHosts, credentials } = this.options;
    if (auth.expiresAt && Date.parse(auth.expiresAt) <= Date.now()) {
      return {
        status: 'expired',
        ...notice('credentialEnded', { time: { time: auth.expiresAt } }),
      };
    }
    const provider = gitHosts.get(repository.host);
    // What was said of its power when it was made is still so.
    const valid: Validation = {
      status: 'valid',
      ...(auth.validationStatus === 'valid' && {
        message: auth.validationMessage,
        wording: auth.validationWording,
      }),
    };
    let opened;
    try {
      opened = await credentials.open(auth);
      if (opened.kind === 'github-app') {
        await checkGithubApp(opened, { host: repository.host, signal });
        return valid;
      }
    } catch (error) {
      signal?.throwIfAborted();
      if (toError(error).name === 'ServiceUnavailableError') {
        throw error;
      }
      return { status: 'invalid', ...noticeOfError(error) };
    }
    if (opened.kind === 'basic') {
      const answer = await probeRepository(provider, repository, opened, {
        signal,
      });
      switch (answer) {
        case 'readable':
          return valid;
        case 'refused':
          return {
            status: 'invalid',
            ...notice('credentialRefused', { host: repository.host }),
          };
        default:
          return {
            status: 'invalid',
            ...notice('credentialBlind', {
              repository: `${repository.owner}/${repository.name}`,
            }),
          };
      }
    }
    return this.checkDeployKey(auth, repository, valid, signal);
  }

  private async checkDeployKey(
    { material }: GitAuth,
    repository: Repository,
    valid: Validation,
    signal: AbortSignal | undefined,
  ): Promise<Validation> {
    const provider = this.options.gitHosts.get(repository.host);
    const credential = await provider.portalCredential(repository.owner, {
      signal,
    });
    if (!credential) {
      return {
        status: 'unknown',
        ...notice('keyUnseen', { host: repository.host }),
      };
    }
    try {
      const keys = await provider.listDeployKeys(repository, {
        credential,
        signal,
      });
      const known = keys.some(
        ({ id }) =>
          material.authType === 'ssh' && id === material.providerKeyId,
      );
      return known
        ? valid
        : {
            status: 'invalid',
            ...notice('keyUnknown', { host: repository.host }),
          };
    } catch (error) {
      signal?.throwIfAborted();
      if (toError(error).name === 'ServiceUnavailableError') {
        throw error;
      }
      return { status: 'unknown', ...noticeOfError(error) };
    }
  }

  private async record(
    auth: GitAuth,
    repository: Repository,
    found: Validation,
    startedAt: string,
  ): Promise<void> {
    const { knex, gitAuths, syncLogs, events } = this.options;
    const changed = auth.validationStatus !== found.status;
    const works = found.status === 'valid' || found.status === 'unknown';
    await withTransaction(knex, async trx => {
      await gitAuths.setValidation(trx, auth.id, found);
      await syncLogs.append(trx, {
        projectId: auth.projectId,
        provider: repository.provider,
        host: repository.host,
        syncType: 'credential',
        action: 'validate',
        status: works ? 'succeeded' : 'failed',
        error: works ? undefined : found.message,
        startedAt,
        finishedAt: now(),
      });
      if (changed && EVENTS[found.status]) {
        await events.append(trx, {
          eventType: 'project',
          action: EVENTS[found.status]!,
          severity: works ? 'info' : 'error',
          projectId: auth.projectId,
          resourceType: 'credential',
          resourceId: auth.id,
          message: found.message ?? 'The Git host accepts the credential again',
        });
      }
    });
    if (changed || found.message !== auth.validationMessage) {
      await this.tell(auth.projectId);
    }
  }

  private async tell(projectId: string): Promise<void> {
    const { knex, projects, notifier } = this.options;
    const version = await withTransaction(knex, trx =>
      projects.bumpVersion(trx, projectId),
    );
    notifier.notify(projectId, version);
  }
}
