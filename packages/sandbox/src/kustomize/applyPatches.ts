import { applyOperation, JsonPatchError, Operation } from 'fast-json-patch';
import { BuildError } from './BuildError';
import { FileTree } from './FileTree';
import { isObject, JsonObject } from './json';
import { PatchEntry, PatchSelector } from './KustomizationFile';
import { matchesSelector } from './matchesSelector';
import { parseYaml } from './parseYaml';
import { Resource, showId } from './Resource';
import { isBuiltInGroup, strategicMerge } from './strategicMerge';

/** Regular expressions of a selector match whole values. */
function fits(pattern: string | undefined, value: string): boolean {
  return (
    pattern === undefined ||
    pattern === '' ||
    new RegExp(`^(?:${pattern})$`).test(value)
  );
}

function selects(selector: PatchSelector, resource: Resource): boolean {
  const labels = (resource.metadata.labels ?? {}) as Record<string, string>;
  const annotations = (resource.metadata.annotations ?? {}) as Record<
    string,
    string
  >;
  const { group, version, kind } = resource.id;
  return (
    fits(selector.group, group) &&
    fits(selector.version, version) &&
    fits(selector.kind, kind) &&
    resource.ids.some(
      id =>
        fits(selector.name, id.name) && fits(selector.namespace, id.namespace),
    ) &&
    matchesSelector(selector.labelSelector, labels) &&
    matchesSelector(selector.annotationSelector, annotations)
  );
}

/** Whether a JSON pointer leads to a value. */
function pathExists(document: JsonObject, pointer: string): boolean {
  const parts = pointer
    .split('/')
    .slice(1)
    .map(part => part.replace(/~1/g, '/').replace(/~0/g, '~'));
  let value: unknown = document;
  for (const part of parts) {
    if (Array.isArray(value)) {
      value = value[Number(part)];
    } else {
      value = isObject(value) ? value[part] : undefined;
    }
  }
  return value !== undefined;
}

/** One JSON patch. @throws BuildError in the words of the library that kustomize uses */
function applyJsonPatch(resource: Resource, operations: Operation[]): void {
  let document: JsonObject = structuredClone(resource.object);
  for (const operation of operations) {
    const { op, path } = operation;
    const parent = path.slice(0, path.lastIndexOf('/'));
    if (op === 'add' && !pathExists(document, parent)) {
      throw new BuildError(
        `add operation does not apply: doc is missing path: "${path}": missing value`,
      );
    }
    if ((op === 'replace' || op === 'remove') && !pathExists(document, path)) {
      throw new BuildError(
        `${op} operation does not apply: doc is missing ${
          op === 'replace' ? 'key' : 'path'
        }: ${op === 'replace' ? path : `"${path}"`}: missing value`,
      );
    }
    try {
      document = applyOperation(document, operation, true).newDocument;
    } catch (error) {
      throw error instanceof JsonPatchError
        ? new BuildError(`${op} operation does not apply: ${error.message}`)
        : error;
    }
  }
  resource.remember();
  resource.object = document;
}

function applyMergePatch(
  resource: Resource,
  patch: JsonObject,
  options: PatchEntry['options'],
): 'keep' | 'remove' {
  if (patch.$patch === 'delete') {
    return 'remove';
  }
  const { kind, apiVersion } = resource.object;
  const { name, namespace } = resource.metadata;
  const builtIn = isBuiltInGroup(apiVersion);
  resource.remember();
  resource.object = strategicMerge(resource.object, patch, builtIn);
  // A patch names its target; it does not rename it unless it says so.
  if (!options?.allowKindChange) {
    Object.assign(resource.object, { kind, apiVersion });
  }
  if (!options?.allowNameChange) {
    resource.metadata.name = name;
    if (namespace !== undefined) {
      resource.metadata.namespace = namespace;
    }
  }
  return 'keep';
}

function isOperation(value: unknown): value is Operation {
  return (
    isObject(value) &&
    typeof value.op === 'string' &&
    typeof value.path === 'string'
  );
}

