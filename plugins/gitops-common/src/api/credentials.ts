import { z } from 'zod/v3';
import { gitHostNameSchema } from './gitHostName';
import type {
  AppType,
  ConnectionPurpose,
  ConnectionStatus,
  GitAuthType,
  GitProvider,
  RotationPhase,
  ServerType,
  SyncAction,
  SyncStatus,
  SyncType,
  TokenType,
  ValidationStatus,
} from '../model/enumerations';
import type { Wording } from '../words/wording';

// Connections of users to Git hosts, and the credentials that Flux reads
// repositories with. No shape here has room for a secret on its way out.

/** A host that one may connect to: `GET /connections/hosts`. @public */
export interface ConnectionHostDocument {
  /** As in the portal's `integrations`. */
  host: string;
  provider: GitProvider;
  /** Root of its pages. */
  serverUrl: string;
  serverType: ServerType;
  /** Whether the portal is registered there as an OAuth application. */
  oauth: boolean;
  /** Page of the host where a personal token is made. */
  tokenPageUrl?: string;
  /** Scopes that a personal token needs. */
  tokenScopes: string[];
}

/** @public */
export interface ConnectionDocument {
  id: string;
  provider: GitProvider;
  host: string;
  serverUrl: string;
  serverType: ServerType;
  username?: string;
  avatarUrl?: string;
  purpose: ConnectionPurpose;
  status: ConnectionStatus;
  statusSince: string;
  /** How it was made. */
  method: 'oauth' | 'token';
  scopes?: string[];
  expiresAt?: string;
  connectedAt: string;
  lastSyncAt?: string;
  /** Why the status is not `active`, and the next step; or a warning about too much power. */
  message?: string;
  /** What `message` says, for other languages; absent for the words of others. */
  wording?: Wording;
  /** Slugs of the caller's projects whose Flux reads with it. */
  usedBy: string[];
}

/** Body of `POST /connections`: a personal token, validated before it is stored. @public */
export const createConnectionRequestSchema = z.object({
  host: gitHostNameSchema,
  token: z.string().min(1),
  expiresAt: z.string().datetime({ offset: true }).optional(),
});
/** @public */
export type CreateConnectionRequest = z.infer<
  typeof createConnectionRequestSchema
>;

/** Body of `POST /connections/authorize`. @public */
export const authorizeConnectionRequestSchema = z.object({
  host: gitHostNameSchema,
});
/** @public */
export type AuthorizeConnectionRequest = z.infer<
  typeof authorizeConnectionRequestSchema
>;
/** Where the browser goes to ask the host for consent. @public */
export interface AuthorizeConnectionDocument {
  authorizationUrl: string;
}

/**
 * Body of `POST /connections/callback`: what the host handed to the portal's page
 * `/gitops/connections/callback`. @public
 */
export const connectionCallbackRequestSchema = z.object({
  state: z.string().min(1).max(4096),
  code: z.string().min(1).max(4096).optional(),
  /** OAuth error code of the host, for example `access_denied`. */
  error: z.string().max(200).optional(),
});
/** @public */
export type ConnectionCallbackRequest = z.infer<
  typeof connectionCallbackRequestSchema
>;

/**
 * What Flux is to read the repository with. The default is the least power that the
 * host offers for reading one repository.
 *
 * - `least`: the portal chooses: a deploy key or a read-only project token.
 * - `token`: a token that the user brings.
 * - `connection`: the user's own connection.
 * - `project-token`: the portal makes a read-only token of this one repository.
 * - `ssh`: the portal makes an Ed25519 key and registers it read-only.
 * - `app`: an app of the host, for example a GitHub App.
 * @public
 */
export const credentialWishSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('least') }),
  z.object({
    kind: z.literal('token'),
    token: z.string().min(1),
    username: z.string().optional(),
    tokenType: z.enum(['pat', 'project', 'group']).optional(),
    expiresAt: z.string().datetime({ offset: true }).optional(),
  }),
  z.object({
    kind: z.literal('connection'),
    connectionId: z.string().uuid(),
  }),
  z.object({ kind: z.literal('project-token') }),
  z.object({ kind: z.literal('ssh') }),
  z.object({
    kind: z.literal('app'),
    appType: z.enum(['github_app', 'gitlab_app']),
    appId: z.string().min(1),
    installationId: z.string().min(1),
    /** PEM, without a passphrase. */
    privateKey: z.string().min(1),
  }),
]);
/** @public */
export type CredentialWish = z.infer<typeof credentialWishSchema>;
/** @public */
export type CredentialKind = CredentialWish['kind'];

