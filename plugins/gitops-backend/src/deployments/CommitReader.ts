import type { LoggerService } from '@backstage/backend-plugin-api';
import { toError } from '@backstage/errors';
import type {
  GitHostCredential,
  GitHostProvider,
  GitHostRegistry,
} from '@backstage-gitops/plugin-gitops-node';
import type { Knex } from 'knex';
import type { CredentialFactory } from '../credentials/CredentialFactory';
import type { GitAuthStore } from '../database/GitAuthStore';
import type {
  CommitFacts,
  DeploymentStore,
  ProjectCommit,
} from '../database/DeploymentStore';
import type { ProjectStore } from '../database/ProjectStore';
import type { RepositoryStore } from '../database/RepositoryStore';
import type { Repository } from '../database/tables';
import { withTransaction } from '../database/withTransaction';
import type { ChangeNotifier } from '../status/Ingest';

/** Commits of older deployments are not asked for any more. */
const SINCE_MS = 24 * 60 * 60 * 1_000;
/** Commits that one round asks for; the rest waits for the next. */
const PER_ROUND = 50;
const DEADLINE_MS = 15_000;
/** After this many failures a commit waits for the backend's next start. */
const ATTEMPTS = 5;
/** Somebody may be looking: a commit that has just come is asked for after this. */
const SOON_MS = 200;
/** Between two times that it is done so. */
const GAP_MS = 1_000;
/** Projects whose commits are asked for out of turn at once; of a flood, no more. */
const SOON_PROJECTS = 20;
/** Commits that take turns; older ones join when some of these are done. */
const TAKE_TURNS = 5_000;
const MAX_TITLE = 200;

/**
 * Completes deployments with what the Git host tells of their commits. It runs
 * beside the status engine and after it: a host that is slow or gone leaves a
 * deployment without title and time of its commit, and nothing else waits.
 *
 * @internal
 */
export class CommitReader {
  /** How often commits were asked for in vain, those of the last try at the end. */
  private readonly failures = new Map<string, number>();
  /** Projects whose commits are asked for out of turn. */
  private readonly soon = new Set<string>();
  private soonTimer?: NodeJS.Timeout;
  private readonly stopping = new AbortController();

  constructor(
    private readonly services: {
      knex: Knex;
      deployments: DeploymentStore;
      repositories: Pick<RepositoryStore, 'getByProject'>;
      projects: Pick<ProjectStore, 'bumpVersion'>;
      gitHosts: GitHostRegistry;
      gitAuths: Pick<GitAuthStore, 'getByProject'>;
      credentials: Pick<CredentialFactory, 'open'>;
      notifier: ChangeNotifier;
      logger: LoggerService;
    },
  ) {}

  /**
   * One round. Two replicas that do it at once write the same.
   *
   * @returns how many commits are described now that were not before.
   */
  async readMissing(signal?: AbortSignal): Promise<number> {
    const commits = await this.services.deployments.unknownCommits({
      since: new Date(Date.now() - SINCE_MS).toISOString(),
      limit: TAKE_TURNS,
    });
    return this.describeAll(this.nextInTurn(commits), signal);
  }

  /**
   * Asks for commits that projects have just got without waiting for the next
   * round. Returns at once; what fails, and what is too much, is left to the rounds.
   */
  readSoon(projectIds: readonly string[]): void {
    for (const id of projectIds) {
      if (this.soon.size < SOON_PROJECTS) {
        this.soon.add(id);
      }
    }
    this.scheduleSoon(SOON_MS);
  }

  /** Begins nothing new; ends what {@link readSoon} has begun. */
  stop(): void {
    clearTimeout(this.soonTimer);
    this.stopping.abort();
  }

  private scheduleSoon(delayMs: number): void {
    if (this.soon.size > 0 && !this.stopping.signal.aborted) {
      this.soonTimer ??= setTimeout(() => {
        void this.readWanted().finally(() => {
          this.soonTimer = undefined;
          this.scheduleSoon(GAP_MS);
        });
      }, delayMs);
    }
  }

