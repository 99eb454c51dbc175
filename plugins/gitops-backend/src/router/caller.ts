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
): Promise<UserCaller> {
  return requireUser(await anyCaller(httpAuth, request));
}

/** A user who asks. */
export interface UserCaller {
  /**
   * The very object that was given: the token that goes with it is not among the
   * properties that a copy would carry.
   */
  credentials: BackstageCredentials<BackstageUserPrincipal>;
  userRef: string;
}

/** @throws NotAllowedError as {@link userCaller} does */
export function requireUser(credentials: BackstageCredentials): UserCaller {
  if (!isUser(credentials)) {
    throw new NotAllowedError(
      'This needs a user, and the request came from a service without one: call with a user token, or on behalf of a user',
    );
  }
  return { credentials, userRef: credentials.principal.userEntityRef };
}

function isUser(
  credentials: BackstageCredentials,
): credentials is BackstageCredentials<BackstageUserPrincipal> {
  return (credentials.principal as { type?: string }).type === 'user';
}