/** Body of `POST /projects/:slug/credentials`: takes the place of the present one. @public */
export const replaceCredentialRequestSchema = z.object({
  credential: credentialWishSchema,
  /** The user's own token at the Git host; the portal's integration if absent. */
  hostToken: z.string().optional(),
});
/** @public */
export type ReplaceCredentialRequest = z.infer<
  typeof replaceCredentialRequestSchema
>;

/** Body of `POST /projects/:slug/credentials/rotate`: a new one of the same kind. @public */
export const rotateCredentialRequestSchema = z.object({
  hostToken: z.string().optional(),
});
/** @public */
export type RotateCredentialRequest = z.infer<
  typeof rotateCredentialRequestSchema
>;

/** The part of a credential that stands on the entity page. @public */
export interface CredentialSummaryDocument {
  authType: GitAuthType;
  validationStatus: ValidationStatus;
  expiresAt?: string;
}

/** One Secret that holds the credential in a cluster. @public */
export interface CredentialLocationDocument {
  cluster: string;
  namespace: string;
  /** Absent for the namespace of the Flux objects. */
  environment?: string;
  secretName: string;
  /** `drifted`: the Secret is there and is not what the portal wrote. */
  state: 'current' | 'outdated' | 'drifted' | 'missing';
  syncedAt?: string;
  /** Names of the GitRepositories that read with it. */
  feeds: string[];
}

/** A rotation under way, or the last one. @public */
export interface RotationDocument {
  phase: RotationPhase;
  phaseSince: string;
  startedAt: string;
  finishedAt?: string;
  startedBy?: string;
  error?: string;
}

/**
 * Why the portal cannot make a new credential of the same kind.
 *
 * - `connection`: it belongs to a connection, which renews it by itself.
 * - `app`: keys of an app are made in the app's settings only.
 * - `brought`: somebody made it at the host and gave it.
 * @public
 */
export type RotationObstacle = 'connection' | 'app' | 'brought';

/** Answer of `GET /projects/:slug/credentials`: what, where, since when, until when. @public */
export interface CredentialDocument {
  id: string;
  authType: GitAuthType;
  tokenType?: TokenType;
  appType?: AppType;
  host: string;
  username?: string;
  scopes?: string[];
  /** Of an SSH key: what the host shows for it. */
  fingerprint?: string;
  publicKey?: string;
  /** True where the portal made it at the host, and can revoke it there. */
  managed: boolean;
  validationStatus: ValidationStatus;
  /** Why it is not valid, or how it could be less powerful; with the next step. */
  validationMessage?: string;
  /** What `validationMessage` says, for other languages; absent for the words of others. */
  validationWording?: Wording;
  lastValidatedAt?: string;
  /** When a source last fetched with it. */
  lastUsedAt?: string;
  expiresAt?: string;
  createdBy: string;
  createdAt: string;
  locations: CredentialLocationDocument[];
  rotation?: RotationDocument;
  /** Why it cannot be rotated by the portal, where that is so. */
  notRotatable?: RotationObstacle;
}

/** What differs between the record and the Git host. @public */
export interface RepositoryConflictDocument {
  kind:
    | 'renamed'
    | 'moved'
    | 'default-branch-changed'
    | 'archived'
    | 'deleted'
    | 'visibility-changed';
  recorded?: string;
  actual?: string;
  since: string;
  /** What it means, and the next step, in English. */
  message: string;
}

/** A row of `GET /projects/:slug/sync-logs`. @public */
export interface SyncLogDocument {
  id: string;
  syncType: SyncType;
  action: SyncAction;
  status: SyncStatus;
  error?: string;
  startedAt: string;
  finishedAt: string;
}
