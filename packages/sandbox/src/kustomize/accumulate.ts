import { posix } from 'node:path';
import { applyPatches } from './applyPatches';
import { BuildError, MalformedYamlError, wrapBuildError } from './BuildError';
import { FileTree } from './FileTree';
import { absorbGenerated, runGenerators } from './generators';
import { isObject } from './json';
import {
  checkKustomizationType,
  findKustomizationFile,
  KustomizationFile,
  parseKustomizationFile,
} from './KustomizationFile';
import { parseYaml } from './parseYaml';
import { addResources, Resource } from './Resource';
import {
  addAnnotations,
  addLabels,
  renameAll,
  setImages,
  setNamespace,
  setReplicas,
} from './transformers';

/** Objects in a file; a `List` stands for its items, which come last. */
export function readResources(tree: FileTree, path: string): Resource[] {
  const text = tree.read(path)?.toString('utf8') ?? '';
  const objects: unknown[] = [];
  const items: unknown[] = [];
  for (const value of parseYaml(text, posix.basename(path))) {
    const isList =
      isObject(value) &&
      String(value.kind).endsWith('List') &&
      Array.isArray(value.items);
    if (isList) {
      items.push(...(value.items as unknown[]));
    } else {
      objects.push(value);
    }
  }
  return [...objects, ...items].map(value => Resource.fromObject(value));
}

function readFile(tree: FileTree, directory: string, name: string) {
  const path = FileTree.join(directory, name);
  try {
    if (path === undefined || !tree.isFile(path)) {
      const shown = tree.show(path ?? name);
      throw new BuildError(
        path !== undefined && tree.isDirectory(path)
          ? `read ${shown}: is a directory`
          : `open ${shown}: no such file or directory`,
      );
    }
    return readResources(tree, path);
  } catch (error) {
    if (error instanceof MalformedYamlError) {
      throw new MalformedYamlError(
        `accumulating resources from '${name}': ${error.message}`,
      );
    }
    throw wrapBuildError(`accumulating resources from '${name}'`, error);
  }
}

/** Adds what a file or directory in `resources` holds. */
function accumulateEntry(
  tree: FileTree,
  directory: string,
  name: string,
  into: Resource[],
  stack: readonly string[],
) {
  if (/^(https?|git|ssh):\/\/|^git@|\?ref=|^github\.com\//.test(name)) {
    throw new BuildError(
      `the sandbox does not fetch remote resources: '${name}' in ${tree.show(
        directory,
      )}`,
    );
  }
  let fileError: BuildError;
  try {
    const found = readFile(tree, directory, name);
    try {
      addResources(into, found);
    } catch (error) {
      throw wrapBuildError(`merging resources from '${name}'`, error);
    }
    return;
  } catch (error) {
    if (!(error instanceof BuildError)) {
      throw error;
    }
    fileError = error;
  }
  const path = FileTree.join(directory, name);
  const shown = tree.show(path ?? name);
  if (path === undefined || !tree.isDirectory(path)) {
    if (fileError instanceof MalformedYamlError) {
      throw fileError;
    }
    const reason =
      path !== undefined && tree.isFile(path)
        ? `file is not directory`
        : `evalsymlink failure on '${shown}' : lstat ${shown}: no such file or directory`;
    throw new BuildError(
      `accumulation err='${fileError.message}': must build at directory: ${
        reason === 'file is not directory'
          ? `'${shown}': ${reason}`
          : `not a valid directory: ${reason}`
      }`,
    );
  }
  try {
    if (stack.includes(path)) {
      throw new BuildError(
        `cycle detected: candidate root '${shown}' contains visited root '${tree.show(
          directory,
        )}'`,
      );
    }
    const { file, resources } = accumulateDirectory(tree, path, [
      ...stack,
      path,
    ]);
    if (file.kind === 'Component') {
      throw new BuildError(`expected kind != 'Component' for path '${shown}'`);
    }
    try {
      addResources(into, resources);
    } catch (error) {
      throw wrapBuildError(`recursed merging from path '${shown}'`, error);
    }
  } catch (error) {
    throw wrapBuildError(`accumulation err='${fileError.message}'`, error);
  }
}

