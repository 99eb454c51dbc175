import {
  SUSPENDED_AT_ANNOTATION,
  type SuspensionDocument,
} from '@backstage-gitops/plugin-gitops-common';
import type { ShownResource } from './shownColumns';

/**
 * Who suspended a resource, where the portal knows. The object carries the time
 * at which the portal suspended it; without that it was somebody else.
 */
export function suspensionDocument(
  resource: ShownResource,
): SuspensionDocument | undefined {
  const { observed, suspended, suspendedAt } = resource;
  if (!suspended) {
    return undefined;
  }
  const marker = observed?.metadata.annotations?.[SUSPENDED_AT_ANNOTATION];
  if (!suspendedAt || !marker || marker > suspendedAt) {
    // The state began with it, as far as the portal has seen.
    return { since: resource.statusSince };
  }
  return {
    by: resource.suspendedBy,
    reason: resource.suspendReason,
    since: suspendedAt,
    until: resource.suspendedUntil,
  };
}
