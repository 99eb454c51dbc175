import type {
  BackstageCredentials,
  BackstageUserPrincipal,
  HttpAuthService,
} from '@backstage/backend-plugin-api';
import { NotAllowedError } from '@backstage/errors';
import type { Request } from 'express';

/** Whoever asks, a user or another plugin. */
export function anyCaller(
  httpAuth: HttpAuthService,
  request: Request,
): Promise<BackstageCredentials> {
  return httpAuth.credentials(request, { allow: ['user', 'service'] });
}

/**
 * The user who asks, also through another plugin that acts for them.
 *
 * @throws NotAllowedError when a plugin asks in its own name: what is made or
 * changed must be somebody's doing
 */
export async function userCaller(
  httpAuth: HttpAuthService,
  request: Request,
): Promise<{
  credentials: BackstageCredentials<BackstageUserPrincipal>;
  userRef: string;
}> {
  const credentials = await anyCaller(httpAuth, request);
  const { principal } = credentials;
  if (!isUser(principal)) {
    throw new NotAllowedError(
      'This needs a user, and the request came from a service without one: call with a user token, or on behalf of a user',
    );
  }
  return {
    credentials: { ...credentials, principal },
    userRef: principal.userEntityRef,
  };
}

function isUser(principal: unknown): principal is BackstageUserPrincipal {
  return (principal as { type?: string }).type === 'user';
}
