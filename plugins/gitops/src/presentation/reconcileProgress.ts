import type { ResourceStateDocument } from '@backstage-gitops/plugin-gitops-common';
import { isSettled, needsAttention } from './shownState';

/** A reconcile that was asked for, here or before this page was opened. */
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
 * after it is settled, at the commit that the source has by then. "Ready" alone
 * proves nothing: it may be the old one.
 *
 * @param source - the environment's source, where its newest commit is wanted
 */
export function reconcileProgress(
  request: ReconcileRequest,
  resource: ResourceStateDocument | undefined,
  now: number,
  source?: ResourceStateDocument,
): ReconcileProgress {
  const handled = resource?.handledRequest === request.token;
  const fetching =
    source?.attributes.requested === request.token ||
    source?.status === 'reconciling';
  const behind =
    resource?.status === 'ready' &&
    source?.commit !== undefined &&
    !needsAttention(source.status) &&
    source.status !== 'suspended' &&
    resource.commit !== source.commit;
  if (
    resource &&
    handled &&
    isSettled(resource.status) &&
    !fetching &&
    !behind
  ) {
    return 'ended';
  }
  const working = handled || resource?.status === 'reconciling';
  const seen = working || resource?.attributes.requested !== undefined;
  if (now - request.askedAt > (seen ? WORK_LIMIT_MS : SIGN_LIMIT_MS)) {
    return 'unproven';
  }
  return working ? 'working' : 'requested';
}
