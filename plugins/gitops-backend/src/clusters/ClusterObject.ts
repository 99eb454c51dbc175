/** A Kubernetes object, as far as every kind has it in common. @internal */
export interface ClusterObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    uid?: string;
    generation?: number;
    resourceVersion?: string;
    /** RFC 3339 */
    creationTimestamp?: string;
    /** RFC 3339 */
    deletionTimestamp?: string;
    finalizers?: string[];
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
}

/** An object as an API server holds it. @internal */
export type StoredObject<T extends ClusterObject = ClusterObject> = T & {
  metadata: { uid: string; resourceVersion: string };
};

/** Names one object of a cluster. @internal */
export interface ObjectReference {
  apiVersion: string;
  kind: string;
  name: string;
  /** Absent for cluster-scoped kinds. */
  namespace?: string;
}

/** @internal */
export function referenceTo(object: ClusterObject): ObjectReference {
  const { apiVersion, kind, metadata } = object;
  return {
    apiVersion,
    kind,
    name: metadata.name,
    ...(metadata.namespace && { namespace: metadata.namespace }),
  };
}

/** `Kustomization project-shop/shop-staging`, for messages. @internal */
export function describeReference(reference: {
  kind: string;
  name?: string;
  namespace?: string;
}): string {
  const { kind, name, namespace } = reference;
  const where = [namespace, name].filter(Boolean).join('/');
  return where ? `${kind} ${where}` : kind;
}
