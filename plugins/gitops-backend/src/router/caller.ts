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
  if (!isUser(credentials)) {
    throw new NotAllowedError(
      'This needs a user, and the request came from a service without one: call with a user token, or on behalf of a user',
    );
  }
  return {
    // The very object: the token that goes with it is not among the properties
    // that a copy would carry.
    credentials,
    userRef: credentials.principal.userEntityRef,
  };
}

function isUser(
  credentials: BackstageCredentials,
): credentials is BackstageCredentials<BackstageUserPrincipal> {
  return (credentials.principal as { type?: string }).type === 'user';
}
