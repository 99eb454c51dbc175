import type { Environment, Project } from '../database';

/** What a user can ask of one environment. Each returns once the cluster took it. */
export interface EnvironmentActions {
  /**
   * Asks Flux to apply now; unless told otherwise the source is fetched before,
   * so that it is the newest commit that is applied.
   *
   * @returns the token by which the request is recognised when it is handled
   * @throws ConflictError when it would not be followed, or the source cannot be
   * fetched
   */
  reconcile(
    project: Project,
    environment: Environment,
    userRef: string,
    options?: { withSource?: boolean },
  ): Promise<{ requestedAt: string }>;
  /**
   * Stops reconciling; the same again replaces reason and end.
   *
   * @param options - `until`: RFC 3339, when the portal is to resume it.
   * @throws InputError when `until` has passed, ConflictError when Git owns the
   * field and would take it back
   */
  suspend(
    project: Project,
    environment: Environment,
    userRef: string,
    options?: { reason?: string; until?: string },
  ): Promise<void>;
  /** @throws ConflictError when Git owns the field and would take it back */
  resume(
    project: Project,
    environment: Environment,
    userRef: string,
  ): Promise<void>;
}
