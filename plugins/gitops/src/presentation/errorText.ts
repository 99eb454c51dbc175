import { ResponseError } from '@backstage/errors';

/** The words of an error that say most: those of the portal, where it answered. */
export function errorText(error: Error): string {
  if (error instanceof ResponseError && error.cause.message) {
    return error.cause.message;
  }
  return error.message;
}
