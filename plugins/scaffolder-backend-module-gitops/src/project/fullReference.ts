import { parseEntityRef, stringifyEntityRef } from '@backstage/catalog-model';
import { InputError, toError } from '@backstage/errors';

/**
 * @param input - what the value was given as, for the error
 * @param defaultKind - of a reference that names none
 * @returns the reference with kind and namespace
 * @throws InputError that names the input
 */
export function fullReference(
  input: string,
  reference: string,
  defaultKind: string,
): string {
  try {
    return stringifyEntityRef(
      parseEntityRef(reference, { defaultKind, defaultNamespace: 'default' }),
    );
  } catch (error) {
    throw new InputError(
      `${input} is not an entity reference: ${toError(error).message}`,
    );
  }
}
