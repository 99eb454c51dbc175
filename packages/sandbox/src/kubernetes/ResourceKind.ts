/** One served kind: where its REST paths are and what it can do. */
export interface ResourceKind {
  /** Empty string for the core group. */
  group: string;
  version: string;
  kind: string;
  /** As in the REST path, for example `gitrepositories`. */
  plural: string;
  singular: string;
  namespaced: boolean;
  shortNames: readonly string[];
  categories: readonly string[];
  /** Status is written through `/status` only. */
  statusSubresource: boolean;
  /** `metadata.generation` counts changes of the desired state. */
  hasGeneration: boolean;
  /** Defined by a CustomResourceDefinition rather than built in. */
  custom: boolean;
}

/** `v1`, or `group/version`. */
export function apiVersionOf(kind: ResourceKind): string {
  return kind.group ? `${kind.group}/${kind.version}` : kind.version;
}

/** Name of the resource as messages and CRD names write it: `pods`, or `deployments.apps`. */
export function qualifiedResource(
  kind: Pick<ResourceKind, 'group' | 'plural'>,
): string {
  return kind.group ? `${kind.plural}.${kind.group}` : kind.plural;
}
