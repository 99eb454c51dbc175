import type { FluxObject, FluxReference, Reading } from './types';

const SOURCE_GROUP = 'source.toolkit.fluxcd.io/';

/** True for a reading that has an object to tell. @public */
export function isFluxObject(reading: Reading): reading is FluxObject {
  return !('failure' in reading);
}

/** @internal */
export function isKustomization(object: FluxObject): boolean {
  return object.kind === 'Kustomization';
}

/** GitRepository, OCIRepository, Bucket, HelmRepository, HelmChart, ... @internal */
export function isSource(object: FluxObject): boolean {
  return object.apiVersion.startsWith(SOURCE_GROUP);
}

/**
 * Kinds that no controller writes a status for: Provider and Alert since
 * notification-controller's v1beta3, and HelmRepository of type `oci`, whose
 * charts are pulled without an index.
 *
 * @internal
 */
export function isStatic(object: FluxObject): boolean {
  return (
    object.kind === 'Provider' ||
    object.kind === 'Alert' ||
    (object.kind === 'HelmRepository' && object.spec?.type === 'oci')
  );
}

/** Kind, name and namespace of an object. @internal */
export function referenceTo(object: FluxObject): FluxReference {
  return {
    kind: object.kind,
    name: object.metadata.name,
    namespace: object.metadata.namespace,
  };
}

/**
 * A reference with the kind and namespace it inherits from the object that
 * holds it.
 *
 * @internal
 */
export function resolveReference(
  reference: FluxReference,
  holder: FluxObject,
): FluxReference {
  return {
    kind: reference.kind ?? holder.kind,
    name: reference.name,
    namespace: reference.namespace ?? holder.metadata.namespace,
  };
}

/** Identity of a reference, for sets and comparisons. @internal */
export function referenceKey(reference: FluxReference): string {
  return `${reference.kind ?? ''}/${reference.namespace ?? ''}/${
    reference.name
  }`;
}

/** Reference to the source of a Kustomization, where the spec names one. @internal */
export function sourceReference(object: FluxObject): FluxReference | undefined {
  const { sourceRef } = object.spec ?? {};
  return sourceRef && resolveReference(sourceRef, object);
}

/** The controller that works on a kind. @internal */
export function controllerOf({ kind }: FluxObject): string {
  switch (kind) {
    case 'Kustomization':
      return 'kustomize-controller';
    case 'HelmRelease':
      return 'helm-controller';
    default:
      return 'source-controller';
  }
}
