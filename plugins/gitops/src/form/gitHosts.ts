import type { scmIntegrationsApiRef } from '@backstage/integration-react';

/** A Git host as the form offers it. */
export interface GitHost {
  host: string;
  title: string;
}

/**
 * The hosts of the portal's `integrations` that the backend creates repositories
 * at without further ado, which is those of Gitea.
 */
export function listGitHosts(
  integrations: typeof scmIntegrationsApiRef.T,
): GitHost[] {
  return integrations.gitea
    .list()
    .map(({ config, title }) => ({ host: config.host, title }));
}
