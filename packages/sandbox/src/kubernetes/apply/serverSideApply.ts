import { KubeObject } from '../ObjectStore';
import { StatusError } from '../StatusError';
import { JsonObject, isJsonObject } from '../json';
import { FieldSet, compareValues } from './FieldSet';
import {
  Manager,
  Writer,
  parseManagers,
  trackedView,
  writeManagers,
} from './managedFields';
import { MergeSchema } from './MergeSchema';
import { mergeValues, removeFields } from './mergeValues';

/**
 * Server-side apply: lays `config` over `live`, takes away what this manager applied before and nobody claims now, and records
 * who owns what. Throws the 409 that names every field another manager owns with another value, unless `force`.
 */
export function serverSideApply(options: {
  live: KubeObject | undefined;
  config: KubeObject;
  writer: Writer;
  force: boolean;
  schema: MergeSchema;
}): KubeObject {
  const { live, config, writer, force, schema } = options;
  const managers = parseManagers(live);
  const wanted = trackedView(config);
  const claimed = FieldSet.of(wanted, schema);
  const own = managers.find(
    manager =>
      manager.operation === 'Apply' &&
      manager.name === writer.manager &&
      manager.subresource === writer.subresource,
  );
  const others = managers.filter(manager => manager !== own);

  const base: JsonObject = live ?? {
    apiVersion: config.apiVersion,
    kind: config.kind,
    metadata: {
      name: config.metadata.name,
      namespace: config.metadata.namespace,
    },
  };
  let result = mergeValues(base, wanted, schema);
  if (own) {
    const kept = others
      .reduce((set, manager) => set.union(manager.fields), new FieldSet())
      .union(claimed);
    result = removeFields(result, own.fields.difference(claimed), kept, schema);
  }
  if (!isObject(result)) {
    throw new Error('an applied object keeps its identity');
  }

  const { added, modified, removed } = compareValues(
    live ? trackedView(live) : {},
    trackedView(result),
    schema,
  );
  const changed = added.union(modified);
  const conflicts = others
    .map(manager => ({
      manager,
      fields: manager.fields.intersection(changed),
    }))
    .filter(({ fields }) => !fields.isEmpty);
  if (conflicts.length > 0 && !force) {
    throw applyConflict(conflicts);
  }
  for (const { manager, fields } of conflicts) {
    manager.fields = manager.fields.difference(fields);
  }
  for (const manager of others) {
    manager.fields = manager.fields.withoutTrees(removed);
  }

  const unchanged =
    own?.fields.equals(claimed) && changed.isEmpty && removed.isEmpty;
  const next: Manager = {
    name: writer.manager,
    operation: 'Apply',
    apiVersion: writer.apiVersion,
    subresource: writer.subresource,
    time: unchanged ? own?.time : writer.now,
    fields: claimed,
  };
  return {
    ...result,
    metadata: {
      ...result.metadata,
      managedFields: writeManagers([...others, next]),
    },
  };
}

function isObject(value: unknown): value is KubeObject {
  return isJsonObject(value) && isJsonObject(value.metadata);
}

function applyConflict(
  conflicts: Array<{ manager: Manager; fields: FieldSet }>,
): StatusError {
  const single = conflicts.flatMap(({ manager, fields }) =>
    fields.paths().map(path => ({ owner: printManager(manager), path })),
  );
  const byOwner = new Map<string, string[]>();
  for (const { owner, path } of single) {
    byOwner.set(owner, [...(byOwner.get(owner) ?? []), path]);
  }
  const text =
    single.length === 1
      ? `conflict with ${single[0].owner}: ${single[0].path}`
      : [...byOwner]
          .sort(([left], [right]) => left.localeCompare(right))
          .map(
            ([owner, paths]) =>
              `conflicts with ${owner}:\n${paths
                .map(path => `- ${path}`)
                .join('\n')}`,
          )
          .join('\n');
  return new StatusError(
    409,
    'Conflict',
    `Apply failed with ${single.length} conflict${
      single.length === 1 ? '' : 's'
    }: ${text}`,
    {
      causes: single.map(({ owner, path }) => ({
        reason: 'FieldManagerConflict',
        message: `conflict with ${owner}`,
        field: path,
      })),
    },
  );
}

function printManager(manager: Manager): string {
  const subresource = manager.subresource
    ? ` with subresource "${manager.subresource}"`
    : '';
  const version =
    manager.operation === 'Update' ? ` using ${manager.apiVersion}` : '';
  return `${JSON.stringify(manager.name)}${subresource}${version}`;
}
