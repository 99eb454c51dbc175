import { parseGoDuration } from './durations';
import { isKustomization } from './kinds';
import type { FluxObject } from './types';

const SECOND = 1000;
const LEAST_KUSTOMIZATION_TIMEOUT = 30 * SECOND;
const DEFAULT_SOURCE_TIMEOUT = 60 * SECOND;
const DEFAULT_HELM_TIMEOUT = 5 * 60 * SECOND;

/** How long a controller may leave a change unnoticed before we say so. @internal */
export const PICK_UP_LIMIT = 60 * SECOND;
/** How long a deletion may take before we call it stuck. @internal */
export const TERMINATION_LIMIT = 5 * 60 * SECOND;

/**
 * How long the controller allows itself for one stage of its work, in
 * milliseconds. A Kustomization takes `spec.timeout`, else its interval less 30
 * s, and never less than 30 s (kustomize-controller `GetTimeout`).
 *
 * @internal
 */
export function controllerTimeout(object: FluxObject): number {
  const timeout = parseGoDuration(object.spec?.timeout);
  if (isKustomization(object)) {
    const interval = parseGoDuration(object.spec?.interval) ?? 0;
    return Math.max(
      timeout ?? interval - LEAST_KUSTOMIZATION_TIMEOUT,
      LEAST_KUSTOMIZATION_TIMEOUT,
    );
  }
  return (
    timeout ??
    (object.kind === 'HelmRelease'
      ? DEFAULT_HELM_TIMEOUT
      : DEFAULT_SOURCE_TIMEOUT)
  );
}
