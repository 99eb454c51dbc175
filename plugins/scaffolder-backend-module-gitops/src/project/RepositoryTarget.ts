import { InputError } from '@backstage/errors';
import type { ScmIntegrationRegistry } from '@backstage/integration';
import { parseRepoUrl } from '@backstage/plugin-scaffolder-node';
import {
  type GitProvider,
  gitProviderSchema,
} from '@backstage-gitops/plugin-gitops-common';

/** Where a repository is to be, read from what the RepoUrlPicker gives. */
export interface RepositoryTarget {
  provider: GitProvider;
  host: string;
  owner: string;
  name: string;
  /** Page that the repository has, or will have. */
  url: string;
  /** Id of the user's connection that Flux is to read with, where the form named one. */
  connectionId?: string;
}

/**
 * @param repoUrl - For example `gitea.example.com?owner=shop&repo=cart`, with
 * `&connection=<id>` where Flux is to read with a connection of the user
 * @throws InputError when the host is none of the portal's integrations, or not
 * one that GitOps can create repositories at
 */
export function parseRepositoryTarget(
  repoUrl: string,
  integrations: ScmIntegrationRegistry,
): RepositoryTarget {
  const { host, owner, repo } = parseRepoUrl(repoUrl, integrations);
  const type = integrations.byHost(host)?.type;
  const provider = gitProviderSchema.safeParse(type);
  if (!provider.success) {
    throw new InputError(
      `GitOps cannot create repositories at ${host}, which is of type '${type}': choose a host of type ${gitProviderSchema.options.join(
        ', ',
      )}`,
    );
  }
  if (!owner) {
    throw new InputError(
      `The repository needs an owner at ${host}: repoUrl is '${repoUrl}', add owner=...`,
    );
  }
  if (!repo) {
    throw new InputError(
      `The repository needs a name: repoUrl is '${repoUrl}', add repo=...`,
    );
  }
  const baseUrl =
    integrations.gitea.byHost(host)?.config.baseUrl ??
    integrations.gitlab.byHost(host)?.config.baseUrl ??
    `https://${host}`;
  return {
    provider: provider.data,
    host,
    owner,
    name: repo,
    url: `${baseUrl}/${owner}/${repo}`,
    connectionId:
      new URLSearchParams(repoUrl.slice(repoUrl.indexOf('?'))).get(
        'connection',
      ) ?? undefined,
  };
}

/**
 * Root of a branch's files, as the URL readers of Backstage understand it. It
 * ends with a slash: relative references, like `catalog-info.yaml`, resolve
 * against it at every host.
 */
export function repositoryContentsUrl(
  provider: GitProvider,
  url: string,
  branch: string,
): string {
  switch (provider) {
    case 'gitea':
      return `${url}/src/branch/${branch}/`;
    case 'gitlab':
      return `${url}/-/blob/${branch}/`;
    default:
      return `${url}/blob/${branch}/`;
  }
}
