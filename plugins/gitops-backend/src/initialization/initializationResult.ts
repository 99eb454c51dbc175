import {
  gitProviderSchema,
  initializationProgress,
  projectNamespace,
  visibilitySchema,
  type GitOpsSetupResult,
  type InitializationResult,
} from '@backstage-gitops/plugin-gitops-common';
import { z } from 'zod/v3';
import type {
  Environment,
  GitopsResource,
  Project,
  Repository,
} from '../database/tables';
import { stepDocument } from './stepDocument';
import type { StepServices } from './steps/StepContext';

/** What `create_repository` leaves behind for the steps and callers after it. @internal */
export const repositoryFactsSchema = z.object({
  provider: gitProviderSchema,
  host: z.string(),
  owner: z.string(),
  name: z.string(),
  url: z.string(),
  cloneUrl: z.string(),
  defaultBranch: z.string(),
  visibility: visibilitySchema,
});

/** What `push_template` leaves behind. @internal */
export const pushFactsSchema = z.object({ commit: z.string() });

/** What the set-up of a project has come to, from its rows. @internal */
export async function initializationResult(
  project: Project,
  services: Pick<
    StepServices,
    'steps' | 'repositories' | 'environments' | 'resources'
  >,
): Promise<InitializationResult> {
  const steps = await services.steps.list(project.id, {
    attempt: project.initializationAttempt,
  });
  const outcome = (name: string) =>
    steps.find(({ step }) => step === name)?.details?.outcome;
  const facts = repositoryFactsSchema.safeParse(outcome('create_repository'));
  const pushed = pushFactsSchema.safeParse(outcome('push_template'));
  const row = await services.repositories.getByProject(project.id);
  const environments = await services.environments.listByProject(project.id);
  const done = steps.some(
    ({ step, status }) => step === 'setup_gitops' && status === 'completed',
  );
  const repository = row ?? (facts.success ? facts.data : undefined);
  const commit =
    row?.firstCommit ?? (pushed.success ? pushed.data.commit : undefined);

  return {
    slug: project.slug,
    status: project.status,
    progress: initializationProgress(steps),
    steps: steps.map(stepDocument),
    ...(repository && { repository: repositoryDocument(repository, commit) }),
    environments: environments.map(({ id, name, cluster, namespace }) => ({
      id,
      name,
      cluster,
      namespace,
    })),
    ...(done && {
      gitops: setupResult(
        project,
        environments,
        await services.resources.listByProject(project.id),
      ),
    }),
  };
}

function repositoryDocument(
  repository: Pick<Repository, keyof z.infer<typeof repositoryFactsSchema>>,
  commit: string | undefined,
): InitializationResult['repository'] {
  const {
    provider,
    host,
    owner,
    name,
    url,
    cloneUrl,
    defaultBranch,
    visibility,
  } = repository;
  return {
    provider,
    host,
    owner,
    name,
    url,
    cloneUrl,
    defaultBranch,
    visibility,
    ...(commit && { commit }),
  };
}

function setupResult(
  project: Project,
  environments: readonly Environment[],
  resources: readonly GitopsResource[],
): GitOpsSetupResult {
  const clusters = new Set(environments.map(({ cluster }) => cluster));
  const result: GitOpsSetupResult = {
    success: true,
    errors: [],
    namespaces: [
      ...[...clusters].map(() => projectNamespace(project.slug)),
      ...environments.map(({ namespace }) => namespace),
    ],
    gitRepositories: [],
    kustomizations: [],
  };
  for (const { id, type, name, cluster } of resources) {
    if (type === 'git-repository') {
      result.gitRepositories.push({ id, name, cluster });
    }
  }
  for (const environment of environments) {
    const row = resources.find(
      ({ environmentId }) => environmentId === environment.id,
    );
    if (row) {
      result.kustomizations.push({
        id: row.id,
        name: row.name,
        environmentId: environment.id,
        environment: environment.name,
        cluster: row.cluster,
      });
    }
  }
  return result;
}
