import { accumulate, readResources } from './accumulate';
import { BuildError } from './BuildError';
import { FileTree } from './FileTree';
import { contentHash } from './generators';
import { isObject, JsonObject } from './json';
import {
  checkKustomizationType,
  findKustomizationFile,
  KustomizationFile,
  parseKustomizationFile,
  PatchEntry,
} from './KustomizationFile';
import { rewriteReferences } from './references';
import { Resource } from './Resource';

/** What a Flux Kustomization adds to the kustomization file at its path. */
export interface Overrides {
  targetNamespace?: string;
  namePrefix?: string;
  nameSuffix?: string;
  patches?: readonly PatchEntry[];
  images?: NonNullable<KustomizationFile['images']>;
  components?: readonly string[];
}

/** All YAML files below a directory, and directories that have a kustomization file of their own. */
function scanManifests(tree: FileTree, base: string): string[] {
  const found: string[] = [];
  const walk = (directory: string) => {
    for (const name of tree.list(directory)) {
      const path = directory ? `${directory}/${name}` : name;
      if (tree.isDirectory(path)) {
        if (findKustomizationFile(tree, path)) {
          found.push(path);
        } else {
          walk(path);
        }
      } else if (/\.ya?ml$/.test(name)) {
        try {
          readResources(tree, path);
        } catch (error) {
          throw error instanceof BuildError
            ? new BuildError(
                `failed to decode Kubernetes YAML from ${tree.show(path)}: ${
                  error.message
                }`,
              )
            : error;
        }
        found.push(path);
      }
    }
  };
  walk(base);
  return found.map(path => `./${base ? path.slice(base.length + 1) : path}`);
}

/** The kustomization file at a path, as Flux finds or makes it. */
function topFile(tree: FileTree, directory: string): KustomizationFile {
  const path = findKustomizationFile(tree, directory);
  if (path) {
    return parseKustomizationFile(tree, path, 'drop');
  }
  return { resources: scanManifests(tree, directory) };
}

function override(file: KustomizationFile, by: Overrides): KustomizationFile {
  const images = [...(file.images ?? [])];
  for (const image of by.images ?? []) {
    const index = images.findIndex(other => other.name === image.name);
    if (index < 0) {
      images.push(image);
    } else {
      const { newTag, digest } =
        image.newTag || image.digest ? image : images[index];
      images[index] = {
        ...images[index],
        newName: image.newName || images[index].newName,
        newTag,
        digest,
      };
    }
  }
  return {
    ...file,
    ...(by.targetNamespace ? { namespace: by.targetNamespace } : {}),
    ...(by.namePrefix ? { namePrefix: by.namePrefix } : {}),
    ...(by.nameSuffix ? { nameSuffix: by.nameSuffix } : {}),
    patches: [...(file.patches ?? []), ...(by.patches ?? [])],
    components: [...(file.components ?? []), ...(by.components ?? [])],
    ...(images.length > 0 ? { images } : {}),
  };
}

/**
 * Builds the overlay at a path as Flux does: the kustomization file there, or
 * one made of all YAML files below it, with what the Flux object adds.
 *
 * @param directory - relative to the tree's root, '' for the root itself
 * @returns Kubernetes objects in kustomize's order
 * @throws BuildError; the message of a failed kustomize build starts with `kustomize build failed: `
 */
export function buildKustomization(
  tree: FileTree,
  directory: string,
  overrides: Overrides = {},
): JsonObject[] {
  const found = topFile(tree, directory);
  let resources: Resource[];
  try {
    const file = override(found, overrides);
    checkKustomizationType(file, tree.show(directory));
    resources = accumulate(tree, directory, file, [], [directory]);
    for (const resource of resources) {
      if (resource.needsHash) {
        const hash = contentHash(resource);
        resource.remember();
        resource.metadata.name = `${resource.metadata.name}-${hash}`;
      }
    }
    rewriteReferences(resources);
  } catch (error) {
    throw error instanceof BuildError
      ? new BuildError(`kustomize build failed: ${error.message}`)
      : error;
  }
  return resources
    .filter(({ metadata }) => {
      const { annotations } = metadata;
      return !(
        isObject(annotations) &&
        annotations['config.kubernetes.io/local-config'] === 'true'
      );
    })
    .map(({ object }) => object);
}
