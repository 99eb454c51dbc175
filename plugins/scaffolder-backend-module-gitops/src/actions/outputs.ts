import type { z as zod } from 'zod/v3';
import type { InitializationResult } from '@backstage-gitops/plugin-gitops-common';
import type { PreparedProject } from '../project/prepareProject';
import { repositoryContentsUrl } from '../project/RepositoryTarget';

type Zod = typeof zod;

/** How Git writes "no commit"; stands for one in a dry run. */
export const NO_COMMIT = '0'.repeat(40);

export const slugOutput = {
  slug: (z: Zod) =>
    z.string().describe('Project, as the other actions take it'),
};

export const repositoryOutput = {
  entityRef: (z: Zod) =>
    z.string().describe('Catalog entity that the project belongs to'),
  repositoryUrl: (z: Zod) => z.string().describe('Page of the repository'),
  remoteUrl: (z: Zod) => z.string().describe('Address that Git clones from'),
  repoContentsUrl: (z: Zod) =>
    z
      .string()
      .describe(
        'Root of the files on the default branch, with a closing slash: give it to `gitops:catalog:register`',
      ),
  commitHash: (z: Zod) => z.string().describe('The first commit'),
};

export const environmentsOutput = {
  environments: (z: Zod) =>
    z
      .array(
        z.object({
          id: z.string().describe('Id of the environment; empty in a dry run'),
          name: z.string().describe('Name, for example `staging`'),
          cluster: z.string().describe('Cluster it is on; empty in a dry run'),
          namespace: z.string().describe('Namespace of its workloads'),
        }),
      )
      .describe('Environments in order'),
};

export const fluxOutput = {
  namespaces: (z: Zod) =>
    z.array(z.string()).describe('Namespaces of the project'),
  gitRepositories: (z: Zod) =>
    z
      .array(
        z.object({
          id: z.string().describe('Id of the GitOps resource'),
          name: z.string().describe('Name of the GitRepository'),
          cluster: z.string().describe('Cluster it is on'),
        }),
      )
      .describe('One GitRepository for each cluster'),
  kustomizations: (z: Zod) =>
    z
      .array(
        z.object({
          id: z.string().describe('Id of the GitOps resource'),
          name: z.string().describe('Name of the Kustomization'),
          environmentId: z.string().describe('Id of its environment'),
          environment: z.string().describe('Name of its environment'),
          cluster: z.string().describe('Cluster it is on'),
        }),
      )
      .describe('One Kustomization for each environment'),
  counts: (z: Zod) =>
    z
      .object({
        namespaces: z.number().describe('Number of namespaces'),
        gitRepositories: z.number().describe('Number of GitRepositories'),
        kustomizations: z.number().describe('Number of Kustomizations'),
      })
      .describe('How many objects there are'),
};

/** Values of `repositoryOutput` after a run. */
export function repositoryValues(
  entityRef: string,
  result: InitializationResult,
) {
  const { repository } = result;
  if (!repository?.commit) {
    throw new Error(
      `The set-up of project '${result.slug}' reports no first commit: the GitOps backend and this action are of different releases`,
    );
  }
  return {
    entityRef,
    repositoryUrl: repository.url,
    remoteUrl: repository.cloneUrl,
    repoContentsUrl: repositoryContentsUrl(
      repository.provider,
      repository.url,
      repository.defaultBranch,
    ),
    commitHash: repository.commit,
  };
}

/** What `repositoryOutput` would be. */
export function dryRunRepositoryValues({
  request,
  target,
  defaultBranch,
}: PreparedProject) {
  return {
    entityRef: request.entityRef,
    repositoryUrl: target.url,
    remoteUrl: `${target.url}.git`,
    repoContentsUrl: repositoryContentsUrl(
      target.provider,
      target.url,
      defaultBranch,
    ),
    commitHash: NO_COMMIT,
  };
}

/** Values of `fluxOutput` after a run. */
export function fluxValues(result: InitializationResult) {
  const { gitops } = result;
  if (!gitops) {
    throw new Error(
      `The set-up of project '${result.slug}' reports no GitOps resources: the GitOps backend and this action are of different releases`,
    );
  }
  const { namespaces, gitRepositories, kustomizations } = gitops;
  return {
    namespaces,
    gitRepositories,
    kustomizations,
    counts: {
      namespaces: namespaces.length,
      gitRepositories: gitRepositories.length,
      kustomizations: kustomizations.length,
    },
  };
}

/** What a dry run has of `fluxOutput`. */
export const NO_FLUX_VALUES: ReturnType<typeof fluxValues> = {
  namespaces: [],
  gitRepositories: [],
  kustomizations: [],
  counts: { namespaces: 0, gitRepositories: 0, kustomizations: 0 },
};

/** Hands values to the task under their names. */
export function setOutputs<T extends object>(
  output: (name: keyof T, value: T[keyof T]) => void,
  values: T,
): void {
  for (const [name, value] of Object.entries(values)) {
    output(name as keyof T, value as T[keyof T]);
  }
}
