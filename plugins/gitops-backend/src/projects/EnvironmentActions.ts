import type { Environment, Project } from '../database';

/** What a user can ask of one environment. Each returns once the cluster took it. */
export interface EnvironmentActions {
  /**
   * Asks Flux to fetch and apply now, the source first.
   *
   * @returns the token by which the request is recognised when it is handled
   */
  reconcile(
    project: Project,
    environment: Environment,
    userRef: string,
  ): Promise<{ requestedAt: string }>;
  suspend(
    project: Project,
    environment: Environment,
    userRef: string,
  ): Promise<void>;
  resume(
    project: Project,
    environment: Environment,
    userRef: string,
  ): Promise<void>;
}
