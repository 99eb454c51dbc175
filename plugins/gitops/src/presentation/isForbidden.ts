import { ResponseError } from '@backstage/errors';

/** The portal has answered that the user lacks the right. */
export function isForbidden(error: Error): boolean {
  return error instanceof ResponseError && error.statusCode === 403;
}
