import type {
  ClusterState,
  DeploymentMethod,
  DeploymentStatus,
  EnvironmentType,
  EventType,
  GitProvider,
  ProjectStatus,
  ResourceStatus,
  ResourceType,
  Severity,
  StepStatus,
  Visibility,
} from '../model/enumerations';
import type {
  CredentialSummaryDocument,
  RepositoryConflictDocument,
} from './credentials';
import type { StepName } from '../model/steps';
import type { Diagnosis, StateAttributes } from '../status/types';
import type { Wording } from '../words/wording';

// Shapes of the answers of `/api/gitops`. All times are RFC 3339 in UTC, all
// durations are milliseconds. Absent means unknown or not applicable.

/** @public */
export interface StepDocument {
  step: StepName;
  displayName: string;
  sequence: number;
  status: StepStatus;
  /** 0 to 100. */
  progress: number;
  startedAt?: string;
  completedAt?: string;
  durationMs?: number;
  error?: string;
}

/** @public */
export interface InitializationDocument {
  /** 1 for the first run, one more for each retry. */
  attempt: number;
  /** Whole percent of finished weight. */
  progress: number;
  startedAt?: string;
  completedAt?: string;
  error?: string;
  /** True while a portal replica works on it. */
  running: boolean;
  /**
   * Steps of the newest attempt; the entity's route leaves them out once the
   * project is active.
   */
  steps?: StepDocument[];
}

/** @public */
export interface RepositoryDocument {
  provider: GitProvider;
  host: string;
  owner: string;
  name: string;
  /** Page of the repository. */
  url: string;
  defaultBranch: string;
  visibility: Visibility;
}

/** State of one Flux object, ready to be shown. @public */
export interface ResourceStateDocument {
  type: ResourceType;
  name: string;
  namespace: string;
  cluster: string;
  status: ResourceStatus;
  /** When the state began. */
  since?: string;
  /** Commit of the applied (Kustomization) or fetched (source) revision. */
  commit?: string;
  /** Raw revision, for example `main@sha1:...`. */
  revision?: string;
  attributes: StateAttributes;
  /** What is known of `commit` at the Git host. */
  commitInfo?: CommitDocument;
  /** Present while the portal suspended it, and says by whom and why. */
  suspension?: SuspensionDocument;
  /** When Flux looks again by itself, where that can be told. */
  nextReconciliationAt?: string;
  /** Last reconcile request that the controller has finished, as it was written. */
  handledRequest?: string;
  reason?: string;
  /** The controller's words, cut to 300 characters; uncut in the diagnosis route. */
  message?: string;
  diagnosis?: Diagnosis;
}

/** State of a Flux object that an entity points to and no project owns. @public */
export interface DiscoveredResourceDocument
  extends Pick<
    ResourceStateDocument,
    | 'name'
    | 'namespace'
    | 'cluster'
    | 'status'
    | 'since'
    | 'commit'
    | 'revision'
    | 'attributes'
    | 'reason'
    | 'message'
    | 'diagnosis'
  > {
  kind: string;
}

/**
 * Answer of `GET /entities/:kind/:namespace/:name/discovered`: the Flux objects
 * that an entity points to and no project owns, whether it has a project or not.
 * @public
 */
export interface DiscoveredDocument {
  entityRef: string;
  discovered: DiscoveredResourceDocument[];
  clusters: ClusterDocument[];
  serverTime: string;
}

/** Who stopped reconciling, and until when. @public */
export interface SuspensionDocument {
  /** User reference; absent when it was done outside the portal. */
  by?: string;
  reason?: string;
  since?: string;
  /** The portal resumes it then. */
  until?: string;
}

/**
 * Answer of `POST /projects/:slug/environments/:env/reconcile`. The request has
 * ended when the environment's `handledRequest` equals `requestedAt` and its
 * state is settled.
 * @public
 */
export interface ReconcileDocument {
  requestedAt: string;
}

/** @public */
export interface EnvironmentDocument {
  name: string;
  displayName: string;
  type: EnvironmentType;
  cluster: string;
  namespace: string;
  /** The environment's Kustomization; absent before it was created. */
  resource?: ResourceStateDocument;
}

/** What the portal knows about its knowledge of one cluster. @public */
export interface ClusterDocument {
  name: string;
  state: ClusterState;
  /** When the portal last heard from the cluster. */
  lastSyncedAt?: string;
  /** Milliseconds since then, by the portal's clock. */
  ageMs?: number;
  /** Why the state is not `live`, in English. */
  error?: string;
  /** What `error` says; absent for words from elsewhere. */
  wording?: Wording;
}

