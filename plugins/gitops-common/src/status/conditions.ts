import { parseTime } from './times';
import type { FluxCondition, FluxObject } from './types';

const REQUESTED_AT = 'reconcile.fluxcd.io/requestedAt';

/** @internal */
export function condition(
  object: FluxObject,
  type: string,
): FluxCondition | undefined {
  return object.status?.conditions?.find(candidate => candidate.type === type);
}

/** @internal */
export function isTrue(
  candidate: FluxCondition | undefined,
): candidate is FluxCondition & { status: 'True' } {
  return candidate?.status === 'True';
}

/**
 * Does the condition speak about the spec as it is now? The condition's own
 * `observedGeneration` answers; `status.observedGeneration` stands in only for
 * controllers that write none, since it also rises on passes without work and
 * stays behind on failing ones.
 *
 * @internal
 */
export function isFresh(
  object: FluxObject,
  candidate: FluxCondition | undefined,
): boolean {
  if (!candidate) {
    return false;
  }
  const observed =
    candidate.observedGeneration ?? object.status?.observedGeneration ?? 0;
  return observed >= (object.metadata.generation ?? 0);
}

/** Token of the last reconcile request that somebody wrote. @internal */
export function requestToken(object: FluxObject): string | undefined {
  return object.metadata.annotations?.[REQUESTED_AT] || undefined;
}

/** Token of a request that the controller has not seen yet. @internal */
export function pendingRequest(object: FluxObject): string | undefined {
  const token = requestToken(object);
  return token !== object.status?.lastHandledReconcileAt ? token : undefined;
}

/**
 * When spec or metadata were last written, as far as the field managers tell.
 * The writes of controllers to the status are left out.
 *
 * @returns Milliseconds since the epoch.
 * @internal
 */
export function lastWriteAt({
  metadata,
}: Pick<FluxObject, 'metadata'>): number | undefined {
  let latest: number | undefined;
  for (const { subresource, time } of metadata.managedFields ?? []) {
    const written = parseTime(time);
    if (subresource !== 'status' && written !== undefined) {
      latest = Math.max(latest ?? written, written);
    }
  }
  return latest;
}
