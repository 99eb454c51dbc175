import { KubeObject } from '../kubernetes/ObjectStore';

/** A condition in the status of a Flux object. */
export interface Condition {
  type: string;
  status: 'True' | 'False' | 'Unknown';
  reason: string;
  message: string;
  lastTransitionTime: string;
  observedGeneration: number;
}

/** Status fields that both kinds share. */
export interface FluxStatus {
  observedGeneration?: number;
  lastHandledReconcileAt?: string;
  conditions?: Condition[];
  [key: string]: unknown;
}

/** A Flux object that a controller works on: its own copy. */
export interface FluxObject extends KubeObject {
  spec: { [key: string]: unknown };
  status: FluxStatus;
}

export const FINALIZER = 'finalizers.fluxcd.io';
export const REQUESTED_AT = 'reconcile.fluxcd.io/requestedAt';

/** A private copy of a stored object, with a specification and a status in any case. */
export function fluxCopy(object: KubeObject): FluxObject {
  const copy = structuredClone(object) as FluxObject;
  copy.spec ??= {};
  copy.status ??= {};
  return copy;
}

/** Token of the last asked-for reconciliation. */
export function requestedAt(object: KubeObject): string | undefined {
  return object.metadata.annotations?.[REQUESTED_AT];
}

/** Key of an object in queues: `namespace/name`. */
export function keyOf(object: KubeObject): string {
  return `${object.metadata.namespace}/${object.metadata.name}`;
}

/** Copies the request token to the status, as every pass does. */
export function recordRequest(object: FluxObject): void {
  const token = requestedAt(object);
  if (token !== undefined) {
    object.status.lastHandledReconcileAt = token;
  }
}
