import { createApiRef } from '@backstage/core-plugin-api';
import type { CompoundEntityRef } from '@backstage/catalog-model';
import type {
  DeploymentDocument,
  EventDocument,
  InitializationMessage,
  Page,
  ProjectDocument,
  ReconcileDocument,
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

  /** Newest first. */
  listDeployments(
    slug: string,
    options?: PageOptions,
  ): Promise<Page<DeploymentDocument>>;

  /** Newest first. */
  listEvents(slug: string, options?: PageOptions): Promise<Page<EventDocument>>;

  /** Asks Flux to reconcile now; resolves when the request is written, not when it is done. */
  reconcileEnvironment(
    slug: string,
    environment: string,
    options?: RequestOptions,
  ): Promise<ReconcileDocument>;

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
