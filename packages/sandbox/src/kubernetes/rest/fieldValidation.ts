import { KubeObject } from '../ObjectStore';
import { CustomSchema, pruneUnknown } from '../custom/CustomSchema';
import { badRequest, invalid, unsupportedValue } from '../statusErrors';

const modes = ['', 'Ignore', 'Strict', 'Warn'];

/**
 * What the client is told about fields the schema does not know: an error for `Strict`, warnings for `Warn`, nothing for
 * `Ignore`. The fields are dropped in any case, later.
 */
export function checkFields(
  object: KubeObject,
  schema: CustomSchema | undefined,
  mode: string,
): string[] {
  if (!modes.includes(mode)) {
    throw invalid({ group: 'meta.k8s.io', kind: 'CreateOptions' }, '', [
      unsupportedValue('fieldValidation', mode, modes),
    ]);
  }
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
