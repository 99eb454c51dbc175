import { ConflictError, InputError } from '@backstage/errors';
import {
  firstCommitId,
  type FirstCommit,
} from '@backstage-gitops/plugin-gitops-node';
import type { Project } from '../../database/tables';
import { pushFactsSchema } from '../initializationResult';
import type { Step, StepContext } from './StepContext';
import { withSyncLog } from './withSyncLog';

/** The default branch holds the first commit. */
export const pushTemplate: Step = {
  name: 'push_template',
  async run(context) {
    const { project, provider, services } = context;
    const before = pushFactsSchema.safeParse(
      (await context.outcomeOf('push_template')) ?? context.intended,
    );
    let commit = before.success ? before.data.commit : undefined;
    if (!commit || !(await isPushed(context, commit))) {
      commit = await push(context);
    }
    await context.write(async trx => {
      await services.contents.delete(trx, project.id);
    });
    return {
      commit,
      url: provider.commitUrl(project.wishes.repository, commit),
    };
  },
};

/**
 * Whether the commit is at the host. Once it is, people may have gone on from it,
 * so the branch need not point at it any more.
 */
async function isPushed(
  { project, provider, hostCredential, signal }: StepContext,
  commit: string,
): Promise<boolean> {
  const { repository } = project.wishes;
  const call = { credential: hostCredential, signal };
  const head = await provider.getBranchCommit(
    repository,
    repository.defaultBranch,
    call,
  );
  return (
    head === commit ||
    (head !== undefined && (await provider.hasCommit(repository, commit, call)))
  );
}

async function push(context: StepContext): Promise<string> {
  const { project, provider, hostCredential, signal, services } = context;
  const call = { credential: hostCredential, signal };
  const files = await services.contents.getFiles(project.id);
  if (!files) {
    throw new InputError(
      `The rendered files of project '${project.slug}' are no longer stored: run the template again with the same name and owner`,
    );
  }
  const repository = await provider.getRepository(
    project.wishes.repository,
    call,
  );
  if (!repository) {
    throw new ConflictError(
      `Repository '${project.wishes.repository.owner}/${project.wishes.repository.name}' at '${provider.host}' is gone: retry, and it is made again`,
    );
  }
  const commit: FirstCommit = {
    branch: project.wishes.repository.defaultBranch,
    files,
    message: commitMessage(project),
    author: services.commitAuthor,
    // Not the time of the push: a second push has to make the same commit.
    timestamp: project.createdAt,
  };
  await context.intend({ commit: await firstCommitId(commit) });
  const pushed = await withSyncLog(context, 'push', () =>
    context.effect('push first commit', () =>
      provider.pushFirstCommit(repository, commit, call),
    ),
  );
  if (!(await isPushed(context, pushed.commit))) {
    throw new ConflictError(
      `Git host '${provider.host}' took the push, but branch '${commit.branch}' of '${repository.owner}/${repository.name}' does not hold commit ${pushed.commit}: look at the repository's rules, then retry`,
    );
  }
  return pushed.commit;
}

function commitMessage({ slug, templateId }: Project): string {
  return templateId
    ? `Create ${slug}\n\nRendered from ${templateId}.\n`
    : `Create ${slug}\n`;
}
