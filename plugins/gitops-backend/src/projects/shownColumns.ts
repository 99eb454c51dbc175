import type { EntityOf } from '../database/Table';
import {
  clusterSessions,
  deployments,
  environments,
  gitopsResources,
  projectGitAuth,
  projectInitializationSteps,
  projects,
  repositories,
} from '../database/tables';

// What pages show, and no more: a page is read some hundred times a second, and
// much of the price of a read is the number of its columns.

export const shownProjects = projects.only(
  'id',
  'slug',
  'name',
  'description',
  'status',
  'version',
  'entityRef',
  'ownerRef',
  'initializationAttempt',
  'initializationStartedAt',
  'initializationCompletedAt',
  'initializationError',
  'leaseUntil',
);
export type ShownProject = EntityOf<typeof shownProjects>;

export const shownRepositories = repositories.only(
  'id',
  'provider',
  'host',
  'owner',
  'name',
  'visibility',
  'url',
  'defaultBranch',
  'conflict',
);
export type ShownRepository = EntityOf<typeof shownRepositories>;

export const shownCredentials = projectGitAuth.only(
  'id',
  'authType',
  'validationStatus',
  'expiresAt',
);

export const shownSteps = projectInitializationSteps.only(
  'id',
  'step',
  'displayName',
  'sequence',
  'status',
  'progress',
  'duration',
  'error',
  'startedAt',
  'completedAt',
);
export type ShownStep = EntityOf<typeof shownSteps>;

export const shownEnvironments = environments.only(
  'name',
  'displayName',
  'type',
  'cluster',
  'namespace',
);
export type ShownEnvironment = EntityOf<typeof shownEnvironments>;

export const shownResources = gitopsResources.only(
  'id',
  'type',
  'cluster',
  'namespace',
  'name',
  'suspended',
  'suspendedBy',
  'suspendReason',
  'suspendedAt',
  'suspendedUntil',
  'status',
  'statusReason',
  'statusMessage',
  'statusSince',
  'recheckAt',
  'lastAppliedRevision',
  'observed',
  'attributes',
  'diagnosis',
);
export type ShownResource = EntityOf<typeof shownResources>;

export const shownSessions = clusterSessions.only(
  'cluster',
  'state',
  'error',
  'wording',
  'lastSyncedAt',
);

export const shownDeployments = deployments.only(
  'id',
  'commitHash',
  'commitTitle',
  'commitAuthor',
  'committedAt',
);
export type ShownDeployment = EntityOf<typeof shownDeployments>;
