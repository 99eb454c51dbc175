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

/** Longest a page follows work that is seen; health checks may take minutes. */
const WORK_LIMIT_MS = 10 * 60_000;
/** Longest it waits for a sign that anything came of the request. */
const SIGN_LIMIT_MS = 45_000;

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
  const working = handled || resource?.status === 'reconciling';
  const seen = working || resource?.attributes.requested !== undefined;
  if (now - request.askedAt > (seen ? WORK_LIMIT_MS : SIGN_LIMIT_MS)) {
    return 'unproven';
  }
  return working ? 'working' : 'requested';
}
