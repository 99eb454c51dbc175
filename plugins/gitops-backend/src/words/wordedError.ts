import {
  sayInEnglish,
  type Wording,
} from '@backstage-gitops/plugin-gitops-common';

/** Not in the errors themselves, whose properties a failing route would send. */
const wordings = new WeakMap<Error, Wording>();

/**
 * An error whose message is made from a wording; {@link wordingOf} gives it back.
 *
 * @internal
 */
export function wordedError<TError extends Error>(
  ErrorType: new (message: string) => TError,
  wording: Wording,
): TError {
  const error = new ErrorType(sayInEnglish(wording));
  wordings.set(error, wording);
  return error;
}

/** What an error says; undefined for words from elsewhere. @internal */
export function wordingOf(error: Error): Wording | undefined {
  return wordings.get(error);
}