function loadFile(tree: FileTree, directory: string): KustomizationFile {
  const shown = tree.show(directory);
  const path = findKustomizationFile(tree, directory);
  try {
    if (!path) {
      throw new BuildError(
        `unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in directory '${shown}'`,
      );
    }
    const file = parseKustomizationFile(tree, path, 'refuse');
    const { apiVersion, kind, ...rest } = file;
    if (Object.keys(rest).length === 0) {
      throw new BuildError('kustomization.yaml is empty');
    }
    checkKustomizationType(file, shown);
    return file;
  } catch (error) {
    throw wrapBuildError(`couldn't make target for path '${shown}'`, error);
  }
}

function accumulateDirectory(
  tree: FileTree,
  directory: string,
  stack: readonly string[],
): { file: KustomizationFile; resources: Resource[] } {
  const file = loadFile(tree, directory);
  try {
    return { file, resources: accumulate(tree, directory, file, [], stack) };
  } catch (error) {
    throw wrapBuildError(
      `recursed accumulation of path '${tree.show(directory)}'`,
      error,
    );
  }
}

/** Applies what a file says about everything it has gathered, in kustomize's order. */
function transform(
  tree: FileTree,
  directory: string,
  file: KustomizationFile,
  gathered: Resource[],
): Resource[] {
  const isInline = (entry: string) =>
    entry.includes('\n') || FileTree.join(directory, entry) === undefined;
  const patched = applyPatches({
    tree,
    directory,
    resources: gathered,
    patches: [
      ...(file.patchesStrategicMerge ?? []).map(entry =>
        isInline(entry) ? { patch: entry } : { path: entry },
      ),
      ...(file.patches ?? []),
    ],
  });
  if (file.namespace) {
    setNamespace(patched, file.namespace);
  }
  if (file.namePrefix || file.nameSuffix) {
    renameAll(patched, file.namePrefix ?? '', file.nameSuffix ?? '');
  }
  for (const entry of file.labels ?? []) {
    addLabels(patched, entry.pairs ?? {}, {
      selectors: entry.includeSelectors ?? false,
      templates: entry.includeTemplates ?? false,
    });
  }
  if (file.commonLabels) {
    addLabels(patched, file.commonLabels, { selectors: true, templates: true });
  }
  if (file.commonAnnotations) {
    addAnnotations(patched, file.commonAnnotations);
  }
  const result = applyPatches({
    tree,
    directory,
    resources: patched,
    patches: file.patchesJson6902 ?? [],
  });
  for (const entry of file.replicas ?? []) {
    setReplicas(result, entry);
  }
  if (file.images) {
    setImages(result, file.images);
  }
  return result;
}

/**
 * Gathers and transforms what one kustomization file describes; names are
 * final only when the whole build has ended.
 *
 * @param gathered - what is there already; for a component that of its parent
 * @throws BuildError
 */
export function accumulate(
  tree: FileTree,
  directory: string,
  file: KustomizationFile,
  gathered: Resource[],
  stack: readonly string[],
): Resource[] {
  let resources = [...gathered];
  try {
    for (const name of [...(file.resources ?? []), ...(file.bases ?? [])]) {
      accumulateEntry(tree, directory, name, resources, stack);
    }
  } catch (error) {
    throw wrapBuildError('accumulating resources', error);
  }
  absorbGenerated(
    resources,
    runGenerators({
      tree,
      directory,
      configMaps: file.configMapGenerator ?? [],
      secrets: file.secretGenerator ?? [],
      common: file.generatorOptions,
    }),
  );
  try {
    for (const name of file.components ?? []) {
      const path = FileTree.join(directory, name);
      const shown = tree.show(path ?? name);
      if (path === undefined || !tree.isDirectory(path)) {
        throw new BuildError(
          `loader.New "error loading ${name} with git: url lacks host: ${name}, dir: evalsymlink failure on '${shown}' : lstat ${shown}: no such file or directory"`,
        );
      }
      const component = loadFile(tree, path);
      if (component.kind !== 'Component') {
        throw new BuildError(
          `accumulateDirectory: "expected kind 'Component' for path '${shown}' but got '${
            component.kind ?? 'Kustomization'
          }'"`,
        );
      }
      resources = accumulate(tree, path, component, resources, [
        ...stack,
        path,
      ]);
    }
  } catch (error) {
    throw wrapBuildError('accumulating components', error);
  }
  return transform(tree, directory, file, resources);
}
