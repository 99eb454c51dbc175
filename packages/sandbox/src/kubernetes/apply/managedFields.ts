import { KubeObject, ManagedFieldsEntry } from '../ObjectStore';
import { JsonObject, isJsonObject } from '../json';
import { FieldSet, compareValues } from './FieldSet';
import { MergeSchema } from './MergeSchema';

/** One manager and what it owns. */
export interface Manager {
  name: string;
  operation: 'Apply' | 'Update';
  apiVersion: string;
  subresource?: string;
  time?: string;
  fields: FieldSet;
}

/** The writer of one request. */
export interface Writer {
  manager: string;
  apiVersion: string;
  subresource?: string;
  now: string;
}

const untrackedMetadata = new Set([
  'name',
  'namespace',
  'uid',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'generation',
  'resourceVersion',
  'managedFields',
  'selfLink',
]);

/** The part of an object whose ownership is tracked: no identity, no bookkeeping. */
export function trackedView(object: JsonObject): JsonObject {
  const { apiVersion: _version, kind: _kind, metadata, ...rest } = object;
  const entries = Object.entries(isJsonObject(metadata) ? metadata : {}).filter(
    ([field]) => !untrackedMetadata.has(field),
  );
  return {
    ...(entries.length > 0 ? { metadata: Object.fromEntries(entries) } : {}),
    ...rest,
  };
}

/** Managers of an object as stored. */
export function parseManagers(object: KubeObject | undefined): Manager[] {
  return (object?.metadata.managedFields ?? []).map(entry => ({
    name: entry.manager,
    operation: entry.operation,
    apiVersion: entry.apiVersion,
    subresource: entry.subresource,
    time: entry.time,
    fields: FieldSet.parse(entry.fieldsV1),
  }));
}

/** The stored form; managers that own nothing disappear. */
export function writeManagers(
  managers: Manager[],
): ManagedFieldsEntry[] | undefined {
  const entries = managers
    .filter(manager => !manager.fields.isEmpty)
    .sort(
      (left, right) =>
        left.operation.localeCompare(right.operation) ||
        (left.time ?? '').localeCompare(right.time ?? '') ||
        left.name.localeCompare(right.name),
    )
    .map(
      (manager): ManagedFieldsEntry => ({
        manager: manager.name,
        operation: manager.operation,
        apiVersion: manager.apiVersion,
        ...(manager.time ? { time: manager.time } : {}),
        fieldsType: 'FieldsV1',
        fieldsV1: manager.fields.toFields(),
        ...(manager.subresource ? { subresource: manager.subresource } : {}),
      }),
    );
  return entries.length > 0 ? entries : undefined;
}

/** Ownership after a plain write: the writer owns what it changed, everybody loses what is gone or was changed. */
export function managersAfterUpdate(
  before: KubeObject | undefined,
  after: KubeObject,
  writer: Writer,
  schema: MergeSchema,
): ManagedFieldsEntry[] | undefined {
  const managers = parseManagers(before);
  const { added, modified, removed } = compareValues(
    before ? trackedView(before) : {},
    trackedView(after),
    schema,
  );
  const changed = added.clone().union(modified);
  // `metadata` as such belongs to nobody.
  changed.child('f:metadata').self = false;
  if (changed.isEmpty && removed.isEmpty) {
    return before?.metadata.managedFields;
  }
  let own = managers.find(
    manager =>
      manager.operation === 'Update' &&
      manager.name === writer.manager &&
      manager.apiVersion === writer.apiVersion &&
      manager.subresource === writer.subresource,
  );
  for (const manager of managers) {
    manager.fields = manager.fields.withoutTrees(removed);
    if (manager !== own) {
      manager.fields = manager.fields.difference(changed);
    }
  }
  if (!own) {
    own = {
      name: writer.manager,
      operation: 'Update',
      apiVersion: writer.apiVersion,
      subresource: writer.subresource,
      fields: new FieldSet(),
    };
    managers.push(own);
  }
  own.fields.union(changed);
  own.time = writer.now;
  return writeManagers(managers);
}
