import type {
  LoggerService,
  SchedulerService,
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

/**
 * What is done again and again: going on with set-ups whose replica died, giving
 * up the stuck ones, keeping connections to Git hosts true, and throwing templates away
 * that nobody pushed.
 */
export async function scheduleTasks(
  scheduler: SchedulerService,
  options: {
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
  },
): Promise<void> {
  const { engine, contents, suspensions, logger } = options;
  await scheduler.scheduleTask({
    id: 'gitops-resume-initializations',
    // Each replica looks by itself; the lease on the project decides who goes on.
    scope: 'local',
    frequency: { seconds: 10 },
    initialDelay: { seconds: 2 },
    timeout: { minutes: 15 },
    fn: async signal => {
      await engine.recoverInterrupted({ signal });
    },
  });
  await scheduler.scheduleTask({
    id: 'gitops-read-annotated-objects',
    scope: 'global',
    frequency: { minutes: 1 },
    initialDelay: { seconds: 20 },
    timeout: { minutes: 5 },
    fn: async () => {
      await options.annotated.refresh();
    },
  });
  await scheduler.scheduleTask({
    id: 'gitops-read-commits',
    // Which commits failed is known to the replica that asked for them.
    scope: 'local',
    frequency: { seconds: 10 },
    initialDelay: { seconds: 10 },
    timeout: { minutes: 5 },
    fn: async signal => {
      await options.commits.readMissing(signal);
    },
  });
  await scheduler.scheduleTask({
    id: 'gitops-end-suspensions',
    scope: 'global',
    frequency: { seconds: 30 },
    initialDelay: { seconds: 10 },
    timeout: { minutes: 5 },
    fn: async signal => {
      await suspensions.run({ signal });
    },
  });
  await scheduler.scheduleTask({
    id: 'gitops-resume-deletions',
    scope: 'local',
    frequency: { seconds: 10 },
    initialDelay: { seconds: 3 },
    timeout: { minutes: 30 },
    fn: async signal => {
      await options.deletion.resumeInterrupted({ signal });
    },
  });
  await scheduler.scheduleTask({
    id: 'gitops-keep-connections',
    // Every replica helps; what is done in which, the rows decide.
    scope: 'local',
    frequency: { minutes: 1 },
    initialDelay: { seconds: 15 },
    timeout: { minutes: 10 },
    fn: async signal => {
      await options.connections.run({ signal });
    },
  });
  await scheduler.scheduleTask({
    id: 'gitops-resume-rotations',
    scope: 'local',
    frequency: { seconds: 10 },
    initialDelay: { seconds: 4 },
    timeout: { minutes: 15 },
    fn: async () => {
      await options.rotator.resume();
    },
  });
  await scheduler.scheduleTask({
    id: 'gitops-restore-refused-secrets',
    scope: 'global',
    frequency: { seconds: 15 },
    initialDelay: { seconds: 15 },
    timeout: { minutes: 5 },
    fn: async signal => {
      await options.secretKeeper.keepRefused({ signal });
    },
  });
  await scheduler.scheduleTask({
    id: 'gitops-keep-secrets',
    scope: 'global',
    frequency: { minutes: 10 },
    initialDelay: { minutes: 2 },
    timeout: { minutes: 30 },
    fn: async signal => {
      await options.secretKeeper.keepAll({ signal });
    },
  });
  await scheduler.scheduleTask({
    id: 'gitops-validate-credentials',
    scope: 'global',
    frequency: { minutes: 5 },
    initialDelay: { minutes: 1 },
    timeout: { minutes: 30 },
    fn: async signal => {
      await options.rotator.rotateEnding({
        withinMs: options.validator.earliestWarningMs,
      });
      await options.validator.warnOfExpiry();
      await options.validator.validateDue({ signal });
    },
  });
  await scheduler.scheduleTask({
    id: 'gitops-refresh-repositories',
    scope: 'global',
    frequency: { minutes: 5 },
    initialDelay: { minutes: 1 },
    timeout: { hours: 1 },
    fn: async signal => {
      await options.repositoryRefresh.run({ signal });
    },
  });
  await scheduler.scheduleTask({
    id: 'gitops-rewrap-secrets',
    scope: 'global',
    frequency: { hours: 1 },
    initialDelay: { seconds: 30 },
    timeout: { minutes: 30 },
    fn: async signal => {
      await options.rewrap.run({ signal });
    },
  });
  await scheduler.scheduleTask({
    id: 'gitops-clean-up',
    scope: 'global',
    frequency: { minutes: 10 },
    initialDelay: { minutes: 1 },
    timeout: { minutes: 5 },
    fn: async signal => {
      for (const slug of await engine.failStuck()) {
        logger.info(`Gave up the stuck set-up of project ${slug}`);
      }
      const expired = await contents.deleteExpired();
      if (expired > 0) {
        logger.info(`Deleted ${expired} rendered templates that had expired`);
      }
      await options.retention.run({ signal });
    },
  });
}
