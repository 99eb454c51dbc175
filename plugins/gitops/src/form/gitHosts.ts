import type { ConfigApi } from '@backstage/core-plugin-api';
import type { scmIntegrationsApiRef } from '@backstage/integration-react';
import type { GitProvider } from '@backstage-gitops/plugin-gitops-common';

/** A Git host as the form offers it. */
export interface GitHost {
  host: string;
  title: string;
  provider: GitProvider;
}

/** Hosts that Backstage knows by itself, with or without a configuration. */
const PUBLIC_HOSTS: Record<GitProvider, string> = {
  gitea: 'gitea.com',
  github: 'github.com',
  gitlab: 'gitlab.com',
};

/**
 * The hosts that the portal's `integrations` name. Those that Backstage adds by
 * itself, so that it can read public code, are none to create repositories at.
 */
export function listGitHosts(
  integrations: typeof scmIntegrationsApiRef.T,
  config: ConfigApi,
): GitHost[] {
  return (['gitea', 'gitlab', 'github'] as const).flatMap(provider => {
    const named = (
      config.getOptionalConfigArray(`integrations.${provider}`) ?? []
    ).map(each => each.getOptionalString('host') ?? PUBLIC_HOSTS[provider]);
    return integrations[provider]
      .list()
      .filter(({ config: { host } }) => named.includes(host))
      .map(({ config: { host }, title }) => ({ host, title, provider }));
  });
}
