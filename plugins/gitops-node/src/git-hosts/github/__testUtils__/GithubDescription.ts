import Ajv, { type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

type Schema = Record<string, any>;

const PLAIN: Readonly<Record<string, string>> = {
  uri: 'https://github.example.com/x',
  'date-time': '2026-01-01T00:00:00Z',
  email: 'a@example.com',
};

/**
 * GitHub's published description of its API, as far as it is used here (see
 * scripts/cutGithubDescription.mjs). Holds requests and answers to it.
 */
export class GithubDescription {
  private readonly document: Schema = withPlainNulls(
    JSON.parse(readFileSync(join(__dirname, 'githubDescription.json'), 'utf8')),
  );
  private readonly ajv = addFormats(
    new Ajv({ strict: false, allErrors: true, formats: { 'repo.nwo': true } }),
  );
  private readonly compiled = new Map<string, ValidateFunction>();

  /** @throws when a parameter is unknown or the body is not as described. */
  checkRequest(
    method: string,
    path: string,
    query: URLSearchParams,
    body: Record<string, unknown>,
  ): void {
    const operation = this.operation(method, path);
    const known = (operation.parameters ?? [])
      .map((parameter: Schema) => this.resolve(parameter))
      .filter((parameter: Schema) => parameter.in === 'query')
      .map((parameter: Schema) => parameter.name);
    for (const name of query.keys()) {
      if (!known.includes(name)) {
        throw new Error(`query parameter '${name}' is not described`);
      }
    }
    const schema = operation.requestBody?.content?.['application/json']?.schema;
    if (!schema) {
      if (Object.keys(body).length > 0) {
        throw new Error('no body is described');
      }
      return;
    }
    this.validate(`${method} ${path} body`, schema, body);
    this.checkNames(schema, body, 'body');
  }

  /**
   * Completes what a double says to an answer that is as described: what the double
   * leaves out is filled with the simplest valid values.
   *
   * @throws when the double says something that is not described
   */
  answer(method: string, path: string, status: number, said: unknown): unknown {
    const response = this.resolve(
      this.operation(method, path).responses[status] ??
        fail(`status ${status} is not described`),
    );
    const schema = response.content?.['application/json']?.schema;
    if (!schema) {
      return said === undefined ? undefined : fail('no content is described');
    }
    this.checkNames(schema, said, 'answer');
    const whole = this.complete(schema, said);
    this.validate(`${method} ${path} ${status}`, schema, whole);
    return whole;
  }

  private operation(method: string, path: string): Schema {
    return (
      this.document.paths[path]?.[method.toLowerCase()] ??
      fail(`${method} ${path} is not described`)
    );
  }

  private resolve(node: Schema): Schema {
    if (typeof node.$ref !== 'string') {
      return node;
    }
    const [, , kind, name] = node.$ref.split('/');
    return this.document.components[kind][name];
  }

  private validate(name: string, schema: Schema, value: unknown): void {
    let validate = this.compiled.get(name);
    if (!validate) {
      validate = this.ajv.compile({
        ...schema,
        components: this.document.components,
      });
      this.compiled.set(name, validate);
    }
    if (!validate(value)) {
      fail(`${name}: ${this.ajv.errorsText(validate.errors)}`);
    }
  }

  /** The one of several forms that has all names of a value. */
  private formOf(schema: Schema, value: unknown): Schema {
    const node = this.resolve(schema);
    const forms: Schema[] | undefined = node.oneOf ?? node.anyOf;
    if (forms) {
      const form = forms.find(
        other =>
          this.unknownNames(this.formOf(other, value), value) === undefined,
      );
      return form ? this.formOf(form, value) : node;
    }
    if (node.allOf) {
      const parts: Schema[] = node.allOf.map((part: Schema) =>
        this.resolve(part),
      );
      return {
        type: 'object',
        ...node,
        properties: Object.assign({}, ...parts.map(part => part.properties)),
        required: parts.flatMap(part => part.required ?? []),
      };
    }
    return node;
  }

  private unknownNames(form: Schema, value: unknown): string | undefined {
    if (Array.isArray(value)) {
      return form.type === 'array' ? undefined : 'a list';
    }
    if (value === null || typeof value !== 'object') {
      return undefined;
    }
    if (form.type === 'array') {
      return 'an object';
    }
    return Object.keys(value).find(
      name => !form.properties?.[name] && !form.additionalProperties,
    );
  }

  private checkNames(schema: Schema, value: unknown, where: string): void {
    const form = this.formOf(schema, value);
    const unknown = this.unknownNames(form, value);
    if (unknown !== undefined) {
      fail(`'${unknown}' in ${where} is not described`);
    }
    if (Array.isArray(value)) {
      value.forEach(item => this.checkNames(form.items ?? {}, item, where));
    } else if (value !== null && typeof value === 'object') {
      for (const [name, child] of Object.entries(value)) {
        if (form.properties?.[name]) {
          this.checkNames(form.properties[name], child, `${where}.${name}`);
        }
      }
    }
  }

  private complete(schema: Schema, said: unknown): unknown {
    const form = this.formOf(schema, said);
    if (said === null || (said !== undefined && typeof said !== 'object')) {
      return said;
    }
    if (Array.isArray(said)) {
      return said.map(item => this.complete(form.items ?? {}, item));
    }
    if (said === undefined) {
      if (form.nullable) {
        return null;
      }
      if (form.enum) {
        return form.enum[0];
      }
      switch (form.type) {
        case 'string':
          return PLAIN[form.format] ?? 'text';
        case 'integer':
        case 'number':
          return form.minimum ?? 1;
        case 'boolean':
          return false;
        case 'array':
          return [];
        default:
      }
    }
    const given = (said ?? {}) as Record<string, unknown>;
    const names = new Set([...(form.required ?? []), ...Object.keys(given)]);
    return Object.fromEntries(
      [...names].map(name => [
        name,
        this.complete(form.properties?.[name] ?? {}, given[name]),
      ]),
    );
  }
}

/** OpenAPI's `nullable` beside no `type`, in words that JSON Schema knows. */
function withPlainNulls(node: any): any {
  if (Array.isArray(node)) {
    return node.map(withPlainNulls);
  }
  if (node === null || typeof node !== 'object') {
    return node;
  }
  const { nullable, ...rest } = Object.fromEntries(
    Object.entries(node).map(([name, child]) => [name, withPlainNulls(child)]),
  );
  if (nullable === true && rest.type === undefined) {
    return { anyOf: [rest, { type: 'null' }] };
  }
  return nullable === undefined ? rest : { ...rest, nullable };
}

function fail(words: string): never {
  throw new Error(words);
}
