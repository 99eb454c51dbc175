import type {
  AppType,
  CredentialKind,
  Diagnosis,
  EnvironmentWish,
  FluxObject,
  RepositoryConflictDocument,
  RepositoryWish,
  StateAttributes,
  TokenType,
  Wording,
} from '@backstage-gitops/plugin-gitops-common';
import {
  appTypeSchema,
  clusterStateSchema,
  connectionMethodSchema,
  connectionPurposeSchema,
  connectionStatusSchema,
  credentialLocationStatusSchema,
  deploymentMethodSchema,
  deploymentStatusSchema,
  environmentStatusSchema,
  environmentTypeSchema,
  eventTypeSchema,
  gitAuthSlotSchema,
  gitAuthTypeSchema,
  gitProviderSchema,
  projectStatusSchema,
  resourceStatusSchema,
  resourceTypeSchema,
  rotationPhaseSchema,
  serverTypeSchema,
  severitySchema,
  stepNameSchema,
  stepStatusSchema,
  syncActionSchema,
  syncStatusSchema,
  syncTypeSchema,
  tokenTypeSchema,
  validationStatusSchema,
  visibilitySchema,
} from '@backstage-gitops/plugin-gitops-common';
import {
  binary,
  boolean,
  enumeration,
  integer,
  json,
  optional,
  text,
  time,
} from './columns';
import { EntityOf, Table } from './Table';

const stamps = { createdAt: time, updatedAt: time };

/** What Flux is to read the repository with; a token only in its envelope. */
export type StoredCredentialWish =
  | { kind: 'least' | 'ssh' | 'project-token' }
  | {
      kind: 'token';
      /** Vault envelope; absent once the set-up has ended. */
      sealedToken?: string;
      username?: string;
      tokenType?: TokenType;
      expiresAt?: string;
    }
  | { kind: 'connection'; connectionId: string }
  | {
      kind: 'app';
      appType: AppType;
      appId: string;
      installationId: string;
      /** Vault envelope; absent once the set-up has ended. */
      sealedPrivateKey?: string;
    };

/** An environment as it was asked for, with every default filled in. */
export type WishedEnvironment = Required<
  Pick<EnvironmentWish, 'name' | 'type' | 'displayName' | 'cluster'>
> &
  Pick<EnvironmentWish, 'description' | 'approvalRequired' | 'minApprovals'>;

/** What the user asked for, complete: every default is filled in. */
export interface ProjectWishes {
  repository: Required<RepositoryWish>;
  environments: WishedEnvironment[];
  /**
   * Environments that were added to the project in operation, in this order
   * after the others. Apart, so that a template that is run again still asks for
   * what the project was begun with.
   */
  added?: WishedEnvironment[];
  /** The one of them that is being set up, and for whom. */
  adding?: { environment: string; userRef: string };
  /** The least power that the host offers, if absent. */
  credential?: StoredCredentialWish;
}

export const projects = new Table('projects', {
  id: text,
  slug: text,
  name: text,
  description: optional(text),
  status: enumeration(projectStatusSchema),
  statusSince: time,
  entityRef: text,
  ownerRef: text,
  createdBy: text,
  templateId: optional(text),
  wishes: json<ProjectWishes>(),
  version: integer,
  initializationJobId: optional(text),
  initializationThrough: optional(enumeration(stepNameSchema)),
  initializationAttempt: integer,
  initializationStartedAt: optional(time),
  initializationCompletedAt: optional(time),
  initializationError: optional(text),
  /** Vault envelope, see `secretLocations`. */
  initializationHostToken: optional(text),
  deletionRequestedAt: optional(time),
  deletionRequestedBy: optional(text),
  deletionError: optional(text),
  leaseHolder: optional(text),
  leaseUntil: optional(time),
  leaseFence: integer,
  ...stamps,
});
export type Project = EntityOf<typeof projects>;

export const repositories = new Table('repositories', {
  id: text,
  projectId: text,
  provider: enumeration(gitProviderSchema),
  host: text,
  owner: text,
  name: text,
  visibility: enumeration(visibilitySchema),
  url: text,
  cloneUrl: text,
  defaultBranch: text,
  providerRepositoryId: text,
  firstCommit: optional(text),
  /** What the Git host says otherwise than the rest of the row. */
  conflict: optional(json<RepositoryConflictDocument>()),
  lastRefreshedAt: optional(time),
  ...stamps,
});
export type Repository = EntityOf<typeof repositories>;

/** Settings of an environment that nothing queries. */
export interface EnvironmentConfig {
  cloudProvider?: 'aws' | 'gcp' | 'azure';
  region?: string;
  approvalRequired?: boolean;
  minApprovals?: number;
}

export const environments = new Table('environments', {
  id: text,
  projectId: text,
  name: text,
  displayName: text,
  type: enumeration(environmentTypeSchema),
  description: optional(text),
  status: enumeration(environmentStatusSchema),
  statusSince: time,
  cluster: text,
  namespace: text,
  position: integer,
  gitopsResourceId: optional(text),
  config: optional(json<EnvironmentConfig>()),
  ...stamps,
});
export type Environment = EntityOf<typeof environments>;

