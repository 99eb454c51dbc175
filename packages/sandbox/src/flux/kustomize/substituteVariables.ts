import { stringify } from 'yaml';
import { BuildError } from '../../kustomize/BuildError';
import { isObject, JsonObject } from '../../kustomize/json';
import { parseYaml } from '../../kustomize/parseYaml';
import { ObjectStore } from '../../kubernetes/ObjectStore';

const SETTING = 'kustomize.toolkit.fluxcd.io/substitute';
const NAME = /^[_a-zA-Z][_a-zA-Z0-9]*$/;

function loadVariables(
  store: ObjectStore,
  namespace: string,
  postBuild: JsonObject,
): Record<string, string> {
  const variables: Record<string, string> = {};
  const sources = Array.isArray(postBuild.substituteFrom)
    ? postBuild.substituteFrom.filter(isObject)
    : [];
  for (const { kind, name, optional } of sources) {
    if (kind !== 'ConfigMap' && kind !== 'Secret') {
      continue;
    }
    const served = store.resolve('v1', kind);
    const source = served && store.get(served, namespace, String(name));
    if (!source) {
      if (optional === true) {
        continue;
      }
      throw new BuildError(
        `substitute from '${kind}/${name}' error: ${kind.toLowerCase()}s "${name}" not found`,
      );
    }
    for (const [key, value] of Object.entries(
      isObject(source.data) ? source.data : {},
    )) {
      const text =
        kind === 'Secret'
          ? Buffer.from(String(value), 'base64').toString('utf8')
          : String(value);
      variables[key] = text.replace(/\n/g, '');
    }
  }
  if (isObject(postBuild.substitute)) {
    for (const [key, value] of Object.entries(postBuild.substitute)) {
      variables[key] = String(value).replace(/\n/g, '');
    }
  }
  return variables;
}

/** `${name}`, `${name:=default}`, `${name:-default}` and `$${escaped}`; a missing variable is empty. */
function evaluate(text: string, variables: Record<string, string>): string {
  return text.replace(
    /\$(\$)?\{([^}]*)\}/g,
    (_whole, escaped: string | undefined, inner: string) => {
      if (escaped) {
        return `\${${inner}}`;
      }
      const [, name, operator, fallback = ''] =
        /^([_a-zA-Z][_a-zA-Z0-9]*)(?:(:?[-=])([\s\S]*))?$/.exec(inner) ?? [];
      if (!name) {
        const known = /^[_a-zA-Z]/.test(inner);
        throw new BuildError(
          known
            ? `envsubst error: variable substitution failed: the sandbox does not support the expression '\${${inner}}'`
            : `envsubst error: variable substitution failed: unable to parse variable name within '\${${inner}}'`,
        );
      }
      const value = variables[name];
      const absent = operator?.startsWith(':') ? !value : value === undefined;
      return absent && operator ? fallback : value ?? '';
    },
  );
}

/**
 * Replaces variables in built objects, as `spec.postBuild` asks.
 *
 * @throws BuildError
 */
export function substituteVariables(options: {
  store: ObjectStore;
  namespace: string;
  postBuild: JsonObject;
  objects: readonly JsonObject[];
}): JsonObject[] {
  return options.objects.map(object => {
    const metadata = isObject(object.metadata) ? object.metadata : {};
    const off = [metadata.labels, metadata.annotations].some(
      settings => isObject(settings) && settings[SETTING] === 'disabled',
    );
    if (off) {
      return object;
    }
    try {
      const variables = loadVariables(
        options.store,
        options.namespace,
        options.postBuild,
      );
      const invalid = Object.keys(variables).find(name => !NAME.test(name));
      if (invalid !== undefined) {
        throw new BuildError(
          `envsubst error: '${invalid}' var name is invalid, must match '^[_[:alpha:]][_[:alpha:][:digit:]]*$'`,
        );
      }
      if (Object.keys(variables).length === 0) {
        return object;
      }
      const [result] = parseYaml(
        evaluate(stringify(object, { lineWidth: 0 }), variables),
        'postBuild',
      );
      return isObject(result) ? result : object;
    } catch (error) {
      const [group, version] = String(object.apiVersion).includes('/')
        ? String(object.apiVersion).split('/')
        : ['[noGrp]', String(object.apiVersion)];
      throw error instanceof BuildError
        ? new BuildError(
            `post build failed for '${object.kind}.${version}.${group}/${metadata.name}': ${error.message}`,
          )
        : error;
    }
  });
}