  private async readWanted(): Promise<void> {
    const { deployments, logger } = this.services;
    const projectIds = [...this.soon];
    this.soon.clear();
    try {
      const commits = await deployments.unknownCommits({
        since: new Date(Date.now() - SINCE_MS).toISOString(),
        limit: SOON_PROJECTS,
        projectIds,
      });
      await this.describeAll(
        commits.filter(commit => !this.failures.has(keyOf(commit))),
        this.stopping.signal,
      );
    } catch (error) {
      logger.debug(
        `New commits cannot be looked up yet: ${toError(error).message}`,
      );
    }
  }

  private async describeAll(
    commits: readonly ProjectCommit[],
    signal?: AbortSignal,
  ): Promise<number> {
    const { deployments, logger } = this.services;
    let described = 0;
    for (const commit of commits) {
      if (signal?.aborted) {
        break;
      }
      const key = keyOf(commit);
      const failures = this.failures.get(key) ?? 0;
      // Back to the end of the queue.
      this.failures.delete(key);
      try {
        const facts =
          (await deployments.findCommit(commit)) ??
          (await this.read(commit, signal));
        if (!facts) {
          throw new Error('the host does not know it');
        }
        await this.write(commit, facts);
        // A host that tells no time would be asked for it over and over.
        if (!facts.committedAt) {
          this.failures.set(key, ATTEMPTS);
        }
        described += 1;
      } catch (error) {
        this.failures.set(key, failures + 1);
        logger.debug(
          `Commit ${commit.commit} of project ${
            commit.projectId
          } cannot be read from the Git host: ${toError(error).message}`,
        );
      }
    }
    return described;
  }

  /**
   * Those that were never asked for, then those whose last try is longest ago, so
   * that the ones that keep failing hold nobody back.
   */
  private nextInTurn(commits: readonly ProjectCommit[]): ProjectCommit[] {
    const untried = new Map(commits.map(commit => [keyOf(commit), commit]));
    const tried: ProjectCommit[] = [];
    for (const [key, failures] of this.failures) {
      const commit = untried.get(key);
      if (!commit) {
        this.failures.delete(key);
        continue;
      }
      untried.delete(key);
      if (failures < ATTEMPTS) {
        tried.push(commit);
      }
    }
    return [...untried.values(), ...tried].slice(0, PER_ROUND);
  }

  private async read(
    { projectId, commit }: ProjectCommit,
    outer?: AbortSignal,
  ): Promise<CommitFacts | undefined> {
    const repository = await this.services.repositories.getByProject(projectId);
    if (!repository) {
      return undefined;
    }
    const provider = this.services.gitHosts.get(repository.host);
    const credential = await this.credential(repository, provider);
    if (!credential) {
      throw new Error(
        `the portal has no credential for ${repository.host}: add one to integrations`,
      );
    }
    const deadline = AbortSignal.timeout(DEADLINE_MS);
    const found = await provider.getCommit(repository, commit, {
      credential,
      signal: outer ? AbortSignal.any([outer, deadline]) : deadline,
    });
    return (
      found && {
        commitTitle: found.message.split('\n', 1)[0].slice(0, MAX_TITLE),
        commitAuthor: found.authorName,
        committedAt: found.committedAt,
      }
    );
  }

  private async credential(
    { projectId, owner }: Repository,
    provider: GitHostProvider,
  ): Promise<GitHostCredential | undefined> {
    const own = await provider.portalCredential(owner);
    if (own) {
      return own;
    }
    const auth = await this.services.gitAuths.getByProject(projectId);
    if (!auth) {
      return undefined;
    }
    const opened = await this.services.credentials.open(auth);
    // A key opens the repository to Git alone, not the host's own interface.
    return opened.kind === 'basic'
      ? { username: opened.username, token: opened.password }
      : undefined;
  }

  private async write(commit: ProjectCommit, facts: CommitFacts) {
    const { knex, deployments, projects, notifier } = this.services;
    const version = await withTransaction(knex, async trx => {
      await deployments.describeCommit(trx, commit, facts);
      return projects.bumpVersion(trx, commit.projectId);
    });
    notifier.notify(commit.projectId, version);
  }
}

function keyOf({ projectId, commit }: ProjectCommit): string {
  return `${projectId}/${commit}`;
}