/** What a Flux object was asked to be; the only home of these settings. */
export interface ResourceConfig {
  url?: string;
  branch?: string;
  path?: string;
  interval?: string;
  retryInterval?: string;
  timeout?: string;
  targetNamespace?: string;
  serviceAccountName?: string;
  sourceName?: string;
}

export const gitopsResources = new Table('gitops_resources', {
  id: text,
  projectId: text,
  environmentId: optional(text),
  repositoryId: optional(text),
  type: enumeration(resourceTypeSchema),
  cluster: text,
  namespace: text,
  name: text,
  uid: optional(text),
  generation: optional(integer),
  suspended: boolean,
  suspendedBy: optional(text),
  suspendReason: optional(text),
  suspendedAt: optional(time),
  suspendedUntil: optional(time),
  config: optional(json<ResourceConfig>()),
  status: enumeration(resourceStatusSchema),
  statusReason: optional(text),
  statusMessage: optional(text),
  statusSince: optional(time),
  lastStatusUpdateAt: optional(time),
  readySince: optional(time),
  recheckAt: optional(time),
  lastAppliedRevision: optional(text),
  lastAppliedAt: optional(time),
  lastAttemptedRevision: optional(text),
  lastAttemptedAt: optional(time),
  errorMessage: optional(text),
  observed: optional(json<FluxObject>()),
  attributes: optional(json<StateAttributes>()),
  diagnosis: optional(json<Diagnosis>()),
  version: integer,
  ...stamps,
});
export type GitopsResource = EntityOf<typeof gitopsResources>;

export const discoveredResources = new Table('discovered_resources', {
  id: text,
  cluster: text,
  namespace: text,
  kind: text,
  name: text,
  kubernetesId: optional(text),
  annotated: boolean,
  status: enumeration(resourceStatusSchema),
  statusReason: optional(text),
  statusMessage: optional(text),
  statusSince: optional(time),
  lastStatusUpdateAt: optional(time),
  revision: optional(text),
  observed: optional(json<FluxObject>()),
  attributes: optional(json<StateAttributes>()),
  diagnosis: optional(json<Diagnosis>()),
  version: integer,
  ...stamps,
});
export type DiscoveredResource = EntityOf<typeof discoveredResources>;

export const deployments = new Table('deployments', {
  id: text,
  environmentId: text,
  gitopsResourceId: optional(text),
  commitHash: text,
  deploymentMethod: enumeration(deploymentMethodSchema),
  status: enumeration(deploymentStatusSchema),
  deployedBy: optional(text),
  startedAt: time,
  finishedAt: optional(time),
  message: optional(text),
  commitTitle: optional(text),
  commitAuthor: optional(text),
  committedAt: optional(time),
  fetchedAt: optional(time),
  appliedAt: optional(time),
  healthyAt: optional(time),
  ...stamps,
});
export type Deployment = EntityOf<typeof deployments>;

export const projectInitializationSteps = new Table(
  'project_initialization_steps',
  {
    id: text,
    projectId: text,
    attempt: integer,
    step: enumeration(stepNameSchema),
    displayName: text,
    sequence: integer,
    weight: integer,
    status: enumeration(stepStatusSchema),
    progress: integer,
    duration: optional(integer),
    error: optional(text),
    details: optional(json<StepDetails>()),
    startedAt: optional(time),
    completedAt: optional(time),
    ...stamps,
  },
);
/** What a step was about to do, written before, and what came of it, after. */
export interface StepDetails {
  intent?: Record<string, unknown>;
  outcome?: Record<string, unknown>;
}
export type InitializationStep = EntityOf<typeof projectInitializationSteps>;

export const gitPlatformConnections = new Table('git_platform_connections', {
  id: text,
  userId: text,
  provider: enumeration(gitProviderSchema),
  serverUrl: text,
  serverType: enumeration(serverTypeSchema),
  providerAccountId: text,
  username: optional(text),
  email: optional(text),
  avatarUrl: optional(text),
  accessToken: text,
  refreshToken: optional(text),
  expiresAt: optional(time),
  status: enumeration(connectionStatusSchema),
  statusSince: time,
  purpose: enumeration(connectionPurposeSchema),
  connectedAt: time,
  lastSyncAt: optional(time),
  metadata: optional(json<Record<string, unknown>>()),
  method: enumeration(connectionMethodSchema),
  scopes: optional(json<string[]>()),
  message: optional(text),
  wording: optional(json<Wording>()),
  /** Rises whenever the tokens are other ones. */
  revision: integer,
  /** Absent where nothing can be renewed. */
  refreshAt: optional(time),
  refreshFailures: integer,
  /** Names a renewal whose outcome is not known yet. */
  refreshAttempt: optional(text),
  refreshUntil: optional(time),
  validateAt: optional(time),
  ...stamps,
});
export type GitPlatformConnection = EntityOf<typeof gitPlatformConnections>;

export const gitConnectionAuthorizations = new Table(
  'git_connection_authorizations',
  {
    id: text,
    userId: text,
    serverUrl: text,
    expiresAt: time,
    ...stamps,
  },
);

