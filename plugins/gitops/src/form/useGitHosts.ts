import { useCallback, useMemo } from 'react';
import { configApiRef, useApi } from '@backstage/core-plugin-api';
import { scmIntegrationsApiRef } from '@backstage/integration-react';
import type { ConnectionDocument } from '@backstage-gitops/plugin-gitops-common';
import { gitopsApiRef } from '../api/GitopsApi';
import { useRead } from '../hooks/useRead';
import { type GitHost, listGitHosts } from './gitHosts';

/** The Git hosts of the form, and the user's connections as far as they are known. */
export interface GitHosts {
  hosts: GitHost[];
  /** Hosts that one can connect to. */
  connectable: ReadonlySet<string>;
  connections: ConnectionDocument[];
}

/** Connections are a courtesy: a form works without knowing of any. */
export function useGitHosts(): GitHosts {
  const integrations = useApi(scmIntegrationsApiRef);
  const config = useApi(configApiRef);
  const api = useApi(gitopsApiRef);
  const read = useCallback(
    async (signal: AbortSignal) => {
      const [offers, connections] = await Promise.all([
        api.listConnectionHosts({ signal }),
        api.listConnections({ signal }),
      ]);
      return { offers, connections };
    },
    [api],
  );
  const { value } = useRead(read);
  return useMemo(
    () => ({
      hosts: listGitHosts(integrations, config),
      connectable: new Set(value?.offers.map(({ host }) => host)),
      connections: value?.connections ?? [],
    }),
    [integrations, config, value],
  );
}
