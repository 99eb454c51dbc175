import type { Project } from '../../database/tables';

/** What the portal made for a project at its Git host, as far as an end of it goes. */
export interface HostCredentials {
  /** Names of what can be revoked, for people. */
  listManaged(
    project: Project,
  ): Promise<{ kind: string; name: string; host: string }[]>;
  /**
   * Revokes all of it at the host. What is gone already is success.
   *
   * @throws ServiceUnavailableError when the host does not answer
   */
  endAll(project: Project, options: { signal?: AbortSignal }): Promise<void>;
}