/** Answer of `GET /projects/:slug` and `GET /entities/:kind/:namespace/:name`. @public */
export interface ProjectDocument {
  id: string;
  slug: string;
  name: string;
  description?: string;
  status: ProjectStatus;
  /** Rises with every visible change. */
  version: number;
  entityRef: string;
  ownerRef: string;
  repository?: RepositoryDocument;
  initialization: InitializationDocument;
  environments: EnvironmentDocument[];
  /** The GitRepository of each cluster the project uses. */
  sources: ResourceStateDocument[];
  clusters: ClusterDocument[];
  /** The one line that the page needs of Flux's credential. */
  credential?: CredentialSummaryDocument;
  /** Set where the repository at the host no longer is what the record says. */
  repositoryConflict?: RepositoryConflictDocument;
  /** What the caller may do; a courtesy to the page, checked again in the routes. */
  allowed: { update: boolean; delete: boolean };
  /** Clock of the portal, to show ages by. */
  serverTime: string;
}

/** @public */
export interface Page<T> {
  items: T[];
  /** Pass as `cursor` to read on; absent on the last page. */
  nextCursor?: string;
}

/** One revision reaching one environment. @public */
export interface DeploymentDocument {
  id: string;
  environment: string;
  commit: string;
  method: DeploymentMethod;
  status: DeploymentStatus;
  deployedBy?: string;
  startedAt: string;
  finishedAt?: string;
  message?: string;
  /** What is known of the commit at the Git host. */
  commitInfo?: CommitDocument;
  /** The way from commit to running; absent before the deployment succeeded. */
  leadTime?: LeadTimeDocument;
}

/** A commit as the Git host tells of it. @public */
export interface CommitDocument {
  id: string;
  /** First line of the message. */
  title?: string;
  author?: string;
  /** When it was committed. */
  committedAt?: string;
  /** Page of the commit. */
  url?: string;
}

/** The times that a commit passed on its way into an environment. @public */
export interface LeadTimeDocument {
  /** By the committer's clock. */
  committedAt?: string;
  /** When source-controller had it. */
  fetchedAt?: string;
  appliedAt?: string;
  /** When everything it brought was healthy. */
  healthyAt?: string;
  /** From the first of these that is known to the last. */
  totalMs?: number;
}

/** @public */
export interface EventDocument {
  id: string;
  timestamp: string;
  eventType: EventType;
  /** Kebab-case verb, for example `environment-ready`. */
  action: string;
  severity: Severity;
  userId?: string;
  resourceType: string;
  resourceId: string;
  /** Name of the environment it is about. */
  environment?: string;
  message?: string;
  metadata?: Record<string, unknown>;
}

/** Answer of `GET /projects/:slug/diagnosis`. @public */
export interface DiagnosisDocument {
  slug: string;
  serverTime: string;
  items: {
    environment?: string;
    cluster: string;
    resource: { type: ResourceType; name: string; namespace: string };
    status: ResourceStatus;
    since?: string;
    /** The controller's words, uncut. */
    message?: string;
    diagnosis?: Diagnosis;
  }[];
}

/** Result of the step that makes the Flux objects. @public */
export interface GitOpsSetupResult {
  success: boolean;
  errors: string[];
  namespaces: string[];
  gitRepositories: { id: string; name: string; cluster: string }[];
  kustomizations: {
    id: string;
    name: string;
    environmentId: string;
    environment: string;
    cluster: string;
  }[];
}

/** What a run came to. @public */
export interface InitializationResult {
  slug: string;
  status: ProjectStatus;
  progress: number;
  steps: StepDocument[];
  repository?: RepositoryDocument & { cloneUrl: string; commit?: string };
  environments: {
    id: string;
    name: string;
    cluster: string;
    namespace: string;
  }[];
  gitops?: GitOpsSetupResult;
}

/**
 * One line of the newline-delimited JSON that `initialize` and `retry` answer
 * with. The last one is `result` or `error`; a stream that ends without either
 * was cut.
 * @public
 */
export type InitializationMessage =
  | { type: 'step'; step: StepDocument; progress: number }
  | { type: 'log'; level: 'debug' | 'info' | 'warn' | 'error'; message: string }
  | { type: 'heartbeat' }
  | { type: 'result'; result: InitializationResult }
  | { type: 'error'; error: { name: string; message: string } };

/** Channel and content of the signal that tells pages to read again. @public */
export const GITOPS_SIGNAL_CHANNEL = 'gitops';
/** @public */
export interface GitOpsSignal {
  /**
   * Newest version of each project that has changed, by id. Ids, not slugs:
   * broadcasts reach everyone.
   */
  versions: Record<string, number>;
}
