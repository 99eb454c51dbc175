import { ConflictError } from '@backstage/errors';
import { z } from 'zod/v3';
import { credentialWord } from '../../credentials/CredentialFactory';
import type { CredentialTarget } from '../../credentials/kinds/CredentialTarget';
import type { GitAuth, NewGitAuth } from '../../database/GitAuthStore';
import { pushFactsSchema } from '../initializationResult';
import type { Step, StepContext } from './StepContext';

const intentSchema = z.object({ authId: z.string() });

/** The rows of the repository and of what Flux reads it with are committed. */
export const createRecords: Step = {
  name: 'create_records',
  async run(context) {
    const { project, provider, hostCredential, signal, services } = context;
    const { repository: wish } = project.wishes;
    const repository = await provider.getRepository(wish, {
      credential: hostCredential,
      signal,
    });
    if (!repository) {
      throw new ConflictError(
        `Repository '${wish.owner}/${wish.name}' at '${provider.host}' is gone: retry, and it is made again`,
      );
    }
    const { commit } = pushFactsSchema.parse(
      await context.outcomeOf('push_template'),
    );

    const target = credentialTarget(context);
    const { credentials, gitAuths } = services;
    const stored = await gitAuths.getByProject(project.id);
    const existing =
      stored && (await credentials.isCurrent(stored, project, target))
        ? stored
        : undefined;
    let made: NewGitAuth | undefined;
    if (!existing) {
      context.report.info(`Creating credential for project ${project.slug}`);
      made = await makeCredential(context, target, stored);
    }
    const repositoryId = await context.effect('write records', () =>
      context.write(async trx => {
        const row = await services.repositories.put(trx, {
          projectId: project.id,
          provider: provider.type,
          host: provider.host,
          owner: repository.owner,
          name: repository.name,
          visibility: repository.visibility,
          url: repository.url,
          cloneUrl: repository.cloneUrl,
          defaultBranch: repository.defaultBranch,
          providerRepositoryId: repository.id,
          firstCommit: commit,
        });
        if (made) {
          await gitAuths.replace(trx, made);
          await services.projects.eraseWishedToken(trx, project.id);
        }
        return row.id;
      }),
    );
    if (made) {
      context.report.info(
        `Created ${credentialWord(
          made.material.authType,
        )} credential for project ${project.slug}`,
      );
    }
    return { repositoryId };
  },
};

/**
 * Makes the credential under an id that is written down before, so that a run that
 * was cut off finds what it made at the host.
 */
async function makeCredential(
  context: StepContext,
  target: CredentialTarget,
  stored: GitAuth | undefined,
): Promise<NewGitAuth> {
  const { credentials } = context.services;
  const wish = credentials.openWish(context.project);
  const begun = intentSchema.safeParse(context.intended);
  if (begun.success && begun.data.authId !== stored?.id) {
    await credentials.removeUnrecorded(begun.data.authId, target);
  }
  if (stored) {
    // No source reads with it yet that a retry would not write anew.
    await credentials.revoke(stored, target);
  }
  const authId = credentials.newId();
  await context.intend({ authId });
  return context.effect('make credential', () =>
    credentials.make(authId, wish, target, { fallBack: true }),
  );
}

function credentialTarget(context: StepContext): CredentialTarget {
  const { project, provider, hostCredential, signal } = context;
  return {
    project,
    userRef: project.createdBy,
    provider,
    repository: project.wishes.repository,
    hostCredential,
    signal,
  };
}
