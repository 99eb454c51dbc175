import { ConflictError, NotAllowedError } from '@backstage/errors';
import { credentialWord } from '../../credentials/CredentialFactory';
import { pushFactsSchema } from '../initializationResult';
import type { Step, StepContext } from './StepContext';

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

    const run = { provider, hostCredential };
    const stored = await services.gitAuths.getByProject(project.id);
    const existing =
      stored && (await services.credentials.isCurrent(stored, project, run))
        ? stored
        : undefined;
    if (!existing) {
      context.report.info(`Creating credential for project ${project.slug}`);
      await checkMayRead(context);
    }
    const { auth, repositoryId } = await context.effect(
      'write records',
      async () => {
        // Outside of the transaction: it may ask other tables.
        const made = existing
          ? undefined
          : await services.credentials.make(project, run);
        return context.write(async trx => {
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
            await services.gitAuths.replace(trx, made);
            await services.gitAuths.setValidation(trx, made.id, 'valid');
            await services.projects.eraseWishedToken(trx, project.id);
          }
          return {
            auth: made?.material ?? existing!.material,
            repositoryId: row.id,
          };
        });
      },
    );
    if (!existing) {
      context.report.info(
        `Created ${credentialWord(auth.authType)} credential for project ${
          project.slug
        }`,
      );
    }
    return { repositoryId };
  },
};

/** What Flux shall read with has to be able to, before the cluster finds out. */
async function checkMayRead(context: StepContext): Promise<void> {
  const { project, provider, signal, services } = context;
  const credential = await services.credentials.openWish(project, provider);
  if (!credential) {
    return;
  }
  const { repository } = project.wishes;
  if (!(await provider.getRepository(repository, { credential, signal }))) {
    throw new NotAllowedError(
      `The credential given for Flux cannot see repository '${repository.owner}/${repository.name}' at '${provider.host}': give one that may read it`,
    );
  }
}
