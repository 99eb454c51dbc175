import { MergeSchema } from '../apply/MergeSchema';
import { metadataMergeSchema } from '../apply/builtInMergeSchemas';
import { JsonObject, isJsonObject } from '../json';
import {
  FieldError,
  invalidValue,
  requiredValue,
  unsupportedValue,
} from '../statusErrors';

/** The part of `openAPIV3Schema` that decides about custom objects here. */
export interface CustomSchema {
  type?: string;
  format?: string;
  description?: string;
  properties?: Record<string, CustomSchema>;
  additionalProperties?: CustomSchema | boolean;
  items?: CustomSchema;
  required?: string[];
  enum?: unknown[];
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  minimum?: number;
  maximum?: number;
  nullable?: boolean;
  default?: unknown;
  'x-kubernetes-preserve-unknown-fields'?: boolean;
  'x-kubernetes-int-or-string'?: boolean;
  'x-kubernetes-embedded-resource'?: boolean;
  'x-kubernetes-list-type'?: string;
  'x-kubernetes-list-map-keys'?: string[];
  'x-kubernetes-map-type'?: string;
}

/** How server-side apply merges objects of a custom kind. */
export function mergeSchemaOfCustom(
  schema: CustomSchema | undefined,
): MergeSchema {
  const merged = schema ? mergeSchemaOf(schema) : {};
  return {
    ...merged,
    fields: { ...merged.fields, metadata: metadataMergeSchema },
  };
}

function mergeSchemaOf(schema: CustomSchema): MergeSchema {
  if (schema.type === 'array') {
    const items = schema.items ? mergeSchemaOf(schema.items) : {};
    switch (schema['x-kubernetes-list-type']) {
      case 'set':
        return { list: { type: 'set' } };
      case 'map': {
        const keys = schema['x-kubernetes-list-map-keys'] ?? [];
        const keyDefaults = Object.fromEntries(
          keys.map(key => [key, schema.items?.properties?.[key]?.default]),
        );
        return { list: { type: 'map', keys, items, keyDefaults } };
      }
      default:
        return {};
    }
  }
  return {
    atomic: schema['x-kubernetes-map-type'] === 'atomic' || undefined,
    fields:
      schema.properties &&
      Object.fromEntries(
        Object.entries(schema.properties).map(([field, child]) => [
          field,
          mergeSchemaOf(child),
        ]),
      ),
    values: isSchema(schema.additionalProperties)
      ? mergeSchemaOf(schema.additionalProperties)
      : undefined,
  };
}

/** Fills in defaults; changes `value`. */
export function applyDefaults(value: unknown, schema: CustomSchema): void {
  if (Array.isArray(value) && schema.items) {
    for (const item of value) {
      applyDefaults(item, schema.items);
    }
  }
  if (!isJsonObject(value)) {
    return;
  }
  for (const [field, child] of Object.entries(schema.properties ?? {})) {
    if (value[field] === undefined && child.default !== undefined) {
      value[field] = structuredClone(child.default);
    }
    applyDefaults(value[field], child);
  }
  if (isSchema(schema.additionalProperties)) {
    for (const [field, entry] of Object.entries(value)) {
      if (!schema.properties?.[field]) {
        applyDefaults(entry, schema.additionalProperties);
      }
    }
  }
}

/** Drops what the schema does not know; changes `value`. Returns the paths of what was dropped. */
export function pruneUnknown(
  value: unknown,
  schema: CustomSchema,
  path = '',
): string[] {
  const dropped: string[] = [];
  if (Array.isArray(value) && schema.items) {
    for (const [index, item] of value.entries()) {
      dropped.push(...pruneUnknown(item, schema.items, `${path}[${index}]`));
    }
  }
  if (!isJsonObject(value)) {
    return dropped;
  }
  for (const field of Object.keys(value)) {
    const known = schema.properties?.[field];
    const at = path ? `${path}.${field}` : field;
    if (known) {
      dropped.push(...pruneUnknown(value[field], known, at));
    } else if (isSchema(schema.additionalProperties)) {
      dropped.push(
        ...pruneUnknown(value[field], schema.additionalProperties, at),
      );
    } else if (
      schema.additionalProperties !== true &&
      !schema['x-kubernetes-preserve-unknown-fields'] &&
      schema.type === 'object'
    ) {
      delete value[field];
      dropped.push(at);
    }
  }
  return dropped;
}

