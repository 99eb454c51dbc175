import type { WatchedKind } from './ListWatch';

const SOURCE_GROUP = 'source.toolkit.fluxcd.io';

/** A kind that is followed in every cluster, and what it is needed for. */
export interface FollowedKind extends WatchedKind {
  /**
   * States of projects are wrong without it. The others matter where they are
   * served, and a cluster without them is whole all the same.
   */
  required: boolean;
}

/** The namespaces that environments live in. @internal */
export const NAMESPACES: FollowedKind = {
  group: '',
  kind: 'Namespace',
  versions: ['v1'],
  required: false,
};

/**
 * What is read before anything that is judged by it, newest version first: a
 * cluster may serve an older Flux.
 *
 * @internal
 */
export const SOURCES: readonly FollowedKind[] = [
  {
    group: SOURCE_GROUP,
    kind: 'GitRepository',
    versions: ['v1', 'v1beta2'],
    required: true,
  },
  ...['OCIRepository', 'Bucket', 'HelmRepository', 'HelmChart'].map(kind => ({
    group: SOURCE_GROUP,
    kind,
    versions: ['v1', 'v1beta2'],
    required: false,
  })),
];

/** @internal */
export const APPLIERS: readonly FollowedKind[] = [
  {
    group: 'kustomize.toolkit.fluxcd.io',
    kind: 'Kustomization',
    versions: ['v1', 'v1beta2'],
    required: true,
  },
  {
    group: 'helm.toolkit.fluxcd.io',
    kind: 'HelmRelease',
    versions: ['v2', 'v2beta2', 'v2beta1'],
    required: false,
  },
];
