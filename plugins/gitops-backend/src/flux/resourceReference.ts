import type { ResourceType } from '@backstage-gitops/plugin-gitops-common';
import { describeReference, type ObjectReference } from '../clusters';
import type { GitopsResource } from '../database/tables';

type Kind = Pick<ObjectReference, 'apiVersion' | 'kind'>;

/** What Flux calls the types of resources, in the versions that are written. @internal */
export const FLUX_KINDS: Readonly<Record<ResourceType, Kind>> = {
  'git-repository': {
    apiVersion: 'source.toolkit.fluxcd.io/v1',
    kind: 'GitRepository',
  },
  kustomization: {
    apiVersion: 'kustomize.toolkit.fluxcd.io/v1',
    kind: 'Kustomization',
  },
};

/** The object in the cluster that a row stands for. @internal */
export function resourceReference({
  type,
  name,
  namespace,
}: Pick<GitopsResource, 'type' | 'name' | 'namespace'>): ObjectReference {
  return { ...FLUX_KINDS[type], name, namespace };
}

/** `Kustomization project-shop/shop-staging`, for messages. @internal */
export function describeResource(
  resource: Pick<GitopsResource, 'type' | 'name' | 'namespace'>,
): string {
  return describeReference(resourceReference(resource));
}
