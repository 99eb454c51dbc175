import type { BackstageCredentials } from '@backstage/backend-plugin-api';
import type {
  AddEnvironmentRequest,
  CreateProjectRequest,
  DiagnosisDocument,
  InitializationMessage,
  InitializationResult,
  InitializeRequest,
  Page,
  ProjectDocument,
  ProjectStatus,
  ProjectSummaryDocument,
  ResourceStatus,
} from '@backstage-gitops/plugin-gitops-common';

/** Options of every call. @public */
export interface GitopsServiceRequestOptions {
  /** Whoever asks; the GitOps backend authorises them, not the calling plugin. */
  credentials: BackstageCredentials;
  signal?: AbortSignal;
}

/** @public */
export interface GitopsInitializeOptions extends GitopsServiceRequestOptions {
  /** Sees every message of the run in order, the closing one included. */
  onMessage?: (message: InitializationMessage) => void;
}

/** Narrows a list of projects. @public */
export interface GitopsProjectFilter {
  /** Projects with an environment in this state. */
  state?: ResourceStatus;
  status?: ProjectStatus;
  /** Full reference of the owner. */
  owner?: string;
  cluster?: string;
  /** Part of the slug or the name. */
  text?: string;
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string;
}

/**
 * The GitOps backend, as other backend plugins and modules see it.
 *
 * Every method throws what the backend answers as the matching class of
 * `@backstage/errors` with the backend's own message, and
 * ServiceUnavailableError when there was no answer. A project that the caller
 * may not see is a NotFoundError, like one that does not exist.
 * @public
 */
export interface GitopsService {
  /**
   * Records a project with the files of its first commit and what is wished
   * for; nothing outside the portal is touched. The same request again answers
   * with the project that is there.
   */
  createProject(
    request: CreateProjectRequest,
    options: GitopsServiceRequestOptions,
  ): Promise<ProjectDocument>;

  /**
   * Runs the set-up, or follows it where it runs already, until it is over or
   * the step `through` is done. Ending the call does not end the run.
   *
   * @throws GitopsStreamError when the connection ended before the run did:
   * calling again follows the same run.
   */
  initialize(
    slug: string,
    request: InitializeRequest,
    options: GitopsInitializeOptions,
  ): Promise<InitializationResult>;

  /**
   * Adds one environment to a project in operation and sets it up, or follows
   * that where it runs already. The same request again changes nothing.
   *
   * @throws ConflictError before anything is written when it cannot be set up:
   * its overlay is not in the repository, for example; GitopsStreamError as
   * {@link GitopsService.initialize}
   */
  addEnvironment(
    slug: string,
    request: AddEnvironmentRequest,
    options: GitopsInitializeOptions,
  ): Promise<InitializationResult>;

  getProject(
    slug: string,
    options: GitopsServiceRequestOptions,
  ): Promise<ProjectDocument>;

  /** The project of a catalog entity, by its full reference. */
  getProjectByEntity(
    entityRef: string,
    options: GitopsServiceRequestOptions,
  ): Promise<ProjectDocument>;

  listProjects(
    filter: GitopsProjectFilter,
    options: GitopsServiceRequestOptions,
  ): Promise<Page<ProjectSummaryDocument>>;

  /** What is wrong with a project's Flux objects, with uncut messages. */
  diagnose(
    slug: string,
    options: GitopsServiceRequestOptions,
  ): Promise<DiagnosisDocument>;

  /** Asks Flux to fetch and apply now; does not wait for it. */
  reconcile(
    slug: string,
    environment: string,
    options: GitopsServiceRequestOptions,
  ): Promise<void>;
}
