import { z } from 'zod/v3';
import { BuildError, MalformedYamlError } from './BuildError';
import { FileTree } from './FileTree';
import { isObject } from './json';
import { parseYaml } from './parseYaml';

const strings = z.array(z.string());
const stringMap = z.record(
  z
    .union([z.string(), z.number(), z.boolean()])
    .transform(value => String(value)),
);

const selectorSchema = z
  .object({
    group: z.string(),
    version: z.string(),
    kind: z.string(),
    name: z.string(),
    namespace: z.string(),
    labelSelector: z.string(),
    annotationSelector: z.string(),
  })
  .partial()
  .strict();

const patchSchema = z
  .object({
    path: z.string().optional(),
    patch: z.string().optional(),
    target: selectorSchema.optional(),
    options: z
      .object({
        allowNameChange: z.boolean().optional(),
        allowKindChange: z.boolean().optional(),
      })
      .strict()
      .optional(),
  })
  .strict();

const generatorOptionsSchema = z
  .object({
    labels: stringMap.optional(),
    annotations: stringMap.optional(),
    disableNameSuffixHash: z.boolean().optional(),
    immutable: z.boolean().optional(),
  })
  .strict();

const generatorSchema = z
  .object({
    name: z.string(),
    namespace: z.string().optional(),
    behavior: z.enum(['create', 'merge', 'replace']).optional(),
    literals: strings.optional(),
    files: strings.optional(),
    envs: strings.optional(),
    env: z.string().optional(),
    type: z.string().optional(),
    options: generatorOptionsSchema.optional(),
  })
  .strict();

const kustomizationSchema = z
  .object({
    apiVersion: z.string(),
    kind: z.string(),
    metadata: z.record(z.unknown()),
    resources: strings,
    bases: strings,
    components: strings,
    namespace: z.string(),
    namePrefix: z.string(),
    nameSuffix: z.string(),
    commonLabels: stringMap,
    commonAnnotations: stringMap,
    labels: z.array(
      z
        .object({
          pairs: stringMap.optional(),
          includeSelectors: z.boolean().optional(),
          includeTemplates: z.boolean().optional(),
        })
        .strict(),
    ),
    patches: z.array(patchSchema),
    patchesJson6902: z.array(patchSchema),
    patchesStrategicMerge: strings,
    images: z.array(
      z
        .object({
          name: z.string(),
          newName: z.string().optional(),
          newTag: z
            .union([z.string(), z.number()])
            .transform(value => String(value))
            .optional(),
          tagSuffix: z.string().optional(),
          digest: z.string().optional(),
        })
        .strict(),
    ),
    replicas: z.array(
      z.object({ name: z.string(), count: z.number() }).strict(),
    ),
    configMapGenerator: z.array(generatorSchema),
    secretGenerator: z.array(generatorSchema),
    generatorOptions: generatorOptionsSchema,
  })
  .partial()
  .strict();

/** Content of a kustomization.yaml. */
export type KustomizationFile = z.infer<typeof kustomizationSchema>;
/** One entry of `patches`. */
export type PatchEntry = z.infer<typeof patchSchema>;
/** `target` of a patch. */
export type PatchSelector = z.infer<typeof selectorSchema>;
/** One entry of `configMapGenerator` or `secretGenerator`. */
export type GeneratorEntry = z.infer<typeof generatorSchema>;
/** `generatorOptions`. */
export type GeneratorOptions = z.infer<typeof generatorOptionsSchema>;

/** Names that kustomize looks for, in its order. */
export const KUSTOMIZATION_FILE_NAMES = [
  'kustomization.yaml',
  'kustomization.yml',
  'Kustomization',
];

/** Fields that kustomize knows and this build does not. */
const UNSUPPORTED = [
  'openapi',
  'imageTags',
  'replacements',
  'vars',
  'sortOptions',
  'crds',
  'helmGlobals',
  'helmCharts',
  'helmChartInflationGenerator',
  'configurations',
  'generators',
  'transformers',
  'validators',
  'buildMetadata',
];

/** Path of the kustomization file in a directory. */
export function findKustomizationFile(
  tree: FileTree,
  directory: string,
): string | undefined {
  return KUSTOMIZATION_FILE_NAMES.map(name =>
    directory ? `${directory}/${name}` : name,
  ).find(path => tree.isFile(path));
}

/**
 * Reads a kustomization file.
 *
 * @param unknownFields - Flux rewrites the topmost file and thereby drops fields
 * that kustomize does not know; in bases they are an error
 * @throws BuildError, also for a field that this build does not support
 */
export function parseKustomizationFile(
  tree: FileTree,
  path: string,
  unknownFields: 'drop' | 'refuse',
): KustomizationFile {
  const shown = tree.show(path);
  let documents: unknown[];
  try {
    documents = parseYaml(tree.read(path)?.toString('utf8') ?? '', shown);
  } catch (error) {
    throw error instanceof MalformedYamlError
      ? new BuildError(`invalid Kustomization: ${error.message}`)
      : error;
  }
  const value = documents[0] ?? {};
  if (!isObject(value)) {
    throw new BuildError(
      `invalid Kustomization: json: cannot unmarshal ${typeof value} into Go value of type types.Kustomization`,
    );
  }
  const unsupported = UNSUPPORTED.find(field => value[field] !== undefined);
  if (unsupported) {
    throw new BuildError(
      `the sandbox does not support the field '${unsupported}' of ${shown}: try it against a real cluster, or leave it out`,
    );
  }
  const known = Object.keys(kustomizationSchema.shape);
  const present = Object.fromEntries(
    Object.entries(value).filter(
      ([key, field]) =>
        field !== null && (unknownFields === 'refuse' || known.includes(key)),
    ),
  );
  const result = kustomizationSchema.safeParse(present);
  if (!result.success) {
    const [issue] = result.error.issues;
    throw new BuildError(
      issue.code === 'unrecognized_keys'
        ? `invalid Kustomization: json: unknown field "${issue.keys[0]}"`
        : `invalid Kustomization: ${issue.path.join('.')}: ${issue.message}`,
    );
  }
  return result.data;
}

/** @throws BuildError when kind or apiVersion are another thing's */
export function checkKustomizationType(
  file: KustomizationFile,
  shownDirectory: string,
): void {
  const { kind = '', apiVersion = '' } = file;
  const problems: string[] = [];
  if (!['', 'Kustomization', 'Component'].includes(kind)) {
    problems.push('kind should be Kustomization or Component');
  }
  const required =
    kind === 'Component'
      ? 'kustomize.config.k8s.io/v1alpha1'
      : 'kustomize.config.k8s.io/v1beta1';
  if (apiVersion !== '' && apiVersion !== required) {
    problems.push(
      `apiVersion for ${kind || 'Kustomization'} should be ${required}`,
    );
  }
  if (problems.length > 0) {
    throw new BuildError(
      `Failed to read kustomization file under ${shownDirectory}:\n${problems.join(
        '\n',
      )}`,
    );
  }
}
