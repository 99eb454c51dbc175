import { randomUUID } from 'node:crypto';
import { KubeObject } from '../ObjectStore';
import { ResourceKind } from '../ResourceKind';
import {
  CustomSchema,
  applyDefaults,
  pruneUnknown,
  validateSchema,
} from '../custom/CustomSchema';
import { JsonObject, jsonEqual } from '../json';
import { FieldError, invalid } from '../statusErrors';
import { applyBuiltInDefaults } from './defaults';
import { dropNulls } from './decoding';
import { validateObject } from './validation';

/** Brings a new object into the form that is stored; changes `object`. Throws a 422 with everything that is wrong with it. */
export function prepareForCreate(
  kind: ResourceKind,
  object: KubeObject,
  schema: CustomSchema | undefined,
): void {
  const { metadata } = object;
  metadata.uid = randomUUID();
  delete metadata.resourceVersion;
  delete metadata.generation;
  delete metadata.creationTimestamp;
  delete metadata.deletionTimestamp;
  delete metadata.deletionGracePeriodSeconds;
  if (kind.hasGeneration) {
    metadata.generation = 1;
  }
  if (kind.statusSubresource) {
    delete object.status;
  }
  complete(kind, object, schema);
  requireValid(kind, object, findings(kind, object, schema));
}

/**
 * Brings the next version of an object into the form that is stored; changes `next`. What the request may not change is taken from
 * `before`: identity always, the status on the main resource, everything but the status on the status subresource.
 */
export function prepareForUpdate(
  kind: ResourceKind,
  before: KubeObject,
  next: KubeObject,
  subresource: 'status' | 'finalize' | undefined,
  schema: CustomSchema | undefined,
): void {
  if (subresource) {
    keepAllBut(subresource === 'status' ? 'status' : 'spec', before, next);
  } else if (kind.statusSubresource) {
    keep('status', before, next);
    if (kind.kind === 'Namespace' && kind.group === '') {
      keep('spec', before, next);
    }
  }
  const { metadata } = next;
  const was = before.metadata;
  metadata.name = was.name;
  for (const field of [
    'namespace',
    'uid',
    'creationTimestamp',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
    'generateName',
    'resourceVersion',
    'generation',
  ] as const) {
    keep(
      field,
      was as unknown as JsonObject,
      metadata as unknown as JsonObject,
    );
  }
  complete(kind, next, schema);
  requireValid(kind, next, findings(kind, next, schema, before));
  if (
    kind.hasGeneration &&
    subresource === undefined &&
    desiredStateDiffers(kind, before, next)
  ) {
    metadata.generation = (was.generation ?? 0) + 1;
  }
}

function keep(field: string, from: JsonObject, to: JsonObject): void {
  if (from[field] === undefined) {
    delete to[field];
  } else {
    to[field] = structuredClone(from[field]);
  }
}

function keepAllBut(field: string, from: KubeObject, to: KubeObject): void {
  for (const name of new Set([...Object.keys(from), ...Object.keys(to)])) {
    if (name !== field) {
      keep(name, from, to);
    }
  }
}

function complete(
  kind: ResourceKind,
  object: KubeObject,
  schema: CustomSchema | undefined,
): void {
  dropNulls(object.metadata);
  for (const field of ['labels', 'annotations', 'finalizers'] as const) {
    const value = object.metadata[field];
    if (value && Object.keys(value).length === 0) {
      delete object.metadata[field];
    }
  }
  if (!kind.custom) {
    dropNulls(object);
    if (kind.statusSubresource) {
      object.status ??= {};
    }
    applyBuiltInDefaults(kind, object);
  } else if (schema) {
    pruneUnknown(object, schema);
    applyDefaults(object, schema);
  }
}

function findings(
  kind: ResourceKind,
  object: KubeObject,
  schema: CustomSchema | undefined,
  before?: KubeObject,
): FieldError[] {
  return [
    ...validateObject(kind, object, before),
    ...(schema ? validateSchema(object, schema, '') : []),
  ];
}

function requireValid(
  kind: ResourceKind,
  object: KubeObject,
  errors: FieldError[],
): void {
  if (errors.length > 0) {
    throw invalid(kind, object.metadata.name, errors);
  }
}

function desiredState(object: KubeObject): JsonObject {
  const {
    apiVersion: _version,
    metadata: _metadata,
    status: _status,
    ...rest
  } = object;
  return rest;
}

function desiredStateDiffers(
  kind: ResourceKind,
  before: KubeObject,
  next: KubeObject,
): boolean {
  if (!jsonEqual(desiredState(before), desiredState(next))) {
    return true;
  }
  // Deployments count changes of their annotations too: their controller acts on some of them.
  return (
    kind.kind === 'Deployment' &&
    !jsonEqual(
      before.metadata.annotations ?? {},
      next.metadata.annotations ?? {},
    )
  );
}
