import type { ResourceStateDocument } from '@backstage-gitops/plugin-gitops-common';
import { isSettled } from './shownState';

/** A reconcile that was asked for on this page. */
export interface ReconcileRequest {
  /** The token Flux has to hand back. */
  token: string;
  /** Browser clock in milliseconds. */
  askedAt: number;
}

/** How far a request has come; `unproven` when no proof of its end came in time. */
export type ReconcileProgress = 'requested' | 'working' | 'ended' | 'unproven';

/** Longest a page waits for the proof; health checks may take minutes. */
const PROOF_LIMIT_MS = 10 * 60_000;

/**
 * A request has ended when the controller hands its token back and the state
 * after it is settled. "Ready" alone proves nothing: it may be the old one.
 */
export function reconcileProgress(
  request: ReconcileRequest,
  resource: ResourceStateDocument | undefined,
  now: number,
): ReconcileProgress {
  const handled = resource?.handledRequest === request.token;
  if (resource && handled && isSettled(resource.status)) {
    return 'ended';
  }
  if (now - request.askedAt > PROOF_LIMIT_MS) {
    return 'unproven';
  }
  return handled || resource?.status === 'reconciling'
    ? 'working'
    : 'requested';
}