/** Checks a value against its schema. */
export function validateSchema(
  value: unknown,
  schema: CustomSchema,
  path: string,
): FieldError[] {
  if (value === null && schema.nullable) {
    return [];
  }
  if (!hasType(value, schema)) {
    const expected = schema['x-kubernetes-int-or-string']
      ? 'integer,string'
      : schema.type;
    return [
      {
        reason: 'FieldValueTypeInvalid',
        field: path,
        message: `Invalid value: ${JSON.stringify(
          typeNameOf(value),
        )}: ${path} in body must be of type ${expected}: ${JSON.stringify(
          typeNameOf(value),
        )}`,
      },
    ];
  }
  return [
    ...validateScalar(value, schema, path),
    ...validateChildren(value, schema, path),
  ];
}

function validateScalar(
  value: unknown,
  schema: CustomSchema,
  path: string,
): FieldError[] {
  const errors: FieldError[] = [];
  if (schema.enum && !schema.enum.includes(value)) {
    errors.push(unsupportedValue(path, value, schema.enum));
  }
  const fail = (detail: string) =>
    errors.push(invalidValue(path, value, `${path} in body ${detail}`));
  if (typeof value === 'string') {
    if (schema.pattern && !new RegExp(schema.pattern).test(value)) {
      fail(`should match '${schema.pattern}'`);
    }
    if (value.length < (schema.minLength ?? 0)) {
      fail(`should be at least ${schema.minLength} chars long`);
    }
    if (value.length > (schema.maxLength ?? Infinity)) {
      fail(`should be at most ${schema.maxLength} chars long`);
    }
  }
  if (typeof value === 'number') {
    if (value < (schema.minimum ?? -Infinity)) {
      fail(`should be greater than or equal to ${schema.minimum}`);
    }
    if (value > (schema.maximum ?? Infinity)) {
      fail(`should be less than or equal to ${schema.maximum}`);
    }
  }
  return errors;
}

function validateChildren(
  value: unknown,
  schema: CustomSchema,
  path: string,
): FieldError[] {
  if (Array.isArray(value)) {
    const errors: FieldError[] = [];
    if (value.length < (schema.minItems ?? 0)) {
      errors.push(
        invalidValue(
          path,
          value,
          `${path} in body should have at least ${schema.minItems} items`,
        ),
      );
    }
    const { items } = schema;
    return items
      ? errors.concat(
          ...value.map((item, index) =>
            validateSchema(item, items, `${path}[${index}]`),
          ),
        )
      : errors;
  }
  if (!isJsonObject(value)) {
    return [];
  }
  const at = (field: string) => (path ? `${path}.${field}` : field);
  const errors: FieldError[] = (schema.required ?? [])
    .filter(field => value[field] === undefined)
    .map(field => requiredValue(at(field)));
  for (const [field, entry] of Object.entries(value)) {
    const child =
      schema.properties?.[field] ??
      (isSchema(schema.additionalProperties)
        ? schema.additionalProperties
        : undefined);
    if (child && entry !== undefined) {
      errors.push(...validateSchema(entry, child, at(field)));
    }
  }
  return errors;
}

function isSchema(
  schema: CustomSchema | boolean | undefined,
): schema is CustomSchema {
  return typeof schema === 'object';
}

function typeNameOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') {
    return Number.isInteger(value) ? 'integer' : 'number';
  }
  return typeof value;
}

function hasType(value: unknown, schema: CustomSchema): boolean {
  const name = typeNameOf(value);
  if (schema['x-kubernetes-int-or-string']) {
    return name === 'integer' || name === 'string';
  }
  return (
    !schema.type ||
    name === schema.type ||
    (schema.type === 'number' && name === 'integer')
  );
}

/** Reads the schema of one version of a CustomResourceDefinition; identity and metadata have rules of their own. */
export function schemaOfVersion(version: JsonObject): CustomSchema | undefined {
  const outer = version.schema;
  if (!isJsonObject(outer) || !isJsonObject(outer.openAPIV3Schema)) {
    return undefined;
  }
  const schema = outer.openAPIV3Schema as CustomSchema;
  return {
    ...schema,
    properties: {
      ...schema.properties,
      apiVersion: {},
      kind: {},
      metadata: {},
    },
  };
}