export const projectGitAuth = new Table('project_git_auth', {
  id: text,
  projectId: text,
  authType: enumeration(gitAuthTypeSchema),
  slot: enumeration(gitAuthSlotSchema),
  createdBy: text,
  validationStatus: enumeration(validationStatusSchema),
  validationMessage: optional(text),
  validationWording: optional(json<Wording>()),
  lastValidatedAt: optional(time),
  lastUsedAt: optional(time),
  expiresAt: optional(time),
  /** The lowest threshold, in days, that was warned about. */
  expiryWarningDays: optional(integer),
  ...stamps,
});

const child = { authId: text, authType: enumeration(gitAuthTypeSchema) };

export const projectGitAuthOauth = new Table('project_git_auth_oauth', {
  ...child,
  oauthAccountId: text,
  ...stamps,
});

export const projectGitAuthToken = new Table('project_git_auth_token', {
  ...child,
  tokenType: enumeration(tokenTypeSchema),
  token: text,
  username: optional(text),
  scopes: optional(text),
  expiresAt: optional(time),
  /** The host's id of it; only where the portal made it. */
  providerTokenId: optional(text),
  ...stamps,
});

export const projectGitAuthApp = new Table('project_git_auth_app', {
  ...child,
  appType: enumeration(appTypeSchema),
  appId: text,
  installationId: text,
  privateKey: text,
  ...stamps,
});

export const projectGitAuthSsh = new Table('project_git_auth_ssh', {
  ...child,
  publicKey: text,
  privateKey: text,
  fingerprint: text,
  knownHosts: text,
  providerKeyId: optional(text),
  /** `ssh://...`; what Flux clones from with it. */
  url: optional(text),
  ...stamps,
});

/** What a rotation is to make; secrets that were given are in the next git auth. */
export interface RotationWish {
  kind: CredentialKind;
}

export const projectGitAuthRotations = new Table('project_git_auth_rotations', {
  id: text,
  projectId: text,
  phase: enumeration(rotationPhaseSchema),
  phaseSince: time,
  wish: json<RotationWish>(),
  startedBy: optional(text),
  startedAt: time,
  finishedAt: optional(time),
  oldAuthId: text,
  newAuthId: text,
  /** Vault envelope, see `secretLocations`. */
  hostToken: optional(text),
  trialRequest: optional(text),
  finalRequest: optional(text),
  error: optional(text),
  failures: integer,
  nextAttemptAt: optional(time),
  ...stamps,
});
export type CredentialRotation = EntityOf<typeof projectGitAuthRotations>;

export const projectGitAuthLocations = new Table('project_git_auth_locations', {
  id: text,
  projectId: text,
  cluster: text,
  namespace: text,
  environment: optional(text),
  secretName: text,
  status: enumeration(credentialLocationStatusSchema),
  statusSince: time,
  authId: optional(text),
  syncedAt: optional(time),
  ...stamps,
});
export type CredentialLocation = EntityOf<typeof projectGitAuthLocations>;

export const projectContents = new Table('project_contents', {
  projectId: text,
  sha256: text,
  size: integer,
  content: binary,
  expiresAt: time,
  ...stamps,
});

export const unifiedEvents = new Table('unified_events', {
  id: text,
  timestamp: time,
  eventType: enumeration(eventTypeSchema),
  action: text,
  severity: enumeration(severitySchema),
  projectId: optional(text),
  resourceType: text,
  resourceId: text,
  userId: optional(text),
  organizationId: optional(text),
  message: optional(text),
  metadata: optional(json<Record<string, unknown>>()),
  ipAddress: optional(text),
  userAgent: optional(text),
  createdAt: time,
});
export type UnifiedEvent = EntityOf<typeof unifiedEvents>;

export const gitSyncLogs = new Table('git_sync_logs', {
  id: text,
  projectId: optional(text),
  connectionId: optional(text),
  provider: enumeration(gitProviderSchema),
  host: text,
  syncType: enumeration(syncTypeSchema),
  action: enumeration(syncActionSchema),
  status: enumeration(syncStatusSchema),
  error: optional(text),
  startedAt: time,
  finishedAt: time,
  ...stamps,
});
export type GitSyncLog = EntityOf<typeof gitSyncLogs>;

export const clusterSessions = new Table('cluster_sessions', {
  cluster: text,
  holder: optional(text),
  leaseUntil: optional(time),
  fence: integer,
  state: enumeration(clusterStateSchema),
  stateSince: time,
  error: optional(text),
  wording: optional(json<Wording>()),
  lastSyncedAt: optional(time),
  ...stamps,
});
export type ClusterSession = EntityOf<typeof clusterSessions>;

/** Every table of the product. */
export const allTables = [
  projects,
  repositories,
  environments,
  gitopsResources,
  discoveredResources,
  deployments,
  projectInitializationSteps,
  gitPlatformConnections,
  gitConnectionAuthorizations,
  projectGitAuth,
  projectGitAuthOauth,
  projectGitAuthToken,
  projectGitAuthApp,
  projectGitAuthSsh,
  projectGitAuthRotations,
  projectGitAuthLocations,
  projectContents,
  unifiedEvents,
  gitSyncLogs,
  clusterSessions,
];
