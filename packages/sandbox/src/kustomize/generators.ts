import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import { BuildError } from './BuildError';
import { FileTree } from './FileTree';
import { JsonObject } from './json';
import { GeneratorEntry, GeneratorOptions } from './KustomizationFile';
import { Resource } from './Resource';

function splitPair(pair: string, what: string): [string, string] {
  const equals = pair.indexOf('=');
  if (equals <= 0) {
    throw new BuildError(`invalid ${what} source ${pair}, expected key=value`);
  }
  return [pair.slice(0, equals), pair.slice(equals + 1)];
}

function unquote(value: string): string {
  return /^(".*"|'.*')$/s.test(value) ? value.slice(1, -1) : value;
}

function collect(
  tree: FileTree,
  directory: string,
  entry: GeneratorEntry,
): Map<string, Buffer> {
  const data = new Map<string, Buffer>();
  const add = (key: string, value: Buffer) => {
    if (data.has(key)) {
      throw new BuildError(
        `cannot add key ${key}, another key by that name already exists`,
      );
    }
    data.set(key, value);
  };
  const read = (name: string): Buffer => {
    const path = FileTree.join(directory, name);
    const content = path === undefined ? undefined : tree.read(path);
    if (!content) {
      const shown = tree.show(path ?? name);
      throw new BuildError(
        `loading KV pairs: file sources: [${name}]: evalsymlink failure on '${shown}' : lstat ${shown}: no such file or directory`,
      );
    }
    return content;
  };
  for (const name of [
    ...(entry.envs ?? []),
    ...(entry.env ? [entry.env] : []),
  ]) {
    for (const line of read(name).toString('utf8').split(/\r?\n/)) {
      const text = line.trimStart();
      if (text !== '' && !text.startsWith('#')) {
        const [key, value] = splitPair(text, 'env');
        add(key, Buffer.from(value));
      }
    }
  }
  for (const source of entry.files ?? []) {
    const [key, path] = source.includes('=')
      ? splitPair(source, 'file')
      : [posix.basename(source), source];
    add(key, read(path));
  }
  for (const literal of entry.literals ?? []) {
    const [key, value] = splitPair(literal, 'literal');
    add(key, Buffer.from(unquote(value)));
  }
  return data;
}

function isUtf8(buffer: Buffer): boolean {
  return Buffer.from(buffer.toString('utf8'), 'utf8').equals(buffer);
}

function generate(
  kind: 'ConfigMap' | 'Secret',
  tree: FileTree,
  directory: string,
  entry: GeneratorEntry,
  common: GeneratorOptions | undefined,
): Resource {
  const data: JsonObject = {};
  const binaryData: JsonObject = {};
  const sorted = [...collect(tree, directory, entry)].sort(([a], [b]) =>
    a < b ? -1 : 1,
  );
  for (const [key, value] of sorted) {
    if (kind === 'Secret') {
      data[key] = value.toString('base64');
    } else if (isUtf8(value)) {
      data[key] = value.toString('utf8');
    } else {
      binaryData[key] = value.toString('base64');
    }
  }
  const labels = { ...common?.labels, ...entry.options?.labels };
  const annotations = { ...common?.annotations, ...entry.options?.annotations };
  const immutable = entry.options?.immutable ?? common?.immutable;
  const resource = new Resource({
    apiVersion: 'v1',
    kind,
    metadata: {
      name: entry.name,
      ...(entry.namespace ? { namespace: entry.namespace } : {}),
      ...(Object.keys(labels).length > 0 ? { labels } : {}),
      ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
    },
    ...(kind === 'Secret' ? { type: entry.type ?? 'Opaque' } : {}),
    ...(Object.keys(data).length > 0 ? { data } : {}),
    ...(Object.keys(binaryData).length > 0 ? { binaryData } : {}),
    ...(immutable ? { immutable } : {}),
  });
  resource.needsHash = !(
    entry.options?.disableNameSuffixHash ??
    common?.disableNameSuffixHash ??
    false
  );
  resource.behavior = entry.behavior ?? 'create';
  return resource;
}