/** Text of a patch as a list of operations or of partial objects. */
function readPatch(text: string, source: string) {
  let documents: unknown[];
  try {
    documents = parseYaml(text, source);
  } catch {
    throw new BuildError(`unable to parse SM or JSON patch from ${source}`);
  }
  const [first] = documents;
  if (Array.isArray(first) && first.every(isOperation)) {
    return { kind: 'json' as const, operations: first };
  }
  const objects = documents.filter(isObject);
  if (
    objects.length === 0 ||
    objects.length !== documents.length ||
    objects.some(object => typeof object.kind !== 'string')
  ) {
    throw new BuildError(`unable to parse SM or JSON patch from ${source}`);
  }
  return { kind: 'merge' as const, objects };
}

/** The one resource that a patch without a target is for. */
function targetOf(resources: Resource[], patch: JsonObject): Resource {
  const wanted = new Resource(structuredClone(patch)).id;
  const fitting = resources.filter(resource =>
    resource.ids.some(
      id =>
        id.kind === wanted.kind &&
        id.group === wanted.group &&
        id.version === wanted.version &&
        id.name === wanted.name &&
        (!wanted.namespace || (id.namespace || 'default') === wanted.namespace),
    ),
  );
  if (fitting.length !== 1) {
    throw new BuildError(
      `no resource matches strategic merge patch "${showId(wanted)}": ${
        fitting.length === 0 ? 'no matches' : 'multiple matches'
      } for Id ${showId(wanted)}; ${
        fitting.length === 0
          ? 'failed to find unique target for patch'
          : 'more than one target for patch'
      } ${showId(wanted)}`,
    );
  }
  return fitting[0];
}

/**
 * Applies the patches of one kustomization file, in order.
 *
 * @returns the resources that are left
 * @throws BuildError
 */
export function applyPatches(options: {
  tree: FileTree;
  directory: string;
  resources: Resource[];
  patches: readonly PatchEntry[];
}): Resource[] {
  const { tree, directory } = options;
  let { resources } = options;
  for (const entry of options.patches) {
    const inline = entry.patch?.trim();
    if (!inline && !entry.path) {
      throw new BuildError('must specify one of patch and path');
    }
    if (inline && entry.path) {
      throw new BuildError("patch and path can't be set at the same time");
    }
    let text = inline ?? '';
    if (entry.path) {
      const path = FileTree.join(directory, entry.path);
      const content = path === undefined ? undefined : tree.read(path);
      if (!content) {
        throw new BuildError(
          `failed to get the patch file from path(${
            entry.path
          }): evalsymlink failure on '${tree.show(
            path ?? entry.path,
          )}' : lstat ${tree.show(
            path ?? entry.path,
          )}: no such file or directory`,
        );
      }
      text = content.toString('utf8');
    }
    const source = entry.path
      ? `[path: "${entry.path}"]`
      : `[patch: ${JSON.stringify(text)}]`;
    const patch = readPatch(text, source);
    const removed = new Set<Resource>();
    if (patch.kind === 'json') {
      const { target } = entry;
      if (!target) {
        throw new BuildError(`must specify a target for JSON patch ${source}`);
      }
      for (const resource of resources.filter(other =>
        selects(target, other),
      )) {
        applyJsonPatch(resource, patch.operations);
      }
    } else {
      if (entry.target && patch.objects.length > 1) {
        throw new BuildError(
          `Multiple Strategic-Merge Patches in one \`patches\` entry is not allowed to set \`patches.target\` field: ${source}`,
        );
      }
      for (const object of patch.objects) {
        const { target } = entry;
        const targets = target
          ? resources.filter(other => selects(target, other))
          : [targetOf(resources, object)];
        for (const resource of targets) {
          if (applyMergePatch(resource, object, entry.options) === 'remove') {
            removed.add(resource);
          }
        }
      }
    }
    resources = resources.filter(resource => !removed.has(resource));
  }
  return resources;
}
