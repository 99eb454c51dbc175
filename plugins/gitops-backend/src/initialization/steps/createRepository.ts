import { ConflictError } from '@backstage/errors';
import type { GitHostRepository } from '@backstage-gitops/plugin-gitops-node';
import { z } from 'zod/v3';
import { repositoryFactsSchema } from '../initializationResult';
import { markerTopic } from '../markerTopic';
import type { Step, StepContext } from './StepContext';
import { withSyncLog } from './withSyncLog';

const intentSchema = z.object({
  /** The host had no such repository when the run was about to make it. */
  absentAt: z.string(),
});

// The host's clock may run behind ours.
const CLOCK_SKEW_MS = 5 * 60_000;

/** The host has the repository, and it is this project's. */
export const createRepository: Step = {
  name: 'create_repository',
  async run(context) {
    const { url, cloneUrl, owner, name, defaultBranch, visibility } =
      await findOrCreate(context);
    const facts: z.infer<typeof repositoryFactsSchema> = {
      provider: context.provider.type,
      host: context.provider.host,
      owner,
      name,
      url,
      cloneUrl,
      defaultBranch,
      visibility,
    };
    return facts;
  },
};

async function findOrCreate(context: StepContext): Promise<GitHostRepository> {
  const { project, provider, hostCredential, signal } = context;
  const call = { credential: hostCredential, signal };
  const wish = project.wishes.repository;
  const topic = markerTopic(project.id);

  let repository = await provider.getRepository(wish, call);
  if (repository?.topics.includes(topic)) {
    return checked(repository, wish);
  }
  if (repository) {
    if (!isOurCreation(repository, context.intended)) {
      throw new ConflictError(
        `Repository '${wish.owner}/${wish.name}' at '${provider.host}' exists and was not made for project '${project.slug}': choose another repository name, or remove the repository if nobody needs it`,
      );
    }
  } else {
    await context.intend({ absentAt: new Date().toISOString() });
    repository = await withSyncLog(context, 'create', () =>
      context.effect('create repository', () =>
        provider.createRepository(
          { ...wish, description: project.description },
          call,
        ),
      ),
    );
  }
  checked(repository, wish);
  await context.effect('mark repository', () =>
    provider.addTopic(wish, topic, call),
  );
  return repository;
}

/**
 * A repository without our mark is ours only if a run had seen that there was
 * none, went to make it, and was cut off before it could mark it.
 */
function isOurCreation(
  repository: GitHostRepository,
  intended: Record<string, unknown> | undefined,
): boolean {
  const intent = intentSchema.safeParse(intended);
  return (
    intent.success &&
    repository.empty &&
    Date.parse(repository.createdAt) >=
      Date.parse(intent.data.absentAt) - CLOCK_SKEW_MS
  );
}

function checked(
  repository: GitHostRepository,
  wish: { defaultBranch: string },
): GitHostRepository {
  const name = `${repository.owner}/${repository.name}`;
  if (repository.archived) {
    throw new ConflictError(
      `Repository '${name}' is archived: unarchive it, then retry`,
    );
  }
  if (repository.defaultBranch !== wish.defaultBranch) {
    throw new ConflictError(
      `Repository '${name}' has the default branch '${repository.defaultBranch}' instead of '${wish.defaultBranch}': change it at the Git host, then retry`,
    );
  }
  return repository;
}
