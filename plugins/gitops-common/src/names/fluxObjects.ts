import { LABEL_PREFIX } from './names';

/**
 * Annotation of a catalog entity that points to Flux objects which the portal
 * did not create: references of the form `Kind/namespace/name@cluster`, with
 * commas or line ends between them.
 *
 * @example
 * ```yaml
 * backstage-gitops.dev/flux-objects: |
 *   HelmRelease/apps/podinfo@production
 *   Kustomization/flux-system/apps@production
 * ```
 * @public
 */
export const FLUX_OBJECTS_ANNOTATION = `${LABEL_PREFIX}flux-objects`;

/** Kinds that {@link FLUX_OBJECTS_ANNOTATION} may name. @public */
export const DISCOVERABLE_KINDS = [
  'Bucket',
  'GitRepository',
  'HelmChart',
  'HelmRelease',
  'HelmRepository',
  'Kustomization',
  'OCIRepository',
] as const;

/** A Flux object somewhere in the portal's clusters. @public */
export interface FluxObjectReference {
  kind: string;
  namespace: string;
  name: string;
  cluster: string;
}

/** Most objects that one entity may point to. */
const MOST = 50;
const NAME = '[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?';
// A cluster is named by the portal's configuration, with any character.
const REFERENCE = new RegExp(
  `^(?<kind>[A-Za-z]+)/(?<namespace>${NAME})/(?<name>${NAME})@(?<cluster>\\S+)$`,
);

/**
 * Reads the value of {@link FLUX_OBJECTS_ANNOTATION}.
 *
 * @returns What it points to, each object once, and what is wrong with the rest
 * in words its owner can act on.
 * @public
 */
export function parseFluxObjects(value: string): {
  references: FluxObjectReference[];
  problems: string[];
} {
  const references = new Map<string, FluxObjectReference>();
  const problems: string[] = [];
  for (const item of value.split(/[,\n]/).map(part => part.trim())) {
    if (item === '') {
      continue;
    }
    const match = REFERENCE.exec(item)?.groups;
    if (!match) {
      problems.push(`'${item}' is not of the form Kind/namespace/name@cluster`);
    } else if (
      !(DISCOVERABLE_KINDS as readonly string[]).includes(match.kind)
    ) {
      problems.push(
        `'${
          match.kind
        }' is no kind that can be shown: use ${DISCOVERABLE_KINDS.join(', ')}`,
      );
    } else if (references.size === MOST) {
      problems.push(`it names more than ${MOST} objects`);
      break;
    } else {
      const { kind, namespace, name, cluster } = match;
      references.set(item, { kind, namespace, name, cluster });
    }
  }
  return { references: [...references.values()], problems };
}
