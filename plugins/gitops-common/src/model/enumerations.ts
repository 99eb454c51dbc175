import { z } from 'zod/v3';

// Every enumeration of the product lives here, once. Columns are text; these
// schemas are what guards them.

/** Life of a project. `initializing` becomes `active` or `failed`. @public */
export const projectStatusSchema = z.enum([
  'initializing',
  'active',
  'failed',
  'inactive',
  'archived',
]);
/** @public */
export type ProjectStatus = z.infer<typeof projectStatusSchema>;

/** Life of one attempt at a set-up step. @public */
export const stepStatusSchema = z.enum([
  'pending',
  'running',
  'completed',
  'failed',
  'skipped',
]);
/** @public */
export type StepStatus = z.infer<typeof stepStatusSchema>;

/**
 * State of a Flux object as `deriveState` reads it. What does not replace the
 * state (waiting on, frozen, behind, ...) stands beside it as an attribute.
 * @public
 */
export const resourceStatusSchema = z.enum([
  'pending',
  'reconciling',
  'ready',
  'stalled',
  'failed',
  'suspended',
  'terminating',
  'missing',
  'unknown',
]);
/** @public */
export type ResourceStatus = z.infer<typeof resourceStatusSchema>;

/** Kinds of Flux objects that a project owns as rows. @public */
export const resourceTypeSchema = z.enum(['git-repository', 'kustomization']);
/** @public */
export type ResourceType = z.infer<typeof resourceTypeSchema>;

/** Git hosts we speak to. @public */
export const gitProviderSchema = z.enum(['github', 'gitlab', 'gitea']);
/** @public */
export type GitProvider = z.infer<typeof gitProviderSchema>;

/** @public */
export const visibilitySchema = z.enum(['private', 'internal', 'public']);
/** @public */
export type Visibility = z.infer<typeof visibilitySchema>;

/** @public */
export const environmentTypeSchema = z.enum([
  'development',
  'staging',
  'production',
  'custom',
]);
/** @public */
export type EnvironmentType = z.infer<typeof environmentTypeSchema>;

/** Life of an environment row; what runs in it is told by its resource. @public */
export const environmentStatusSchema = z.enum([
  'pending',
  'active',
  'deleting',
]);
/** @public */
export type EnvironmentStatus = z.infer<typeof environmentStatusSchema>;

/** What Flux reads the repository with. @public */
export const gitAuthTypeSchema = z.enum(['oauth', 'token', 'app', 'ssh']);
/** @public */
export type GitAuthType = z.infer<typeof gitAuthTypeSchema>;

/** @public */
export const tokenTypeSchema = z.enum(['pat', 'project', 'group']);
/** @public */
export type TokenType = z.infer<typeof tokenTypeSchema>;

/** @public */
export const appTypeSchema = z.enum(['github_app', 'gitlab_app']);
/** @public */
export type AppType = z.infer<typeof appTypeSchema>;

/** Result of the last check of a credential at its host. @public */
export const validationStatusSchema = z.enum([
  'unknown',
  'valid',
  'invalid',
  'expired',
]);
/** @public */
export type ValidationStatus = z.infer<typeof validationStatusSchema>;

/**
 * `reconnect-needed`: a renewal was asked for and its answer was lost, so that
 * neither the old nor the new tokens can be relied on.
 * @public
 */
export const connectionStatusSchema = z.enum([
  'active',
  'expired',
  'revoked',
  'reconnect-needed',
]);
/** @public */
export type ConnectionStatus = z.infer<typeof connectionStatusSchema>;

/** How a connection was made: by consent at the host, or with a pasted token. @public */
export const connectionMethodSchema = z.enum(['oauth', 'token']);
/** @public */
export type ConnectionMethod = z.infer<typeof connectionMethodSchema>;

/** @public */
export const connectionPurposeSchema = z.enum(['auth', 'integration', 'both']);
/** @public */
export type ConnectionPurpose = z.infer<typeof connectionPurposeSchema>;

/** @public */
export const serverTypeSchema = z.enum(['cloud', 'self-hosted']);
/** @public */
export type ServerType = z.infer<typeof serverTypeSchema>;

/**
 * Place of a git auth in the life of its project: in use, on its way in, or on
 * its way out. @public
 */
export const gitAuthSlotSchema = z.enum(['current', 'next', 'retired']);
/** @public */
export type GitAuthSlot = z.infer<typeof gitAuthSlotSchema>;

/**
 * State of one Secret that holds a project's credential. `outdated`: it holds an
 * older one; `drifted`: it is there and is not what the portal wrote. @public
 */
export const credentialLocationStatusSchema = z.enum([
  'current',
  'outdated',
  'drifted',
  'missing',
]);
/** @public */
export type CredentialLocationStatus = z.infer<
  typeof credentialLocationStatusSchema
>;

/**
 * How far the replacement of a credential is: made at the host, written into the
 * clusters, seen to fetch, the old one revoked.
 * @public
 */
export const rotationPhaseSchema = z.enum([
  'creating',
  'synchronizing',
  'verifying',
  'revoking',
  'completed',
  'failed',
]);
/** @public */
export type RotationPhase = z.infer<typeof rotationPhaseSchema>;

/** `gitops`: Flux synchronised it by itself; `manual`: a user asked for it. @public */
export const deploymentMethodSchema = z.enum(['gitops', 'manual']);
/** @public */
export type DeploymentMethod = z.infer<typeof deploymentMethodSchema>;

/** @public */
export const deploymentStatusSchema = z.enum([
  'running',
  'succeeded',
  'failed',
  'superseded',
]);
/** @public */
export type DeploymentStatus = z.infer<typeof deploymentStatusSchema>;

/** @public */
export const eventTypeSchema = z.enum(['audit', 'project', 'system']);
/** @public */
export type EventType = z.infer<typeof eventTypeSchema>;

/** @public */
export const severitySchema = z.enum(['info', 'warning', 'error']);
/** @public */
export type Severity = z.infer<typeof severitySchema>;

/** How fresh the portal's knowledge of a cluster is. @public */
export const clusterStateSchema = z.enum([
  'connecting',
  'live',
  'delayed',
  'unreachable',
]);
/** @public */
export type ClusterState = z.infer<typeof clusterStateSchema>;

/** @public */
export const syncTypeSchema = z.enum([
  'repository',
  'connection',
  'credential',
]);
/** @public */
export type SyncType = z.infer<typeof syncTypeSchema>;
/** @public */
export const syncActionSchema = z.enum([
  'create',
  'push',
  'validate',
  'refresh',
  'rotate',
  'revoke',
  'delete',
]);
/** @public */
export type SyncAction = z.infer<typeof syncActionSchema>;
/** @public */
export const syncStatusSchema = z.enum(['succeeded', 'failed', 'conflict']);
/** @public */
export type SyncStatus = z.infer<typeof syncStatusSchema>;
