import { AuthenticationError, toError } from '@backstage/errors';
import type { Step } from './StepContext';

/** The Git host accepts the token, and the token may do what the run needs. */
export const resolveCredentials: Step = {
  name: 'resolve_credentials',
  async run({ project, provider, hostCredential, signal, services }) {
    const call = { credential: hostCredential, signal };
    const { repository, credential } = project.wishes;
    const identity = await provider.whoAmI(call);
    const existing = await provider.getRepository(repository, call);
    if (!existing) {
      await provider.checkMayCreate(repository.owner, call);
    }
    if (credential?.kind === 'connection') {
      const opened = await services.credentials.openConnection(
        credential.connectionId,
        project.createdBy,
        provider,
      );
      try {
        await provider.whoAmI({ credential: opened, signal });
      } catch (error) {
        const reason = toError(error);
        if (reason.name !== 'AuthenticationError') {
          throw reason;
        }
        throw new AuthenticationError(
          `The chosen Git connection is no longer accepted by '${provider.host}': connect the account again`,
        );
      }
    }
    return { username: identity.username };
  },
};
