import type {
  AuthService,
  BackstageCredentials,
} from '@backstage/backend-plugin-api';
import { InputError } from '@backstage/errors';

/**
 * A project belongs to somebody and every change has an author, so a task that
 * no user stands behind is refused before it does anything.
 *
 * @returns the credentials of the user who started the task
 */
export async function requireUser(
  auth: AuthService,
  ctx: { getInitiatorCredentials(): Promise<BackstageCredentials> },
): Promise<BackstageCredentials> {
  const credentials = await ctx.getInitiatorCredentials();
  if (!auth.isPrincipal(credentials, 'user')) {
    throw new InputError(
      'No user stands behind this task, and GitOps needs to know who asks: start it signed in, or with the token of a user instead of a service',
    );
  }
  return credentials;
}
