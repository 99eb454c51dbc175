import { parseAllDocuments, ScalarTag, Tags } from 'yaml';
import { MalformedYamlError } from './BuildError';

// YAML as Kubernetes reads it: 1.2's core types, with 1.1's words for booleans and its octal numbers.
const kubernetesTags = (tags: Tags): Tags => {
  const words: ScalarTag = {
    tag: 'tag:yaml.org,2002:bool',
    default: true,
    test: /^(?:[Yy]es|YES|[Oo]n|ON|[Nn]o|NO|[Oo]ff|OFF)$/,
    resolve: text => /^(?:yes|on)$/i.test(text),
  };
  const octal: ScalarTag = {
    tag: 'tag:yaml.org,2002:int',
    default: true,
    test: /^0[0-7]+$/,
    resolve: text => parseInt(text, 8),
  };
  return [words, octal, ...tags];
};

/**
 * Reads every document of a YAML text; empty documents are left out.
 *
 * @param file - name for messages
 * @throws MalformedYamlError
 */
export function parseYaml(text: string, file: string): unknown[] {
  const documents = parseAllDocuments(text, {
    customTags: kubernetesTags,
    merge: true,
    prettyErrors: false,
  });
  const values: unknown[] = [];
  for (const document of documents) {
    const [error] = document.errors ?? [];
    if (error) {
      const line = text.slice(0, error.pos[0]).split('\n').length;
      throw new MalformedYamlError(
        `MalformedYAMLError: yaml: line ${line}: ${error.message} in File: ${file}`,
      );
    }
    const value: unknown = document.toJS();
    if (value !== null && value !== undefined) {
      values.push(value);
    }
  }
  return values;
}
