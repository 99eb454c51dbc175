import { KubeObject } from '../ObjectStore';
import { ResourceKind } from '../ResourceKind';
import { FieldError, invalidValue, requiredValue } from '../statusErrors';

const label = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const subdomain = `${label}(\\.${label})*`;
const labelText = `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '${label}')`;
const subdomainText = `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${subdomain}')`;
const qualifiedText =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
const labelValueText =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

const labelNamed = new Set(['Namespace', 'Service']);

function nameFindings(kind: ResourceKind, name: string): string[] {
  if (kind.group === 'rbac.authorization.k8s.io') {
    const bad = ['/', '%'].filter(character => name.includes(character));
    return name === '.' || name === '..'
      ? [`may not be '${name}'`]
      : bad.map(character => `may not contain '${character}'`);
  }
  const short = kind.group === '' && labelNamed.has(kind.kind);
  const findings: string[] = [];
  if (name.length > (short ? 63 : 253)) {
    findings.push(`must be no more than ${short ? 63 : 253} bytes`);
  }
  if (!new RegExp(`^${short ? label : subdomain}$`).test(name)) {
    findings.push(short ? labelText : subdomainText);
  }
  return findings;
}

function qualifiedNameFindings(key: string): string[] {
  const parts = key.split('/');
  const name = parts[parts.length - 1];
  if (
    parts.length > 2 ||
    !/^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/.test(name)
  ) {
    return [qualifiedText];
  }
  if (name.length > 63) {
    return ['name part must be no more than 63 bytes'];
  }
  return parts.length === 2 && !new RegExp(`^${subdomain}$`).test(parts[0])
    ? [`prefix part ${subdomainText}`]
    : [];
}

/** Checks name, labels and annotations as the API server does for every object. */
export function validateMetadata(
  kind: ResourceKind,
  object: KubeObject,
): FieldError[] {
  const { name, labels, annotations } = object.metadata;
  const errors: FieldError[] = [];
  if (!name) {
    errors.push(
      requiredValue('metadata.name', 'name or generateName is required'),
    );
  } else {
    errors.push(
      ...nameFindings(kind, name).map(finding =>
        invalidValue('metadata.name', name, finding),
      ),
    );
  }
  for (const [key, text] of Object.entries(labels ?? {})) {
    errors.push(
      ...qualifiedNameFindings(key).map(finding =>
        invalidValue('metadata.labels', key, finding),
      ),
    );
    if (text.length > 63) {
      errors.push(
        invalidValue('metadata.labels', text, 'must be no more than 63 bytes'),
      );
    }
    if (!/^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/.test(text)) {
      errors.push(invalidValue('metadata.labels', text, labelValueText));
    }
  }
  for (const key of Object.keys(annotations ?? {})) {
    errors.push(
      ...qualifiedNameFindings(key.toLowerCase()).map(finding =>
        invalidValue('metadata.annotations', key, finding),
      ),
    );
  }
  return errors;
}
