import { KubeObject } from '../ObjectStore';
import { CustomSchema, pruneUnknown } from '../custom/CustomSchema';
import { badRequest } from '../statusErrors';

/**
 * What the client is told about fields the schema does not know: an error for `Strict`, warnings for `Warn`, nothing for
 * `Ignore`. The fields are dropped in any case, later.
 */
export function checkFields(
  object: KubeObject,
  schema: CustomSchema | undefined,
  mode: string,
): string[] {
  if (!schema || mode === 'Ignore') {
    return [];
  }
  const unknown = pruneUnknown(structuredClone(object), schema).map(
    path => `unknown field ${JSON.stringify(path)}`,
  );
  if (mode === 'Strict' && unknown.length > 0) {
    throw badRequest(`strict decoding error: ${unknown.join(', ')}`);
  }
  return unknown;
}
