import { parseAllDocuments, ScalarTag, Tags } from 'yaml';
import { MalformedYamlError } from './BuildError';

// Kubernetes reads YAML 1.2's core types, and octal numbers as 1.1 writes them.
const kubernetesTags = (tags: Tags): Tags => {
  const octal: ScalarTag = {
    tag: 'tag:yaml.org,2002:int',
    default: true,
    test: /^0[0-7]+$/,
    resolve: text => parseInt(text, 8),
  };
  return [octal, ...tags];
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
