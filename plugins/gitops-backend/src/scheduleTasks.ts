import type {
  LoggerService,
  SchedulerService,
  SchedulerServiceTaskScheduleDefinition,
} from '@backstage/backend-plugin-api';
import type { ConnectionUpkeep } from './credentials/connections';
import type { Rewrap } from './credentials/rewrap/Rewrap';
import type { CredentialRotator } from './credentials/rotation/CredentialRotator';
import type { SecretKeeper } from './credentials/SecretKeeper';
import type { CredentialValidator } from './credentials/validation/CredentialValidator';
import type { ContentStore } from './database/ContentStore';
import type { CommitReader } from './deployments/CommitReader';
import type { AnnotatedObjects } from './discovered/AnnotatedObjects';
import type { SuspensionExpiry } from './environments/SuspensionExpiry';
import type { DatabaseInitializationEngine } from './initialization/DatabaseInitializationEngine';
import type { HistoryRetention } from './events/HistoryRetention';
import type { ProjectDeletion } from './projects/deletion/ProjectDeletion';
import type { RepositoryRefresh } from './projects/RepositoryRefresh';

/** What works off the tasks. */
export interface TaskWorkers {
  engine: DatabaseInitializationEngine;
  deletion: ProjectDeletion;
  rewrap: Rewrap;
  repositoryRefresh: RepositoryRefresh;
  retention: HistoryRetention;
  contents: ContentStore;
  annotated: AnnotatedObjects;
  commits: CommitReader;
  connections: ConnectionUpkeep;
  suspensions: SuspensionExpiry;
  rotator: CredentialRotator;
  secretKeeper: SecretKeeper;
  validator: CredentialValidator;
  logger: LoggerService;
}

type Duration = Exclude<
  SchedulerServiceTaskScheduleDefinition['initialDelay'],
  undefined
>;

interface Task {
  id: string;
  /**
   * `local`: every replica does it, and what is done in which a lease or the rows
   * decide. `global`: one at a time.
   */
  scope: 'local' | 'global';
  every: Duration;
  /** The first time, after the start of the portal. */
  after: Duration;
  timeout: Duration;
  run(workers: TaskWorkers, signal: AbortSignal): Promise<unknown>;
}

const TASKS: readonly Task[] = [
  {
    id: 'gitops-resume-initializations',
    scope: 'local',
    every: { seconds: 10 },
    after: { seconds: 2 },
    timeout: { minutes: 15 },
    run: ({ engine }, signal) => engine.recoverInterrupted({ signal }),
  },
  {
    id: 'gitops-resume-deletions',
    scope: 'local',
    every: { seconds: 10 },
    after: { seconds: 3 },
    timeout: { minutes: 30 },
    run: ({ deletion }, signal) => deletion.resumeInterrupted({ signal }),
  },
  {
    id: 'gitops-resume-rotations',
    scope: 'local',
    every: { seconds: 10 },
    after: { seconds: 4 },
    timeout: { minutes: 15 },
    run: ({ rotator }) => rotator.resume(),
  },
  {
    id: 'gitops-end-suspensions',
    scope: 'global',
    every: { seconds: 30 },
    after: { seconds: 10 },
    timeout: { minutes: 5 },
    run: ({ suspensions }, signal) => suspensions.run({ signal }),
  },
  {
    id: 'gitops-read-commits',
    // Which commits failed is known to the replica that asked for them.
    scope: 'local',
    every: { seconds: 10 },
    after: { seconds: 10 },
    timeout: { minutes: 5 },
    run: ({ commits }, signal) => commits.readMissing(signal),
  },
  {
    id: 'gitops-read-annotated-objects',
    scope: 'global',
    every: { minutes: 1 },
    after: { seconds: 20 },
    timeout: { minutes: 5 },
    run: ({ annotated }) => annotated.refresh(),
  },
  {
    id: 'gitops-keep-connections',
    scope: 'local',
    every: { minutes: 1 },
    after: { seconds: 15 },
    timeout: { minutes: 10 },
    run: ({ connections }, signal) => connections.run({ signal }),
  },
  {
    id: 'gitops-restore-refused-secrets',
    scope: 'global',
    every: { seconds: 15 },
    after: { seconds: 15 },
    timeout: { minutes: 5 },
    run: ({ secretKeeper }, signal) => secretKeeper.keepRefused({ signal }),
  },
  {
    id: 'gitops-keep-secrets',
    scope: 'global',
    every: { minutes: 10 },
    after: { minutes: 2 },
    timeout: { minutes: 30 },
    run: ({ secretKeeper }, signal) => secretKeeper.keepAll({ signal }),
  },
  {
    id: 'gitops-validate-credentials',
    scope: 'global',
    every: { minutes: 5 },
    after: { minutes: 1 },
    timeout: { minutes: 30 },
    run: async ({ rotator, validator }, signal) => {
      await rotator.rotateEnding({ withinMs: validator.earliestWarningMs });
      await validator.warnOfExpiry();
      await validator.validateDue({ signal });
    },
  },
  {
    id: 'gitops-refresh-repositories',
    scope: 'global',
    every: { minutes: 5 },
    after: { minutes: 1 },
    timeout: { hours: 1 },
    run: ({ repositoryRefresh }, signal) => repositoryRefresh.run({ signal }),
  },
  {
    id: 'gitops-rewrap-secrets',
    scope: 'global',
    every: { hours: 1 },
    after: { seconds: 30 },
    timeout: { minutes: 30 },
    run: ({ rewrap }, signal) => rewrap.run({ signal }),
  },
  {
    id: 'gitops-clean-up',
    scope: 'global',
    every: { minutes: 10 },
    after: { minutes: 1 },
    timeout: { minutes: 5 },
    run: async ({ engine, contents, retention, logger }, signal) => {
      for (const slug of await engine.failStuck()) {
        logger.info(`Gave up the stuck set-up of project ${slug}`);
      }
      const expired = await contents.deleteExpired();
      if (expired > 0) {
        logger.info(`Deleted ${expired} rendered templates that had expired`);
      }
      await retention.run({ signal });
    },
  },
];

/**
 * What is done again and again, without anybody asking: going on with what a
 * replica left when it died, ending what has its time, reading what no watch
 * tells, keeping credentials, their Secrets and the records of repositories true,
 * and cleaning up.
 */
export async function scheduleTasks(
  scheduler: SchedulerService,
  workers: TaskWorkers,
): Promise<void> {
  for (const { id, scope, every, after, timeout, run } of TASKS) {
    await scheduler.scheduleTask({
      id,
      scope,
      frequency: every,
      initialDelay: after,
      timeout,
      fn: async signal => {
        await run(workers, signal);
      },
    });
  }
}
