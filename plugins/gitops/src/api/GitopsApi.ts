import { createApiRef } from '@backstage/core-plugin-api';
import type { CompoundEntityRef } from '@backstage/catalog-model';
import type {
  AuthorizeConnectionDocument,
  AuthorizeConnectionRequest,
  ClusterDocument,
  ConnectionCallbackRequest,
  ConnectionDocument,
  ConnectionHostDocument,
  CreateConnectionRequest,
  CredentialDocument,
  DeletionDocument,
  DeploymentDocument,
  DiagnosisDocument,
  DiscoveredDocument,
  EventDocument,
  FleetPage,
  FleetQuery,
  InitializationMessage,
  InventoryDocument,
  Page,
  ProjectDocument,
  ReconcileDocument,
  ReconcileRequest,
  ReplaceCredentialRequest,
  RotateCredentialRequest,
  SuspendRequest,
  SyncLogDocument,
} from '@backstage-gitops/plugin-gitops-common';

/** @public */
export interface RequestOptions {
  signal?: AbortSignal;
}

/** @public */
export interface PageOptions extends RequestOptions {
  /** `nextCursor` of the page before. */
  cursor?: string;
}

/** @public */
export interface DeploymentPageOptions extends PageOptions {
  /** Name of the only environment to tell of. */
  environment?: string;
}

/**
 * What the pages ask of the GitOps backend. Every method rejects with a
 * `ResponseError` when the backend refuses.
 * @public
 */
export interface GitopsApi {
  /** All that the entity page shows, in one call. Absent and hidden projects are both a 404. */
  getProjectByEntity(
    entityRef: CompoundEntityRef,
    options?: RequestOptions,
  ): Promise<ProjectDocument>;

  /** The Flux objects that an entity points to and no project owns. */
  getDiscovered(
    entityRef: CompoundEntityRef,
    options?: RequestOptions,
  ): Promise<DiscoveredDocument>;

  /** The fleet: projects the user may see, filtered, page by page. */
  listProjects(
    query?: FleetQuery,
    options?: RequestOptions,
  ): Promise<FleetPage>;

  /** What is wrong with a project, in the uncut words of the controllers. */
  getDiagnosis(
    slug: string,
    options?: RequestOptions,
  ): Promise<DiagnosisDocument>;

  /** Deletes a project, or only tells what would go. */
  deleteProject(
    slug: string,
    options?: { dryRun?: boolean } & RequestOptions,
  ): Promise<DeletionDocument>;

  /** Newest first. */
  listDeployments(
    slug: string,
    options?: DeploymentPageOptions,
  ): Promise<Page<DeploymentDocument>>;

  /** Newest first. */
  listEvents(slug: string, options?: PageOptions): Promise<Page<EventDocument>>;

  /** What the portal did at the Git host for a project; newest first. */
  listSyncLogs(
    slug: string,
    options?: PageOptions,
  ): Promise<Page<SyncLogDocument>>;

  /** Asks Flux to reconcile now; resolves when the request is written, not when it is done. */
  reconcileEnvironment(
    slug: string,
    environment: string,
    request?: ReconcileRequest,
    options?: RequestOptions,
  ): Promise<ReconcileDocument>;

  /** Resolves when the cluster has taken it; the state tells when it holds. */
  suspendEnvironment(
    slug: string,
    environment: string,
    request?: SuspendRequest,
    options?: RequestOptions,
  ): Promise<void>;

  /** Resolves when the cluster has taken it; the state tells when it holds. */
  resumeEnvironment(
    slug: string,
    environment: string,
    options?: RequestOptions,
  ): Promise<void>;

  /** What an environment has in its cluster, read there now. */
  getInventory(
    slug: string,
    environment: string,
    options?: RequestOptions,
  ): Promise<InventoryDocument>;

  /** What Flux reads the repository with; never the secret itself. */
  getCredential(
    slug: string,
    options?: RequestOptions,
  ): Promise<CredentialDocument>;

  /** Puts another credential in the place of the present one. Resolves when it is accepted. */
  replaceCredential(
    slug: string,
    request: ReplaceCredentialRequest,
    options?: RequestOptions,
  ): Promise<void>;

  /** Begins to replace a credential by one of its kind; its `rotation` tells the rest. */
  rotateCredential(
    slug: string,
    request?: RotateCredentialRequest,
    options?: RequestOptions,
  ): Promise<void>;

  /** Has the Git host look at the credential; read it again for the outcome. */
  validateCredential(slug: string, options?: RequestOptions): Promise<void>;

  /** The user's own links to Git hosts. */
  listConnections(options?: RequestOptions): Promise<ConnectionDocument[]>;

  /** Hosts that the user may connect to. */
  listConnectionHosts(
    options?: RequestOptions,
  ): Promise<ConnectionHostDocument[]>;

  /** Stores a personal token, after the host has accepted it. */
  createConnection(
    request: CreateConnectionRequest,
    options?: RequestOptions,
  ): Promise<ConnectionDocument>;

  /** Begins to connect by OAuth: the browser has to go where the answer says. */
  authorizeConnection(
    request: AuthorizeConnectionRequest,
    options?: RequestOptions,
  ): Promise<AuthorizeConnectionDocument>;

  /** Ends what `authorizeConnection` began, with what the host handed over. */
  completeConnection(
    request: ConnectionCallbackRequest,
    options?: RequestOptions,
  ): Promise<ConnectionDocument>;

  /** Has the Git host look at a connection now; answers with what it found. */
  testConnection(
    id: string,
    options?: RequestOptions,
  ): Promise<ConnectionDocument>;

  deleteConnection(id: string, options?: RequestOptions): Promise<void>;

  /** Clusters with the age of what is known of them, for those who may see them. */
  listClusters(options?: RequestOptions): Promise<ClusterDocument[]>;

  /**
   * Runs the set-up again from where it failed. Resolves when the run has ended
   * well and rejects with its error when it has not; the run goes on in the
   * portal when nobody listens.
   */
  retryInitialization(
    slug: string,
    onMessage?: (message: InitializationMessage) => void,
  ): Promise<void>;
}

/** @public */
export const gitopsApiRef = createApiRef<GitopsApi>({
  id: 'plugin.gitops.client',
});