/** Runs the ConfigMap and Secret generators of one kustomization file. */
export function runGenerators(options: {
  tree: FileTree;
  directory: string;
  configMaps: readonly GeneratorEntry[];
  secrets: readonly GeneratorEntry[];
  common: GeneratorOptions | undefined;
}): Resource[] {
  const { tree, directory, common } = options;
  return [
    ...options.configMaps.map(entry =>
      generate('ConfigMap', tree, directory, entry, common),
    ),
    ...options.secrets.map(entry =>
      generate('Secret', tree, directory, entry, common),
    ),
  ];
}

/** Adds generated objects, or merges them into those of the same name. */
export function absorbGenerated(into: Resource[], generated: Resource[]): void {
  for (const resource of generated) {
    const present = into.filter(other =>
      other.ids.some(
        id => id.kind === resource.id.kind && id.name === resource.id.name,
      ),
    );
    if (resource.behavior === 'create') {
      if (present.length > 0) {
        throw new BuildError(
          `behavior must be merge or replace: id resid.ResId{Gvk:v1.${resource.id.kind}, Name:"${resource.id.name}"} exists; behavior must be merge or replace`,
        );
      }
      into.push(resource);
      continue;
    }
    if (present.length !== 1) {
      throw new BuildError(
        `id ${resource.id.kind}/${resource.id.name} does not exist; cannot merge or replace`,
      );
    }
    const [target] = present;
    for (const field of ['data', 'binaryData']) {
      const merged =
        resource.behavior === 'merge'
          ? {
              ...(target.object[field] as JsonObject | undefined),
              ...(resource.object[field] as JsonObject | undefined),
            }
          : (resource.object[field] as JsonObject | undefined);
      if (merged && Object.keys(merged).length > 0) {
        target.object[field] = merged;
      } else {
        delete target.object[field];
      }
    }
    for (const field of ['labels', 'annotations']) {
      const added = resource.metadata[field] as JsonObject | undefined;
      if (added) {
        target.metadata[field] = {
          ...(target.metadata[field] as JsonObject | undefined),
          ...added,
        };
      }
    }
    target.needsHash = target.needsHash && resource.needsHash;
  }
}

/** JSON as Go writes it: keys sorted, characters special to HTML escaped. */
function goJson(value: unknown): string {
  const sorted = (_key: string, field: unknown) =>
    typeof field === 'object' && field !== null && !Array.isArray(field)
      ? Object.fromEntries(
          Object.entries(field).sort(([a], [b]) =>
            Buffer.compare(Buffer.from(a), Buffer.from(b)),
          ),
        )
      : field;
  return JSON.stringify(value, sorted).replace(
    /[<>&\u2028\u2029]/g,
    char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/**
 * Suffix that kustomize gives to a generated object's name: ten digits of the
 * SHA-256 of its content, with those replaced that could spell something.
 */
export function contentHash(resource: Resource): string {
  const { object } = resource;
  const { kind } = resource.id;
  // kustomize means to put the name in here, but looks it up in a way that never finds it.
  const name = '';
  const encoded =
    kind === 'Secret'
      ? {
          kind,
          name,
          type: object.type ?? '',
          data: object.data ?? '',
          ...(object.stringData ? { stringData: object.stringData } : {}),
        }
      : {
          kind,
          name,
          data: object.data ?? '',
          ...(object.binaryData ? { binaryData: object.binaryData } : {}),
        };
  const replacements: Record<string, string> = {
    '0': 'g',
    '1': 'h',
    '3': 'k',
    a: 'm',
    e: 't',
  };
  return createHash('sha256')
    .update(goJson(encoded))
    .digest('hex')
    .slice(0, 10)
    .replace(/[013ae]/g, char => replacements[char]);
}
